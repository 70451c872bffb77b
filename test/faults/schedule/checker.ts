import type { Outcome } from './client';
import { effectOf } from './effects';
import {
  type ExportedEvent,
  type ExportLine,
  genesisHash,
  hashedText,
  linesOf,
  payloadHashOf,
  sha256,
} from './ledger-text';

/** What a run leaves behind: what clients know, and the ledger as it was exported. */
export type Evidence = {
  readonly outcomes: readonly Outcome[];
  /** All raw events, as NDJSON. */
  readonly ledger: string;
};

/**
 * Compares what was acknowledged with the ledger, and looks at the ledger itself. It knows the service's promises and
 * none of its code: it reads the raw export with arithmetic of its own. Answers one sentence for each finding.
 */
export function findingsIn({ outcomes, ledger }: Evidence): string[] {
  const lines = linesOf(ledger);
  const events = lines.map(({ event }) => event);
  return [
    ...brokenChain(lines),
    ...gaps(events),
    ...brokenEntries(events),
    ...brokenPromises(events, outcomes),
    ...wrongContents(events, outcomes),
    ...overspent(outcomes),
    ...unbalanced(events),
    ...negativeInOrderOfRecording(events),
    ...negativeInOrderOfDays(events),
    ...sealedDaysChanged(events),
    ...correctedTwice(events),
  ];
}

function brokenChain(lines: readonly ExportLine[]): string[] {
  const findings: string[] = [];
  let previous = genesisHash(lines[0]?.event.ledger ?? '');
  for (const { text, event } of lines) {
    if (sha256(hashedText(text)) !== event.hash)
      findings.push(`event ${event.sequence} is not what was hashed`);
    if (event.prevHash !== previous)
      findings.push(`event ${event.sequence} does not follow the one before it`);
    previous = event.hash;
  }
  return findings;
}

/** Numbers go 1, 2, 3 … per ledger, per till, and per till and type of document. */
function gaps(events: readonly ExportedEvent[]): string[] {
  const findings: string[] = [];
  const last = new Map<string, number>();
  const follow = (counter: string, number: number, sequence: number) => {
    const expected = (last.get(counter) ?? 0) + 1;
    if (number !== expected)
      findings.push(`event ${sequence}: ${counter} goes on with ${number} instead of ${expected}`);
    last.set(counter, number);
  };
  for (const { sequence, till, tillSequence, document } of events) {
    follow('the ledger', sequence, sequence);
    if (tillSequence !== undefined) follow(`till ${String(till)}`, tillSequence, sequence);
    if (document) follow(`${document.type} of ${String(till)}`, document.number, sequence);
  }
  return findings;
}

/** Each entry is there once, whole, and its events beside each other. */
function brokenEntries(events: readonly ExportedEvent[]): string[] {
  const findings: string[] = [];
  for (const [id, parts] of byEntry(events)) {
    const first = parts[0]?.sequence ?? 0;
    const isWhole = parts.every(
      ({ entry, sequence }, index) =>
        entry?.index === index && entry.count === parts.length && sequence === first + index,
    );
    if (!isWhole) {
      const found = parts.map(({ sequence, entry }) => `${sequence} (${String(entry?.index)})`).join(', ');
      findings.push(`entry ${id} is not there once and whole: ${found}`);
    }
  }
  return findings;
}

function byEntry(events: readonly ExportedEvent[]): Map<string, ExportedEvent[]> {
  const entries = new Map<string, ExportedEvent[]>();
  for (const event of events) {
    if (!event.entry) continue;
    const parts = entries.get(event.entry.id) ?? [];
    entries.set(event.entry.id, parts);
    parts.push(event);
  }
  return entries;
}

/** Acknowledged is there as it was said; refused is not; nothing is there that nobody sent. */
function brokenPromises(events: readonly ExportedEvent[], outcomes: readonly Outcome[]): string[] {
  const findings: string[] = [];
  const recorded = byEntry(events);
  for (const { entry, state, sequence, hash, code } of outcomes) {
    const last = recorded.get(entry.id)?.at(-1);
    if (state === 'refused' && last)
      findings.push(`${entry.type} ${entry.id} was refused (${String(code)}) and is there`);
    if (state !== 'acknowledged') continue;
    if (!last) findings.push(`${entry.type} ${entry.id} was acknowledged as ${String(sequence)} and is lost`);
    else if (last.sequence !== sequence)
      findings.push(`${entry.id} was acknowledged as ${String(sequence)} and is ${last.sequence}`);
    else if (hash !== undefined && last.hash !== hash)
      findings.push(`${entry.id} was acknowledged with another hash`);
  }
  const known = new Set(outcomes.map(({ entry }) => entry.id));
  for (const [id, [first]] of recorded)
    if (!known.has(id) && !first?.entry?.type.startsWith('company')) findings.push(`nobody sent ${id}`);
  return findings;
}

/** What is recorded under an id is what was sent under it, and moved what that moves. */
function wrongContents(events: readonly ExportedEvent[], outcomes: readonly Outcome[]): string[] {
  const findings: string[] = [];
  const recorded = byEntry(events);
  for (const { entry } of outcomes) {
    const parts = recorded.get(entry.id);
    if (!parts) continue;
    const [first] = parts;
    if (first?.entry?.type !== entry.type || first.entry.payloadHash !== payloadHashOf(entry))
      findings.push(`${entry.id} is recorded with other contents`);
    if (entry.businessDate !== undefined && parts.some((part) => part.businessDate !== entry.businessDate))
      findings.push(`${entry.id} is recorded on another day`);
    const expected = effectOf(entry);
    if (expected === null) continue;
    const found = movedBy(parts, [...expected.keys()]);
    for (const [account, amount] of expected)
      if (found.get(account) !== amount)
        findings.push(`${entry.id} moved ${String(found.get(account) ?? 0)} on ${account}, not ${amount}`);
  }
  return findings;
}

