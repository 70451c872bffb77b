import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { runCaisse } from '../../test/support/command';
import {
  aSale,
  caisse,
  type Client,
  clientOf,
  endServices,
  type Folder,
  newFolder,
  openCompany,
  removeFolders,
  type ServiceProcess,
  signIn,
  startService,
  verified,
} from '../../test/support/service';

type Head = { readonly ledger: string; readonly size: number; readonly hash: string; readonly root: string };

function placesOf({ data, witness }: Folder) {
  return { CAISSE_DATA: data, CAISSE_WITNESS: witness };
}

function failure(args: readonly string[], folder: Folder) {
  const { code, stderr } = caisse([...args, '--json'], placesOf(folder));
  const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
  return { exit: code, ...error };
}

/** Backs a folder up; answers the heads that the manifest tells. */
function backedUp(folder: Folder, target: string): readonly Head[] {
  const { code, stdout } = caisse(['backup', target, '--json'], placesOf(folder));
  expect(code).toBe(0);
  return (JSON.parse(stdout) as { ledgers: Head[] }).ledgers;
}

async function headOf(
  client: Client,
  company: string,
): Promise<{ size: number; hash: string; root: string }> {
  const { body } = await client.get(`${company}/proof/checkpoint`, {
    headers: { Accept: 'application/json' },
  });
  const { size, hash, root } = body as { size: number; hash: string; root: string };
  return { size, hash, root };
}

async function sell(client: Client, company: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const { status } = await client.post(`${company}/entries`, aSale(100 + index));
    expect(status).toBe(201);
  }
}

// A command stops this process for as long as it takes; connections that were closed meanwhile are noticed first.
beforeEach(() => new Promise((resolve) => setTimeout(resolve, 20)));

afterAll(async () => {
  await endServices();
  removeFolders();
});

describe('a backup', () => {
  let folder: Folder;
  let service: ServiceProcess;
  let client: Client;
  const companies: string[] = [];

  beforeAll(async () => {
    folder = newFolder();
    service = await startService(folder);
    client = await signIn(service);
    for (let count = 0; count < 2; count += 1) companies.push(await openCompany(client));
  });

  it('is whole and of one moment, while the service goes on writing', async () => {
    let isDone = false;
    let acknowledged = 0;
    const write = async (company: string) => {
      while (!isDone) {
        await sell(client, company, 1);
        acknowledged += 1;
      }
    };
    const writers = companies.flatMap((company) => [write(company), write(company), write(company)]);
    while (acknowledged < 30) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = await Promise.all(companies.map((company) => headOf(client, company)));
    const atStart = acknowledged;
    const target = join(folder.root, 'during');
    const { code, stdout } = await runCaisse(['backup', target, '--json'], placesOf(folder));
    const duringBackup = acknowledged - atStart;
    isDone = true;
    await Promise.all(writers);
    expect(code).toBe(0);
    expect(duringBackup).toBeGreaterThan(0);
    const { ledgers } = JSON.parse(stdout) as { ledgers: Head[] };
    companies.forEach((company, index) => {
      const copied = ledgers.find(({ ledger }) => company.endsWith(ledger));
      expect(copied?.size).toBeGreaterThanOrEqual(before[index]?.size ?? Infinity);
    });
    expect(verified(target)).toEqual({ code: 0, findings: [] });
  });

  it('holds events, vault, key and a manifest, for its owner only', () => {
    const target = join(folder.root, 'during');
    expect(readdirSync(target).sort()).toEqual(['events.db', 'manifest.json', 'signing-key.pem', 'vault.db']);
    for (const name of readdirSync(target)) expect(statSync(join(target, name)).mode & 0o077).toBe(0);
    const { files } = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as {
      files: Record<string, string>;
    };
    for (const [name, digest] of Object.entries(files))
      expect(
        createHash('sha256')
          .update(readFileSync(join(target, name)))
          .digest('hex'),
      ).toBe(digest);
  });

  it('never goes over what is there', () => {
    const target = join(folder.root, 'during');
    expect(failure(['backup', target], folder)).toMatchObject({ exit: 2, code: 'already-a-backup' });
    expect(existsSync(join(target, 'manifest.json'))).toBe(true);
  });

  it('is noticed to have changed, by whoever verifies or restores it', () => {
    const target = join(folder.root, 'bent');
    backedUp(folder, target);
    appendFileSync(join(target, 'vault.db'), 'x');
    const { code, stdout } = caisse(['verify', target, '--json']);
    expect([code, (JSON.parse(stdout) as { findings: string[] }).findings]).toEqual([
      1,
      [expect.stringContaining('backup-changed')],
    ]);
    const elsewhere = newFolder();
    expect(failure(['restore', target], elsewhere)).toMatchObject({ exit: 1, code: 'backup-changed' });
    rmSync(join(target, 'vault.db'));
    expect(failure(['restore', target], elsewhere)).toMatchObject({ exit: 1, code: 'backup-changed' });
    expect(existsSync(join(elsewhere.data, 'events.db'))).toBe(false);
  });

  it('is made all the same of a ledger that is altered, and says so; it is not restored as if nothing were', async () => {
    const other = newFolder();
    const first = await startService(other);
    await sell(await signIn(first), await openCompany(await signIn(first)), 2);
    await first.stop();
    const database = new Database(join(other.data, 'events.db'));
    database.exec('DROP TRIGGER events_are_final');
    database.exec(`UPDATE events SET text = replace(text, '"gross":101', '"gross":901')`);
    database.close();
    const target = join(other.root, 'altered');
    const { code, stderr } = caisse(['backup', target], placesOf(other));
    expect([code, stderr]).toEqual([1, expect.stringContaining('altéré')]);
    const elsewhere = newFolder();
    const refused = failure(['restore', target], elsewhere);
    expect(refused).toMatchObject({ exit: 1, code: 'backup-altered' });
    expect(refused.message).toContain('hash-mismatch');
    expect(caisse(['restore', target, '--accept-loss', 'rien de mieux'], placesOf(elsewhere)).code).toBe(0);
  });

  afterAll(() => service.stop());
});

