import { statSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStoreDb } from './remote-servers';
import {
  closeStores,
  folder,
  type Line,
  openEngine,
  openLedger,
  recordAll,
  sales,
  type Scale,
} from './support';

const SALES = { full: 2_000, quick: 200 };

/**
 * What a sale takes that comes alone, as most do: its event, and the signed checkpoint of its append. Bytes as they are
 * sent, which is what EventStoreDB counts (`SizeOnDisk`); what its files take beside that a double cannot show.
 */
export async function remoteDiskLines({ quick }: Scale): Promise<Line[]> {
  const count = quick ? SALES.quick : SALES.full;
  const embedded = folder('disk');
  await record(embedded, count);
  const server = await startEventStoreDb();
  try {
    const ledger = await record(folder('remote-disk'), count, { CAISSE_EVENT_STORE: server.address });
    const client = EventStoreDBClient.connectionString(server.address);
    const events = await bytesOf(client, `ledger-${ledger}`);
    const checkpoints = await bytesOf(client, `checkpoint-${ledger}`);
    await client.dispose();
    return [
      {
        name: 'disk per event that is appended alone',
        limit: '',
        ratio: null,
        reach: null,
        sense: 'least',
        figures: {
          'bytes in events.db': Math.round(statSync(join(embedded, 'events.db')).size / count),
          'bytes sent to EventStoreDB, event': Math.round(events / count),
          'bytes sent to EventStoreDB, checkpoint': Math.round(checkpoints / count),
        },
      },
    ];
  } finally {
    await server.stop();
  }
}

/** Sales one after the other; answers the ledger. */
async function record(
  data: string,
  count: number,
  environment: Record<string, string> = {},
): Promise<string> {
  const opened = await openEngine(data, environment);
  try {
    const ledger = await openLedger(opened);
    for (const sale of sales(count)) await recordAll(opened, ledger, [sale]);
    return ledger;
  } finally {
    await closeStores(opened);
  }
}

async function bytesOf(client: EventStoreDBClient, stream: string): Promise<number> {
  let bytes = 0;
  for await (const { event } of client.readStream(stream)) {
    if (!event) continue;
    const { data, metadata, type } = event;
    bytes += lengthOf(data) + lengthOf(metadata) + 2 * type.length;
  }
  return bytes;
}

/** The package parses what looks like JSON. */
function lengthOf(content: unknown): number {
  return content instanceof Uint8Array ? content.length : JSON.stringify(content).length;
}
