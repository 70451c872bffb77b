import { describeWithMongo } from '../support/mongodb-server';
import { someMongoRateCounters } from '../support/mongodb-stores';
import { describeRateCounters } from './rate-counters.contract';

describeWithMongo('counts in MongoDB', (server) => {
  describeRateCounters('MongoDB', () => someMongoRateCounters(server()));
});