describe('a restore', () => {
  let folder: Folder;
  let service: ServiceProcess;
  let client: Client;
  let company: string;
  let kept: readonly Head[];
  let early: string;
  let late: string;

  beforeAll(async () => {
    folder = newFolder();
    early = join(folder.root, 'early');
    late = join(folder.root, 'late');
    service = await startService(folder);
    client = await signIn(service);
    company = await openCompany(client);
    await sell(client, company, 5);
    kept = backedUp(folder, early);
    await sell(client, company, 3);
    backedUp(folder, late);
  });

  it('on another machine gives the same head, the same people, and goes on from there (the drill)', async () => {
    const elsewhere = newFolder();
    const head = await headOf(client, company);
    const { code, stdout } = caisse(['restore', late, '--json'], placesOf(elsewhere));
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { abandoned: [], before: null }]);
    expect(verified(elsewhere.data)).toEqual({ code: 0, findings: [] });
    const restored = await startService(elsewhere);
    const there = await signIn(restored);
    expect(await headOf(there, company)).toEqual(head);
    await sell(there, company, 1);
    expect((await headOf(there, company)).size).toBe(head.size + 1);
    await restored.stop();
    expect(verified(elsewhere.data, '--witness', elsewhere.witness)).toEqual({ code: 0, findings: [] });
  });

  it('waits for the service to be stopped', () => {
    expect(failure(['restore', late], folder)).toMatchObject({ exit: 3, code: 'service-running' });
  });

  it('refuses to go behind the witness, names what would be lost, and changes nothing', async () => {
    const { size } = await headOf(client, company);
    await service.stop();
    const { exit, code, message } = failure(['restore', early], folder);
    expect([exit, code]).toEqual([1, 'behind-witness']);
    expect(message).toContain(`événements ${(kept[0]?.size ?? 0) + 1} à ${size}`);
    expect(message).toContain('--accept-loss');
    expect(readdirSync(folder.data).filter((name) => /^(before|restoring)-/.test(name))).toEqual([]);
    expect(verified(folder.data, '--witness', folder.witness)).toEqual({ code: 0, findings: [] });
  });

  it('goes behind it for a reason, and puts on record what was given up', async () => {
    service = await startService(folder);
    const lost = await headOf(clientOf(service, client), company);
    await service.stop();
    const { code, stdout } = caisse(
      ['restore', early, '--accept-loss', 'disque perdu', '--json'],
      placesOf(folder),
    );
    const ledger = company.slice(company.lastIndexOf('/') + 1);
    const abandoned = [
      { ledger, size: lost.size, root: lost.root, restoredSize: kept[0]?.size, restoredRoot: kept[0]?.root },
    ];
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ abandoned });
    const said = caisse(['verify', folder.data, '--witness', folder.witness, '--json']);
    expect(said.code).toBe(0);
    expect(JSON.parse(said.stdout)).toMatchObject({
      reports: [{ errors: [], head: { sequence: kept[0]?.size, hash: kept[0]?.hash } }],
      restores: [{ reason: 'disque perdu', abandoned }],
      findings: [],
    });
    expect(caisse(['verify', folder.data, '--witness', folder.witness]).stdout).toContain('disque perdu');
  });

  it('keeps what was there before', () => {
    const [before = ''] = readdirSync(folder.data).filter((name) => name.startsWith('before-'));
    expect(readdirSync(join(folder.data, before))).toEqual(
      expect.arrayContaining(['events.db', 'signing-key.pem', 'vault.db']),
    );
    expect(verified(join(folder.data, before))).toMatchObject({ code: 0 });
  });

  it('lets the service go on with another story, and no read model remembers the old one', async () => {
    service = await startService(folder);
    client = await signIn(service);
    expect(await headOf(client, company)).toMatchObject({ size: kept[0]?.size, hash: kept[0]?.hash });
    await sell(client, company, 7);
    const { size } = await headOf(client, company);
    const { body } = await client.get(`${company}/entries?type=sale&limit=100&after=${size}`);
    expect(body.data).toHaveLength(12);
    await service.stop();
    expect(verified(folder.data, '--witness', folder.witness)).toEqual({ code: 0, findings: [] });
  });

  it('refuses a backup that tells another story than the witness, although it is not shorter', () => {
    // The new story has been witnessed up to more events than the late backup has; cut the witness down to as many.
    const heads = readFileSync(folder.witness, 'utf8').trimEnd().split('\n');
    const atLateSize = heads.filter((line) => Number(line.split(' ')[1]) <= (kept[0]?.size ?? 0) + 2);
    writeFileSync(folder.witness, `${atLateSize.join('\n')}\n`);
    const { exit, code, message } = failure(['restore', late], folder);
    expect([exit, code]).toEqual([1, 'behind-witness']);
    expect(message).toContain('une autre histoire');
  });

  it('cannot be taken off the record', () => {
    const record = join(folder.data, 'restores.ndjson');
    const lines = readFileSync(record, 'utf8');
    const findings = () => {
      const { code, stdout } = caisse(['verify', folder.data, '--witness', folder.witness, '--json']);
      return [code, (JSON.parse(stdout) as { findings: string[] }).findings];
    };
    writeFileSync(record, lines.replace('disque perdu', 'rien du tout'));
    expect(findings()).toEqual([
      1,
      [expect.stringContaining('restores-broken'), expect.stringContaining('restore-forgotten')],
    ]);
    rmSync(record);
    expect(findings()).toEqual([1, [expect.stringContaining('restore-forgotten')]]);
    writeFileSync(record, lines);
    expect(findings()).toEqual([0, []]);
  });

  it('carries its record along with a backup', () => {
    const target = join(folder.root, 'with-record');
    backedUp(folder, target);
    const elsewhere = newFolder();
    expect(caisse(['restore', target], placesOf(elsewhere)).code).toBe(0);
    const said = caisse(['verify', elsewhere.data, '--json']);
    expect(JSON.parse(said.stdout)).toMatchObject({
      restores: [{ reason: 'disque perdu' }, { reason: '', abandoned: [] }],
    });
  });
});
