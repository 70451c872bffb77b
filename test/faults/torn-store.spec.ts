import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import {
  aSale,
  type Client,
  clientOf,
  endServices,
  exportedEvents,
  type Folder,
  newFolder,
  openCompany,
  PAST_DAY,
  removeFolders,
  type SaleBody,
  type ServiceProcess,
  signIn,
  startService,
  verified,
} from '../support/service';

const WAL_HEADER = 32;
const FRAME_HEADER = 24;

/** Offsets in a write-ahead log after each committed transaction (sqlite.org, "WAL-mode File Format"). */
function commits(wal: Buffer): number[] {
  const frame = FRAME_HEADER + wal.readUInt32BE(8);
  const ends: number[] = [];
  for (let at = WAL_HEADER; at + frame <= wal.length; at += frame) {
    const isOfThisLog = wal.readUInt32BE(at + 8) === wal.readUInt32BE(16);
    if (isOfThisLog && wal.readUInt32BE(at + 4) > 0) ends.push(at + frame);
  }
  return ends;
}

function walOf({ data }: Folder): string {
  return `${data}/events.db-wal`;
}

/** Cuts the last transaction off, and leaves the beginning of its first frame: what a torn write leaves. */
function tearLastCommit(folder: Folder): void {
  const before = commits(readFileSync(walOf(folder))).at(-2);
  if (before === undefined) throw new Error('there is no transaction before the last one');
  truncateSync(walOf(folder), before + 100);
}

/** Changes one byte of the last page written: SQLite drops the transaction in silence. */
function corruptLastCommit(folder: Folder): void {
  const wal = readFileSync(walOf(folder));
  const end = commits(wal).at(-1) ?? 0;
  wal.writeUInt8(wal.readUInt8(end - 1) ^ 1, end - 1);
  writeFileSync(walOf(folder), wal);
}

function copyOf(folder: Folder): Folder {
  const copy = newFolder();
  cpSync(folder.data, copy.data, { recursive: true });
  cpSync(folder.witness, copy.witness);
  return copy;
}

/** Puts the event file of another copy in the place of this one's. */
function putBack(old: Folder, folder: Folder): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(`${folder.data}/events.db${suffix}`, { force: true });
    if (existsSync(`${old.data}/events.db${suffix}`))
      cpSync(`${old.data}/events.db${suffix}`, `${folder.data}/events.db${suffix}`);
  }
}

function forgetLastWitnessLine({ witness }: Folder): void {
  const lines = readFileSync(witness, 'utf8').trimEnd().split('\n');
  writeFileSync(witness, `${lines.slice(0, -1).join('\n')}\n`);
}

