import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEventStoreDb } from '../../../src/adapters/eventstoredb/event-store';
import { readWitnessLines } from '../../../src/adapters/node/witness-file';
import { verify } from '../../../src/cli/verify';
import { verifyLedger } from '../../../src/platform/verify-ledger';
import { exportLine } from '../../../src/proof/chain';
import type { VerificationError } from '../../../src/proof/verification';
import { type Answer, Client, newSiren } from '../../support/service';
import { type Evidence, findingsIn } from './checker';
import { inTime, type Outcome, runClient, settle, type World } from './client';
import { ADMINISTRATOR, type Installation } from './installation';
import { differencesInReports } from './reports';
import { type Request, type Schedule } from './schedule';
import { OPENING, TILLS } from './story';
import { Wire } from './wire';

export type RunResult = {
  /** One sentence each; none when the run kept every promise. */
  readonly findings: readonly string[];
  /** Those of them that say something of the ledger itself, and so do not depend on read models. */
  readonly ofTheLedger: readonly string[];
  readonly evidence: Evidence;
  /** What the nodes said, for who looks into a failure. */
  readonly logs: string;
  readonly counts: { readonly acknowledged: number; readonly refused: number; readonly unknown: number };
};

/**
 * Runs one schedule on an installation, in a company of its own, and checks what it leaves behind. `doctor` changes the
 * evidence before it is checked, to see that the checks bite.
 */
export async function run(
  schedule: Schedule,
  installation: Installation,
  doctor: (evidence: Evidence) => Evidence = (evidence) => evidence,
): Promise<RunResult> {
  const wire = new Wire();
  try {
    await installation.begin(schedule.nodes);
    const shop = await inTime('opening a company', openShop(installation));
    const world = worldOf(schedule, installation, { ...shop, wire, nodes: schedule.nodes });
    const isWhole = await noted(world, () => carryOut(world, schedule, installation));
    const gathered = await noted(world, () => gather(world, installation));
    const evidence = doctor(gathered ?? { outcomes: [...world.outcomes.values()], ledger: '' });
    const ofTheLedger: string[] = [];
    if (gathered) {
      ofTheLedger.push(...findingsIn(evidence));
      const errors = (await noted(world, () => verification(installation, evidence, shop.company))) ?? [];
      // The last checkpoint is a node's to sign, and that may need all of its servers.
      const isNodes = ({ code }: VerificationError) => code === 'tail-unsigned';
      ofTheLedger.push(...errors.filter((error) => !isNodes(error)).map(described));
      world.oddities.push(...errors.filter(isNodes).map(described));
    }
    // Where nodes do not answer, each report would be waited for in vain.
    const differences =
      isWhole && gathered ? await noted(world, () => differencesInReports(world, evidence)) : [];
    const findings = [...world.oddities, ...ofTheLedger, ...(differences ?? [])];
    return {
      findings,
      ofTheLedger,
      evidence,
      logs: installation.logs(),
      counts: countsOf(evidence.outcomes),
    };
  } finally {
    wire.close();
  }
}

/** What ends it is a finding like others: what was found before and what can be seen afterwards counts as well. */
async function noted<Result>({ oddities }: World, work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    oddities.push(sentenceOf(error));
    return null;
  }
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error);
}

async function carryOut(world: World, schedule: Schedule, installation: Installation): Promise<true> {
  const clients = schedule.clients.map((requests) => runClient(world, requests));
  // One that fails does not end the others: what they still send would come after the ledger was read.
  await Promise.allSettled(clients);
  await installation.heal();
  await Promise.all(clients);
  await sayFarewell(world, schedule);
  await repeatAll(world);
  return true;
}

function worldOf(
  schedule: Schedule,
  installation: Installation,
  shop: Pick<World, 'token' | 'company' | 'wire' | 'nodes'>,
): World {
  const faults = [...schedule.faults];
  let begun = 0;
  return {
    ...shop,
    urlOf: (node) => installation.urlOf(node),
    outcomes: new Map(),
    oddities: [],
    onRequest: () => {
      begun += 1;
      while (faults[0] && faults[0].at <= begun) {
        const { fault } = faults.shift() as (typeof faults)[number];
        installation.apply(fault, (origin) => shop.wire.cut(origin));
      }
    },
  };
}

/** Milliseconds: what was away is asked again each second, and a node says meanwhile that it is. */
const THERE_MS = 60_000;

async function onceThere(ask: () => Promise<Answer>): Promise<Answer> {
  const until = performance.now() + THERE_MS;
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503 || performance.now() > until) return answer;
    await delay(100);
  }
}

/** A company with two tills and a key that may do everything in it and has no end, whatever the clock says. */
async function openShop(installation: Installation): Promise<{ token: string; company: string }> {
  const anonymous = new Client(installation.urlOf(0), null);
  const session = await onceThere(() => anonymous.post('/v1/auth/login', ADMINISTRATOR));
  const client = anonymous.as(String(session.body.token));
  const opened = await client.post('/v1/companies', {
    name: 'Boulangerie Ève',
    siren: newSiren(),
    features: { customerCredit: 'global' },
    thresholds: { difference: 100_000_00 },
    tills: TILLS.map((code) => ({ code, opening: { cash: OPENING[code] } })),
  });
  if (opened.status !== 201) throw new Error(`no company: ${JSON.stringify(opened.body)}`);
  const company = `/v1/companies/${String(opened.body.id)}`;
  const key = await client.post(`${company}/api-keys`, { name: 'faults', role: 'admin' });
  return { token: String(key.body.key), company };
}