function movedBy(events: readonly ExportedEvent[], accounts: readonly string[]): Map<string, number> {
  const sums = new Map(accounts.map((account) => [account, 0]));
  for (const event of events) {
    for (const { account, amount } of event.postings ?? []) {
      const sum = sums.get(account);
      if (sum !== undefined) sums.set(account, sum + amount);
    }
  }
  return sums;
}

/** By what clients were told alone: no voucher has paid more than it was sold for. */
function overspent(outcomes: readonly Outcome[]): string[] {
  const left = new Map<string, number>();
  const move = (voucher: string, amount: number) => left.set(voucher, (left.get(voucher) ?? 0) + amount);
  for (const { entry, state } of outcomes) {
    const { voucher, amount, payments } = entry as unknown as VoucherFields;
    // A sale of a voucher that nobody was told of may have been carried out.
    if (entry.type === 'voucher-sale' && state !== 'refused') move(voucher, amount);
    if (entry.type !== 'sale' || state !== 'acknowledged') continue;
    for (const payment of payments) if (payment.voucher !== undefined) move(payment.voucher, -payment.amount);
  }
  return [...left]
    .filter(([, amount]) => amount < 0)
    .map(([voucher, amount]) => `voucher ${voucher} has paid ${-amount} more than it was sold for`);
}

type VoucherFields = {
  readonly voucher: string;
  readonly amount: number;
  readonly payments: readonly { readonly amount: number; readonly voucher?: string }[];
};

function unbalanced(events: readonly ExportedEvent[]): string[] {
  return events.flatMap(({ sequence, postings = [] }) => {
    const isMemo = (account: string) => account.startsWith('memo/');
    const sum = (memo: boolean) =>
      postings.reduce((total, { account, amount }) => total + (isMemo(account) === memo ? amount : 0), 0);
    return sum(true) === 0 && sum(false) === 0
      ? []
      : [`the postings of event ${sequence} do not add up to 0`];
  });
}

/**
 * Cash that is not there, vouchers that are spent beyond what they are worth. Liabilities are negative accounts: what is
 * left on a voucher is minus its balance.
 */
function leastBalance(account: string): { readonly sign: 1 | -1; readonly what: string } | null {
  if (/^(till\/[^/]+|safe)\/cash$/.test(account)) return { sign: 1, what: 'cash' };
  if (/^(memo\/)?voucher\//.test(account)) return { sign: -1, what: 'voucher' };
  return null;
}

function negativeInOrderOfRecording(events: readonly ExportedEvent[]): string[] {
  return negativeIn(events, 'in order of recording');
}

/** Days in their order, and in a day the till's own order; what has no till's number has no day of a till. */
function negativeInOrderOfDays(events: readonly ExportedEvent[]): string[] {
  const keyOf = ({ businessDate = '', sequence }: ExportedEvent) =>
    `${businessDate} ${String(sequence).padStart(12, '0')}`;
  const inOrder = [...events].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  return negativeIn(inOrder, 'in order of days', /\/cash$/);
}

function negativeIn(events: readonly ExportedEvent[], order: string, only = /(?:)/): string[] {
  const findings: string[] = [];
  const balances = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    for (const { account, amount } of event.postings ?? [])
      balances.set(account, (balances.get(account) ?? 0) + amount);
    // What one entry does to one till is judged as a whole: a correction takes back and restates.
    const next = events[index + 1];
    if (event.entry && next?.entry?.id === event.entry.id && next.till === event.till) continue;
    for (const { account } of event.postings ?? []) {
      const least = leastBalance(account);
      if (!least || !only.test(account)) continue;
      const balance = (balances.get(account) ?? 0) * least.sign;
      if (balance < 0)
        findings.push(`${least.what} ${account} is at ${balance} after event ${event.sequence} ${order}`);
    }
  }
  return findings;
}

/** After its closure a till's day stays as it is. */
function sealedDaysChanged(events: readonly ExportedEvent[]): string[] {
  const findings: string[] = [];
  const closed = new Map<string, string>();
  for (const { type, till, businessDate, sequence } of events) {
    if (till === undefined || businessDate === undefined) continue;
    const through = closed.get(till);
    if (through !== undefined && businessDate <= through)
      findings.push(`event ${sequence} is in ${till}/${businessDate}, which is closed`);
    if (type === 'DayClosed') closed.set(till, businessDate);
  }
  return findings;
}

function correctedTwice(events: readonly ExportedEvent[]): string[] {
  const findings: string[] = [];
  const corrections = new Map<string, string>();
  for (const { correction, entry } of events) {
    const original = correction?.corrects?.entry;
    if (original === undefined || !entry) continue;
    const other = corrections.get(original);
    if (other !== undefined && other !== entry.id)
      findings.push(`${original} is corrected by ${other} and by ${entry.id}`);
    corrections.set(original, entry.id);
  }
  return findings;
}