describe('a torn store', () => {
  let early: Folder;
  let late: Folder;
  let client: Client;
  let bakery: string;
  let grocery: string;
  let latecomer: string;
  /** The last entry of the bakery, acknowledged, alone in the last transaction. */
  let last: SaleBody;
  let sequences: { readonly early: number; readonly late: number };

  const record = async (at: Client, company: string, sale = aSale(250)): Promise<number> => {
    const { status, body } = await at.post(`${company}/entries`, sale);
    expect([status, body]).toEqual([201, expect.objectContaining({ id: sale.id })]);
    return body.sequence;
  };

  /** Two copies of one installation that was killed twice: after ten sales, and some sales later. */
  beforeAll(async () => {
    const folder = newFolder();
    let service = await startService(folder);
    client = await signIn(service);
    bakery = await openCompany(client);
    grocery = await openCompany(client);
    let sequence = 0;
    for (let sale = 0; sale < 10; sale += 1) {
      sequence = await record(client, bakery);
      await record(client, grocery);
    }
    await service.kill();
    early = copyOf(folder);
    sequences = { early: sequence, late: 0 };
    service = await startService(folder);
    client = clientOf(service, client);
    latecomer = await openCompany(client);
    for (let sale = 0; sale < 5; sale += 1) await record(client, bakery);
    last = aSale(250);
    sequence = await record(client, bakery, last);
    await client.get(`${bakery}/tills?after=${sequence}`);
    await service.kill();
    late = copyOf(folder);
    sequences = { ...sequences, late: sequence };
  });

  afterEach(endServices);
  afterAll(async () => {
    await endServices();
    removeFolders();
  });

  const start = async (folder: Folder): Promise<[ServiceProcess, Client]> => {
    const service = await startService(folder);
    return [service, clientOf(service, client)];
  };

  /** The bakery refuses and says what is missing; the grocery goes on. */
  const expectBakeryRefused = async (at: Client, from: number, to: number): Promise<void> => {
    for (const attempt of [1, 2]) {
      const { status, body, headers } = await at.post(`${bakery}/entries`, aSale(100 * attempt));
      expect([status, body.code]).toEqual([503, 'ledger-behind-witness']);
      expect(body.facts).toMatchObject({ missingFrom: from, missingTo: to });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const replay = await at.post(`${bakery}/entries`, last);
    expect([replay.status, replay.body.code]).toEqual([503, 'ledger-behind-witness']);

    const sequence = await record(at, grocery);
    const sheet = await at.get(`${grocery}/tills/T1/days/${PAST_DAY}?after=${sequence}`);
    expect([sheet.status, sheet.body.salesCount]).toEqual([200, 11]);

    const { status, body } = await at.get('/health/ready');
    expect([status, body.status]).toEqual([200, 'degraded']);
    const id = bakery.split('/').at(-1) ?? '';
    expect(body.refusedLedgers).toContainEqual(
      expect.stringContaining(`${id} has lost events ${from} to ${to}`),
    );
  };

  const expectNamedByVerify = ({ data, witness }: Folder, from: number, to: number): void => {
    const { code, findings } = verified(data, '--witness', witness);
    expect(code).toBe(1);
    expect(findings).toContainEqual({
      sequence: from,
      code: 'tail-missing',
      detail: from === to ? expect.any(String) : `${from}–${to}`,
    });
  };

  it('that is whole serves everything', async () => {
    const [, at] = await start(copyOf(late));
    const replay = await at.post(`${bakery}/entries`, last);
    expect([replay.status, replay.body.sequence]).toEqual([200, sequences.late]);
    expect((await at.get('/health/ready')).body.status).toBe('ok');
  });

  it('with half a frame that was never acknowledged has lost nothing', async () => {
    const folder = copyOf(late);
    const wal = readFileSync(walOf(folder));
    const end = commits(wal).at(-1) ?? 0;
    const frame = FRAME_HEADER + wal.readUInt32BE(8);
    writeFileSync(
      walOf(folder),
      Buffer.concat([wal.subarray(0, end), wal.subarray(end - frame, end - 1000)]),
    );
    const [, at] = await start(folder);
    expect((await exportedEvents(at, bakery)).events).toHaveLength(sequences.late);
    await record(at, bakery);
    expect((await at.get('/health/ready')).body.status).toBe('ok');
  });

  it('with a torn transaction that was never acknowledged records it when it is sent again', async () => {
    const folder = copyOf(late);
    tearLastCommit(folder);
    forgetLastWitnessLine(folder);
    const [service, at] = await start(folder);
    expect((await exportedEvents(at, bakery)).events).toHaveLength(sequences.late - 1);
    expect(await record(at, bakery, last)).toBe(sequences.late);
    const { status, body } = await at.get(`${bakery}/tills/T1/days/${PAST_DAY}?after=${sequences.late}`);
    expect([status, body.salesCount, body.turnover?.gross]).toEqual([200, 16, 16 * 250]);
    await service.stop();
    expect(verified(folder.data, '--all', '--witness', folder.witness)).toEqual({ code: 0, findings: [] });
  });

  it.each([
    ['torn', tearLastCommit],
    ['corrupted', corruptLastCommit],
  ])('with a %s transaction that was acknowledged refuses that ledger alone', async (_what, damage) => {
    const folder = copyOf(late);
    damage(folder);
    expectNamedByVerify(folder, sequences.late, sequences.late);
    const [, at] = await start(folder);
    await expectBakeryRefused(at, sequences.late, sequences.late);
  });

  it('of another day, put back, refuses what it has lost alone', async () => {
    const folder = copyOf(late);
    putBack(early, folder);
    expectNamedByVerify(folder, sequences.early + 1, sequences.late);
    const [, at] = await start(folder);
    await expectBakeryRefused(at, sequences.early + 1, sequences.late);
    // A ledger that is lost altogether is not an unknown one.
    const lost = await at.post(`${latecomer}/entries`, aSale(100));
    expect([lost.status, lost.body.code, lost.body.facts?.missingFrom]).toEqual([
      503,
      'ledger-behind-witness',
      1,
    ]);
  });

  it('serves again once the right one is back', async () => {
    const folder = copyOf(late);
    putBack(early, folder);
    const [service, at] = await start(folder);
    await record(at, grocery);
    await service.stop();
    putBack(late, folder);
    const [, back] = await start(folder);
    expect(await record(back, bakery)).toBe(sequences.late + 1);
    // What the grocery recorded in the meantime was in the copy that is gone: that is not passed over either.
    const refused = await back.post(`${grocery}/entries`, aSale(100));
    expect([refused.status, refused.body.code]).toEqual([503, 'ledger-behind-witness']);
  });
});
