import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEventStoreDb } from '../../../src/adapters/eventstoredb/event-store';
import { readWitnessLines } from '../../../src/adapters/node/witness-file';
import { verify } from '../../../src/cli/verify';
import { verifyLedger } from '../../../src/platform/verify-ledger';
import { Client, newSiren } from '../../support/service';
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
    const nodes = await installation.begin(schedule.nodes);
    const shop = await inTime('opening a company', openShop(installation));
    const world = worldOf(schedule, installation, { ...shop, wire, nodes });
    await Promise.all(schedule.clients.map((requests) => runClient(world, requests)));
    await installation.heal();
    await sayFarewell(world, schedule);
    await repeatAll(world);
    const evidence = doctor(await gather(world));
    const findings = [
      ...world.oddities,
      ...findingsIn(evidence),
      ...(await verification(installation, evidence, shop.company)),
      ...(await differencesInReports(world, evidence)),
    ];
    return { findings, evidence, logs: installation.logs(), counts: countsOf(evidence.outcomes) };
  } finally {
    wire.close();
  }
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

/** A company with two tills and a key that may do everything in it and has no end, whatever the clock says. */
async function openShop(installation: Installation): Promise<{ token: string; company: string }> {
  const anonymous = new Client(installation.urlOf(0), null);
  const { body: session } = await anonymous.post('/v1/auth/login', ADMINISTRATOR);
  const client = anonymous.as(String(session.token));
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

/** When all is well each node records: who is up and healthy and refuses to work has lost something too. */
async function sayFarewell(world: World, { farewell }: Schedule): Promise<void> {
  for (const [node, entry] of farewell.entries()) {
    const request: Request = { shape: 'single', entries: [entry], node, fate: 'answered' };
    await settle({ ...world, nodes: 1, urlOf: () => world.urlOf(node) }, request, 60);
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

async function gather({ urlOf, token, company, outcomes }: World): Promise<Evidence> {
  const exported = await inTime('the export', new Client(urlOf(0), token).get(`${company}/exports/events`));
  if (exported.status !== 200) throw new Error(`no export: ${JSON.stringify(exported.body)}`);
  return { outcomes: [...outcomes.values()], ledger: String(exported.body) };
}

/** What `caisse verify` says of the store, its signed checkpoints and the witnesses, and of the export. */
async function verification(
  installation: Installation,
  evidence: Evidence,
  company: string,
): Promise<string[]> {
  const file = join(installation.folder.root, 'exported.ndjson');
  writeFileSync(file, evidence.ledger);
  const reports = await verify(file, { all: false });
  if (installation.family === 'embedded') {
    const { data, witness } = installation.folder;
    reports.push(...(await verify(data, { all: true, witness })));
  } else reports.push(await verifyStore(installation, company.split('/').at(-1) ?? ''));
  return reports.flatMap(({ errors }) =>
    errors.map(({ sequence, code, detail }) => `verify: event ${sequence}: ${code} ${detail}`),
  );
}

/** A checkpoint follows its append: the last one may still be on its way. */
const CHECKPOINT_MS = 5_000;

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
