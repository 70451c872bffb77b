import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config';
import type { EventStoreAddress } from '../ports/store-address';
import type { EventStore, Head } from '../ports/event-store';
import { exportLine } from '../proof/chain';
import { groundOfEvents, type Options } from '../start-problem';
import { CliError } from './cli-error';
import { openSource } from './source';

const PAGE = 1000;

/**
 * Writes the raw events of a ledger as NDJSON, exactly as they were hashed, to a file or to the standard output; the
 * service may run. Answers the head that was exported.
 *
 * @throws CliError when there is no such ledger; ConfigError, StartRefused when the events cannot be opened
 */
export async function exportEvents(
  config: Config,
  ledger: string,
  { file, options }: { readonly file: string | undefined; readonly options: Options },
): Promise<Head> {
  const { eventStore: address } = config;
  const store = await openSource(address, groundOfEvents(config, options));
  try {
    const head = await store.head(ledger);
    if (!head) throw new CliError('unknown-company', `Aucun registre ${ledger} dans ${placeOf(address)}.`);
    const pages = Readable.from(pagesOf(store, head));
    if (file === undefined) await pipeline(pages, process.stdout, { end: false });
    else await pipeline(pages, createWriteStream(file, { mode: 0o600 }));
    return head;
  } finally {
    await store.close();
  }
}

/** Without the connection string of a server, which may hold a password. */
function placeOf(address: EventStoreAddress): string {
  return address.engine === 'sqlite' ? address.path : 'CAISSE_EVENT_STORE';
}

async function* pagesOf(store: EventStore, { ledger, sequence }: Head): AsyncGenerator<string> {
  for (let from = 1; from <= sequence; from += PAGE) {
    const page = await store.read(ledger, from, Math.min(PAGE, sequence - from + 1));
    yield page.map((event) => `${exportLine(event.text, event.hash)}\n`).join('');
  }
}
