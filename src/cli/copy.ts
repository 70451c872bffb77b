import { openEventStore } from '../adapters/engines';
import type { EventStoreAddress } from '../ports/store-address';
import { type Ground, settingUp } from '../start-problem';
import { sha256Hex } from '../platform/crypto';
import type { EventStore, Head, StoredCheckpoint, StoredEvent } from '../ports/event-store';
import { isHashOf } from '../proof/chain';
import { CliError } from './cli-error';
import { ledgersOf } from './ledgers';
import { lockStopped } from './lock';
import { openSource } from './source';

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
 * @throws CliError when the target holds another history of a ledger or does not keep its checkpoints, or the source is
 * damaged or not signed to its end; ConfigError, StartRefused when one of them cannot be opened
 */
export async function copyLedgers(
  from: EventStoreAddress,
  to: EventStoreAddress,
  report: (copied: CopiedLedger) => void,
): Promise<readonly CopiedLedger[]> {
  // Before the lock, which makes a file beside that of the events.
  const source = await openSource(from, groundOf(from, '--from'));
  try {
    const lock = lockStopped(from);
    try {
      const target = await settingUp(groundOf(to, '--to'), () => openEventStore(to));
      try {
        return await copyAll(source, target, report);
      } finally {
        await target.close();
      }
    } finally {
      lock.close();
    }
  } finally {
    await source.close();
  }
}

function groundOf(address: EventStoreAddress, option: string): Ground {
  const ground = { setting: 'CAISSE_EVENT_STORE', option } as const;
  return address.engine === 'sqlite' ? { ...ground, file: address.path } : ground;
}

/** As `copyLedgers`, between stores that are open. */
export async function copyAll(
  source: EventStore,
  target: EventStore,
  report: (copied: CopiedLedger) => void,
): Promise<readonly CopiedLedger[]> {
  const listed = await ledgersOf(source);
  const copied: CopiedLedger[] = [];
  const copy = async (ledgers: readonly string[]) => {
    const waiting = [...ledgers];
    const work = async () => {
      for (let ledger = waiting.shift(); ledger !== undefined; ledger = waiting.shift()) {
        const one = await copyLedger(source, target, ledger);
        copied.push(one);
        report(one);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  };
  await copy(listed);
  // A server's store lists by an index of its own, which whoever carried streams over by hand can have left behind.
  if (source.isShared) await copy(await unlisted(source, new Set(listed)));
  return copied.sort((left, right) => (left.ledger < right.ledger ? -1 : 1));
}

/** Of which there are events in the whole, in order. */
async function unlisted(source: EventStore, listed: ReadonlySet<string>): Promise<string[]> {
  const found = new Set<string>();
  for (let position = 0, isMore = true; isMore;) {
    const page = await source.readAll(position, PAGE);
    for (const { ledger } of page) if (!listed.has(ledger)) found.add(ledger);
    position = page.at(-1)?.position ?? position;
    isMore = page.length > 0;
  }
  return [...found].sort();
}

async function copyLedger(source: EventStore, target: EventStore, ledger: string): Promise<CopiedLedger> {
  const head = await source.head(ledger);
  if (!head) throw new CliError('unknown-company', `Le registre ${ledger} a disparu de la source.`);
  const start = await commonSequence(source, target, head);
  let sequence = start;
  // A target that writes checkpoints after events is signed less far than it has events, where a copy was cut off.
  let signed = (await target.latestCheckpoint(ledger))?.size ?? 0;
  while (signed < head.sequence) {
    const checkpoints = await source.checkpoints(ledger, signed + 1, PAGE);
    if (checkpoints.length === 0)
      throw new CliError(
        'unsigned-tail',
        `Les événements ${signed + 1} à ${head.sequence} du registre ${ledger} ne sont pas encore signés : démarrez une fois le service sur la source, enregistrez-y une écriture, puis recommencez.`,
      );
    for (const checkpoint of checkpoints) {
      sequence = await copyUpTo(source, target, sequence, checkpoint);
      signed = checkpoint.size;
    }
  }
  const there = await target.head(ledger);
  if (there?.hash !== head.hash) throw otherHistory(ledger, head.sequence);
  await requireSameCheckpoints(source, target, ledger);
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

/** One append, as it was made once: the events up to a checkpoint, as far as they are missing, and the checkpoint. */
async function copyUpTo(
  source: EventStore,
  target: EventStore,
  after: number,
  checkpoint: StoredCheckpoint,
): Promise<number> {
  const { ledger, size, note } = checkpoint;
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
  if (events.length > 0)
    await target.append({ ledger, expectedSequence: after, events, mayCutAfter, checkpoint: note });
  await keep(target, checkpoint);
  return Math.max(after, size);
}

/** Before the next append: its checkpoint would cover this one, and the target leaves out what is covered. */
async function keep(target: EventStore, checkpoint: StoredCheckpoint): Promise<void> {
  try {
    await target.keepCheckpoint(checkpoint);
  } catch (error) {
    const { ledger, size } = checkpoint;
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw new CliError(
      'checkpoint-not-kept',
      `La cible n’a pas gardé le point de contrôle signé de l’événement ${size} du registre ${ledger} (${reason}) : relancez la copie, elle reprend où elle s’est arrêtée.`,
      { cause: error },
    );
  }
}

async function requireSameCheckpoints(source: EventStore, target: EventStore, ledger: string): Promise<void> {
  for (let from = 1, isMore = true; isMore;) {
    const [signed, copied] = await Promise.all([
      source.checkpoints(ledger, from, PAGE),
      target.checkpoints(ledger, from, PAGE),
    ]);
    const other =
      signed.find(({ size, note }, index) => copied[index]?.size !== size || copied[index].note !== note) ??
      copied[signed.length];
    if (other)
      throw new CliError(
        'other-checkpoints',
        `La cible n’a pas le même point de contrôle signé à l’événement ${other.size} du registre ${ledger} : rien n’y est écrasé, choisissez une cible vide.`,
      );
    from = (signed.at(-1)?.size ?? 0) + 1;
    isMore = signed.length === PAGE;
  }
}

function otherHistory(ledger: string, sequence: number): CliError {
  return new CliError(
    'other-history',
    `La cible a un autre événement ${sequence} du registre ${ledger} : rien n’y est écrasé, choisissez une cible vide.`,
  );
}
