import { EventStoreDbDouble } from '../test/support/eventstoredb-double/server';

/** An append of a group of 1,000 sales takes 1.4 MB; a server that is to take it is told so. */
const LARGEST_APPEND = 4 * 1024 * 1024;

/** The EventStoreDB double away from whatever is measured against it. Tells its address to the parent process. */
async function serve(): Promise<void> {
  const double = await EventStoreDbDouble.start({ maxAppendSize: LARGEST_APPEND });
  process.once('disconnect', () => process.exit(0));
  process.send?.({ address: double.connectionString(), pids: [process.pid] });
}

void serve();
