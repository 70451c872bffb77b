import { describeWithEveryMongo } from '../support/mongodb-server';
import { someMongoLeases } from '../support/mongodb-stores';
import { describeLeases } from './leases.contract';

describeWithEveryMongo('leases in MongoDB', (server) => {
  describeLeases('MongoDB', () => someMongoLeases(server()));
});
