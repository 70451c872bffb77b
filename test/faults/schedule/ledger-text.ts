import { createHash } from 'node:crypto';

/** An exported event as far as the checker reads it. */
export type ExportedEvent = {
  readonly sequence: number;
  readonly type: string;
  readonly ledger: string;
  readonly prevHash: string;
  readonly hash: string;
  readonly till?: string;
  readonly tillSequence?: number;
  readonly businessDate?: string;
  readonly document?: { readonly type: string; readonly number: number };
  readonly entry?: {
    readonly id: string;
    readonly type: string;
    readonly index: number;
    readonly count: number;
    readonly payloadHash: string;
  };
  readonly correction?: { readonly corrects?: { readonly entry: string } };
  readonly postings?: readonly Posting[];
  readonly data: Readonly<Record<string, unknown>>;
};

export type Posting = { readonly account: string; readonly amount: number };

export type ExportLine = { readonly text: string; readonly event: ExportedEvent };

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function linesOf(ndjson: string): ExportLine[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((text) => ({ text, event: JSON.parse(text) as ExportedEvent }));
}

const HASH_MEMBER = /,"hash":"[0-9a-f]{64}"\}$/;

/** The bytes that were hashed: a line of an export says its hash last. */
export function hashedText(line: string): string {
  return line.replace(HASH_MEMBER, '}');
}

export function genesisHash(ledger: string): string {
  return sha256(`{"format":"caisse-ledger/1","ledger":"${ledger}"}`);
}

/** RFC 8785 for what clients of a schedule send: ASCII names, integers, and text without control characters. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

/** The hash that makes a repeat a repeat: of a body without its id. */
export function payloadHashOf({ id: _, ...body }: { readonly id: string }): string {
  return sha256(canonical(body));
}
