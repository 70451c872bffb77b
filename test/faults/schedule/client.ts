import { setTimeout as delay } from 'node:timers/promises';
import type { Request } from './schedule';
import type { EntryBody } from './story';
import type { Reply, Sending, Wire } from './wire';

/**
 * What a client knows of an entry in the end. `refused` is said only where no attempt of it is open: a refusal says
 * nothing of an earlier attempt whose answer was lost and which may still be carried out, by a node that was paused.
 */
export type Outcome = {
  readonly entry: EntryBody;
  state: 'unknown' | 'acknowledged' | 'refused';
  /** Of an acknowledged entry: its last event. */
  sequence?: number;
  hash?: string;
  /** Of a refused one. */
  code?: string;
  /** Attempts of which nobody knows what became of them. */
  open: number;
};

/** What is the same for all clients of a run. */
export type World = {
  readonly wire: Wire;
  readonly token: string;
  readonly company: string;
  /** Where each node is now. */
  readonly urlOf: (node: number) => string;
  readonly nodes: number;
  readonly outcomes: Map<string, Outcome>;
  /** What no service should answer, whatever the faults. */
  readonly oddities: string[];
  /** Told of each request before it is sent. */
  readonly onRequest: () => void;
};

/** Long enough for a busy machine; what takes longer is sent again, elsewhere. */
const PATIENCE_MS = 4_000;
const MOST_ATTEMPTS = 40;

