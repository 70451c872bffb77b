import { describeWithMongo } from '../support/mongodb-server';
import { someMongoLeases } from '../support/mongodb-stores';
import { describeLeases } from './leases.contract';

describeWithMongo('leases in MongoDB', (server) => {
  describeLeases('MongoDB', () => someMongoLeases(server()));
});
