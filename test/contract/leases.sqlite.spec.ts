import { someSqliteLeases } from '../support/sqlite-stores';
import { describeLeases } from './leases.contract';

describeLeases('SQLite', () => someSqliteLeases());