/** Milliseconds in which all nodes record when all is well, however busy the machine is. */
const FAREWELL_MS = 120_000;

/** When all is well each node records: who is up and healthy and refuses to work has lost something too. */
async function sayFarewell(world: World, { farewell }: Schedule): Promise<void> {
  const until = performance.now() + FAREWELL_MS;
  for (const [node, entry] of farewell.entries()) {
    const left = until - performance.now();
    const request: Request = { shape: 'single', entries: [entry], node, fate: 'answered' };
    await settle({ ...world, nodes: 1, urlOf: () => world.urlOf(node) }, request, 60, left);
    const { state, code } = world.outcomes.get(entry.id) ?? {};
    if (state !== 'acknowledged')
      world.oddities.push(`node ${node} does not record when all is well: ${String(code ?? state)}`);
  }
}

const REPEATS = 100;

/** Everything acknowledged is sent once more: each is a repeat of what was said of it. */
async function repeatAll(world: World): Promise<void> {
  const acknowledged = [...world.outcomes.values()].filter(({ state }) => state === 'acknowledged');
  for (let from = 0; from < acknowledged.length; from += REPEATS) {
    const part = acknowledged.slice(from, from + REPEATS);
    const client = new Client(world.urlOf((from / REPEATS) % world.nodes), world.token);
    const entries = part.map(({ entry }) => entry);
    const { status, body } = await inTime(
      'a batch of repeats',
      client.post(`${world.company}/entries/batch`, { entries }),
    );
    const results = (body.results ?? []) as { status: string; sequence: number }[];
    for (const [index, { entry, sequence }] of part.entries()) {
      const said = results[index];
      if (said?.status !== 'replayed' || said.sequence !== sequence)
        world.oddities.push(`${entry.id}, sent again, was answered ${status} ${JSON.stringify(said)}`);
    }
  }
}

async function gather(world: World, installation: Installation): Promise<Evidence> {
  const ledger = await ledgerOf(world, installation);
  return { outcomes: [...world.outcomes.values()], ledger };
}

/**
 * As a node exports it. Nodes that have lost MongoDB let nobody in, and export nothing: then it is read from the
 * event store, so that what was acknowledged is compared in any case.
 */
async function ledgerOf(world: World, installation: Installation): Promise<string> {
  const client = new Client(world.urlOf(0), world.token);
  const exporting = onceThere(() => inTime('the export', client.get(`${world.company}/exports/events`)));
  const exported = await noted(world, () => exporting);
  if (exported?.status === 200) return String(exported.body);
  if (exported) world.oddities.push(`no export: ${JSON.stringify(exported.body)}`);
  if (installation.family === 'embedded') throw new Error('there is no ledger to be compared');
  return storedLedger(installation, ledgerIn(world.company));
}

const PAGE = 1000;

async function storedLedger({ connectionString }: Installation, ledger: string): Promise<string> {
  const store = await openEventStoreDb({ connectionString });
  try {
    const size = (await store.head(ledger))?.sequence ?? 0;
    let text = '';
    for (let from = 1; from <= size; from += PAGE)
      for (const event of await store.read(ledger, from, Math.min(PAGE, size - from + 1)))
        text += `${exportLine(event.text, event.hash)}\n`;
    return text;
  } finally {
    await store.close();
  }
}

function ledgerIn(company: string): string {
  return company.split('/').at(-1) ?? '';
}

function described({ sequence, code, detail }: VerificationError): string {
  return `verify: event ${sequence}: ${code} ${detail}`;
}

/** What `caisse verify` says of the store, its signed checkpoints and the witnesses, and of the export. */
async function verification(
  installation: Installation,
  evidence: Evidence,
  company: string,
): Promise<VerificationError[]> {
  const file = join(installation.folder.root, 'exported.ndjson');
  writeFileSync(file, evidence.ledger);
  const reports = await verify(file, { all: false });
  if (installation.family === 'embedded') {
    const { data, witness } = installation.folder;
    reports.push(...(await verify(data, { all: true, witness })));
  } else reports.push(await verifyStore(installation, ledgerIn(company)));
  return reports.flatMap(({ errors }) => errors);
}

/** A checkpoint follows its append: the last one may wait for one before it, whose answer is given up after ten seconds. */
const CHECKPOINT_MS = 30_000;

async function verifyStore(installation: Installation, ledger: string) {
  const store = await openEventStoreDb({ connectionString: installation.connectionString });
  const heads = installation.witnesses.flatMap(
    (file) => readWitnessLines(readFileSync(file, 'utf8')).heads.get(ledger) ?? [],
  );
  const witness = heads.sort((left, right) => right.size - left.size)[0] ?? null;
  try {
    const until = performance.now() + CHECKPOINT_MS;
    for (;;) {
      const report = await verifyLedger(store, ledger, { all: true, witness });
      const isUnsigned = report.errors.every(({ code }) => code === 'tail-unsigned');
      if (report.errors.length === 0 || !isUnsigned || performance.now() > until) return report;
      await delay(50);
    }
  } finally {
    await store.close();
  }
}

function countsOf(outcomes: readonly Outcome[]): RunResult['counts'] {
  const count = (state: Outcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  return { acknowledged: count('acknowledged'), refused: count('refused'), unknown: count('unknown') };
}
