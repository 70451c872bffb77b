import { describeWithEveryMongo } from '../support/mongodb-server';
import { someMongoRateCounters } from '../support/mongodb-stores';
import { describeRateCounters } from './rate-counters.contract';

describeWithEveryMongo('counts in MongoDB', (server) => {
  describeRateCounters('MongoDB', () => someMongoRateCounters(server()));
});