type Verdict =
  | { readonly kind: 'acknowledged'; readonly sequence: number; readonly hash?: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown' };

const UNKNOWN: Verdict = { kind: 'unknown' };

/** When all is well nothing takes so long. */
const ANSWERED_MS = 60_000;

/** @throws when there is no answer: a service that is up and says nothing has lost something too */
export async function inTime<Answered>(what: string, work: Promise<Answered>): Promise<Answered> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, failed) => {
    timer = setTimeout(() => failed(new Error(`${what} is not answered at all`)), ANSWERED_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Faults last milliseconds: after so long without a definite answer a client sends no more, and that is a finding. */
const SILENCE_MS = 120_000;

/** Sends its requests one after the other; each until all of its entries have a definite answer, or it gives up. */
export async function runClient(world: World, requests: readonly Request[]): Promise<void> {
  let answered = performance.now();
  for (const request of requests) {
    world.onRequest();
    if (await settle(world, request)) answered = performance.now();
    else if (performance.now() - answered > SILENCE_MS) {
      world.oddities.push(`a client has had no definite answer for ${SILENCE_MS / 1000} seconds`);
      return;
    }
  }
}

/** Sends a request, with the same ids, to one node after the other, until it is answered for good. Answers whether it was. */
export async function settle(
  world: World,
  request: Request,
  attempts = MOST_ATTEMPTS,
  patienceMs = Infinity,
): Promise<boolean> {
  const until = performance.now() + patienceMs;
  for (const entry of request.entries)
    if (!world.outcomes.has(entry.id)) world.outcomes.set(entry.id, { entry, state: 'unknown', open: 0 });
  let left = request.entries;
  for (let attempt = 0; attempt < attempts && left.length > 0; attempt += 1) {
    if (attempt > 0) {
      if (performance.now() > until) break;
      await delay(Math.min(25 * attempt, 250));
    }
    const node = (request.node + attempt) % world.nodes;
    const fate = attempt === 0 ? request.fate : 'answered';
    const manner = fate === 'answered' || fate === 'twice' ? 'whole' : fate;
    const sent = [sendOnce(world, node, request.shape, left, manner)];
    // A repeat that a network or a program makes: to another node where there is one.
    if (fate === 'twice') sent.push(sendOnce(world, (node + 1) % world.nodes, request.shape, left, 'whole'));
    await Promise.all(sent);
    left = left.filter(({ id }) => !isSettled(world, id));
    // An atomic batch is one thing: what is sent again is the whole of it.
    if (request.shape === 'atomic' && left.length > 0) left = request.entries;
  }
  return left.length === 0;
}

function isSettled({ outcomes }: World, id: string): boolean {
  const outcome = outcomes.get(id);
  return outcome?.state === 'acknowledged' || outcome?.code !== undefined;
}

async function sendOnce(
  world: World,
  node: number,
  shape: Request['shape'],
  entries: readonly EntryBody[],
  manner: Sending['manner'],
): Promise<void> {
  const path = `${world.urlOf(node)}${world.company}/entries${shape === 'single' ? '' : '/batch'}`;
  const common = { token: world.token, patience: PATIENCE_MS, manner };
  if (shape === 'single') {
    for (const entry of entries) {
      begin(world, [entry]);
      const body = JSON.stringify(entry);
      const reply = await world.wire.post({ ...common, url: path, type: 'application/json', body });
      conclude(world, [entry], [singleVerdict(world, reply)]);
    }
    return;
  }
  begin(world, entries);
  const isLines = shape === 'lines';
  const body = isLines
    ? entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
    : JSON.stringify({ atomic: shape === 'atomic', entries });
  const type = isLines ? 'application/x-ndjson' : 'application/json';
  const reply = await world.wire.post({ ...common, url: path, type, body });
  const verdicts = isLines ? lineVerdicts(world, reply, entries) : batchVerdicts(world, reply, entries);
  conclude(world, entries, verdicts);
}

function begin({ outcomes }: World, entries: readonly EntryBody[]): void {
  for (const { id } of entries) (outcomes.get(id) as Outcome).open += 1;
}

function conclude(world: World, entries: readonly EntryBody[], verdicts: readonly Verdict[]): void {
  for (const [index, { id }] of entries.entries()) note(world, id, verdicts[index] ?? UNKNOWN);
}

function note({ outcomes, oddities }: World, id: string, verdict: Verdict): void {
  const outcome = outcomes.get(id) as Outcome;
  if (verdict.kind === 'unknown') return;
  outcome.open -= 1;
  if (verdict.kind === 'refused') {
    outcome.code = verdict.code;
    if (outcome.state === 'unknown' && outcome.open === 0) outcome.state = 'refused';
    return;
  }
  if (outcome.state === 'acknowledged' && outcome.sequence !== verdict.sequence)
    oddities.push(`${id} was acknowledged as ${String(outcome.sequence)} and as ${verdict.sequence}`);
  outcome.state = 'acknowledged';
  outcome.sequence = verdict.sequence;
  if (verdict.hash !== undefined) outcome.hash = verdict.hash;
}

type Problem = { readonly status: number; readonly code: string };

/** Whether the same should be sent again; anything that neither records nor refuses nor says "later" is odd. */
function verdictOf(world: World, { status, code }: Problem): Verdict {
  if ([400, 409, 413, 422].includes(status) && code !== 'idempotency-mismatch' && code !== 'length-mismatch')
    return { kind: 'refused', code };
  if (![503, 408, 429].includes(status)) world.oddities.push(`an entry was answered ${status} ${code}`);
  return UNKNOWN;
}

function singleVerdict(world: World, reply: Reply | null): Verdict {
  if (!reply?.isWhole) return UNKNOWN;
  const body = JSON.parse(reply.text) as { sequence: number; hash: string; code: string };
  return reply.status === 200 || reply.status === 201
    ? { kind: 'acknowledged', sequence: body.sequence, hash: body.hash }
    : verdictOf(world, { status: reply.status, code: body.code });
}

type Row = { readonly id?: string; status: string; sequence: number; problem?: Problem };

function rowVerdict(world: World, row: Row | undefined): Verdict {
  if (!row) return UNKNOWN;
  if (row.status === 'recorded' || row.status === 'replayed')
    return { kind: 'acknowledged', sequence: row.sequence };
  // Of an atomic batch, what was not wrong itself.
  if (row.status === 'not-recorded') return { kind: 'refused', code: 'batch-refused' };
  return verdictOf(world, row.problem ?? { status: 0, code: 'no-problem' });
}

function batchVerdicts(world: World, reply: Reply | null, entries: readonly EntryBody[]): Verdict[] {
  if (!reply?.isWhole) return [];
  const body = JSON.parse(reply.text) as { results?: Row[]; code?: string };
  if (reply.status !== 200 && body.results === undefined) {
    const verdict = verdictOf(world, { status: reply.status, code: body.code ?? '' });
    return entries.map(() => verdict);
  }
  const rows = new Map(body.results?.map((row) => [row.id, row]));
  return entries.map(({ id }) => rowVerdict(world, rows.get(id)));
}

/** Whole lines count even when the stream was cut after them. */
function lineVerdicts(world: World, reply: Reply | null, entries: readonly EntryBody[]): Verdict[] {
  if (!reply) return [];
  if (reply.status !== 200) return batchVerdicts(world, reply, entries);
  const whole = reply.text.slice(0, reply.text.lastIndexOf('\n') + 1);
  const parsed = whole.split('\n').filter((line) => line !== '');
  const rows = new Map(parsed.map((line) => [JSON.parse(line) as Row]).map(([row]) => [row?.id, row]));
  return entries.map(({ id }) => rowVerdict(world, rows.get(id)));
}
