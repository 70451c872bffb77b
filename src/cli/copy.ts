import { openEventStore } from '../adapters/engines';
import type { EventStoreAddress } from '../ports/store-address';
import { sha256Hex } from '../platform/crypto';
import type { EventStore, Head, StoredCheckpoint, StoredEvent } from '../ports/event-store';
import { isHashOf } from '../proof/chain';
import { CliError } from './cli-error';
import { ledgersOf } from './ledgers';
import { lockStopped } from './lock';

/** Checkpoints, and events, that are read at a time. */
const PAGE = 1000;

/** Ledgers that are copied side by side: each waits for its own appends. */
const SIDE_BY_SIDE = 16;

export type CopiedLedger = Head & {
  /** Events that this run has copied; the rest was there. */
  readonly copied: number;
};

/**
 * Copies all ledgers to another event store: the same bytes, hashes and signed checkpoints, append by append. What is
 * there already is left, so that an interrupted copy is taken up by running it again. The old store is only read; the
 * service must not write to it meanwhile.
 *
 * @throws CliError when the target holds another history of a ledger, or the source is damaged or not signed to its end
 */
export async function copyLedgers(
  from: EventStoreAddress,
  to: EventStoreAddress,
  report: (copied: CopiedLedger) => void,
): Promise<readonly CopiedLedger[]> {
  const lock = lockStopped(from);
  try {
    const source = await openEventStore(from, { readOnly: true });
    try {
      const target = await openEventStore(to);
      try {
        return await copyAll(source, target, report);
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  } finally {
    lock.close();
  }
}

/** As `copyLedgers`, between stores that are open. */
export async function copyAll(
  source: EventStore,
  target: EventStore,
  report: (copied: CopiedLedger) => void,
): Promise<readonly CopiedLedger[]> {
  const waiting = await ledgersOf(source);
  const copied: CopiedLedger[] = [];
  const work = async () => {
    for (let ledger = waiting.shift(); ledger !== undefined; ledger = waiting.shift()) {
      const one = await copyLedger(source, target, ledger);
      copied.push(one);
      report(one);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return copied.sort((left, right) => (left.ledger < right.ledger ? -1 : 1));
}

async function copyLedger(source: EventStore, target: EventStore, ledger: string): Promise<CopiedLedger> {
  const head = await source.head(ledger);
  if (!head) throw new CliError('unknown-company', `Le registre ${ledger} a disparu de la source.`);
  const start = await commonSequence(source, target, head);
  let sequence = start;
  while (sequence < head.sequence) {
    const checkpoints = await source.checkpoints(ledger, sequence + 1, PAGE);
    if (checkpoints.length === 0)
      throw new CliError(
        'unsigned-tail',
        `Les événements ${sequence + 1} à ${head.sequence} du registre ${ledger} ne sont pas encore signés : démarrez une fois le service sur la source, enregistrez-y une écriture, puis recommencez.`,
      );
    for (const checkpoint of checkpoints) sequence = await copyUpTo(source, target, sequence, checkpoint);
  }
  const there = await target.head(ledger);
  if (there?.hash !== head.hash) throw otherHistory(ledger, head.sequence);
  return { ...head, copied: head.sequence - start };
}

/** How far the target is; what it has must be what the source has. */
async function commonSequence(source: EventStore, target: EventStore, head: Head): Promise<number> {
  const there = await target.head(head.ledger);
  if (!there) return 0;
  const [same] = await source.read(head.ledger, there.sequence, 1);
  if (same?.hash !== there.hash) throw otherHistory(head.ledger, there.sequence);
  return there.sequence;
}

/** One append, as it was made once: the events up to a checkpoint, and the checkpoint. */
async function copyUpTo(
  source: EventStore,
  target: EventStore,
  after: number,
  { ledger, size, note }: StoredCheckpoint,
): Promise<number> {
  const events: StoredEvent[] = [];
  while (after + events.length < size) {
    const from = after + events.length + 1;
    const page = await source.read(ledger, from, Math.min(PAGE, size - from + 1));
    const damaged = page.find(({ text, hash }) => !isHashOf(hash, text, sha256Hex));
    if (page.length === 0 || damaged)
      throw new CliError(
        'source-damaged',
        `L’événement ${damaged?.sequence ?? from} du registre ${ledger} manque ou n’est plus celui qui a été scellé : caisse verify.`,
      );
    events.push(...page);
  }
  // A copy that stops between two events is taken up there: nobody reads the target yet.
  const mayCutAfter = events.map(({ sequence }) => sequence);
  await target.append({ ledger, expectedSequence: after, events, mayCutAfter, checkpoint: note });
  return size;
}

function otherHistory(ledger: string, sequence: number): CliError {
  return new CliError(
    'other-history',
    `La cible a un autre événement ${sequence} du registre ${ledger} : rien n’y est écrasé, choisissez une cible vide.`,
  );
}
