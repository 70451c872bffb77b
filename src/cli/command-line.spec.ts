import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  aSale,
  caisse,
  type Client,
  endServices,
  type Folder,
  newFolder,
  openCompany,
  PAST_DAY,
  removeFolders,
  type ServiceProcess,
  signIn,
  startService,
  verified,
} from '../../test/support/service';

/** What a command that failed said, as JSON. */
function failure(args: readonly string[], environment: Record<string, string> = {}) {
  const { code, stdout, stderr } = caisse([...args, '--json'], environment);
  const said = JSON.parse(stderr) as { error: { code: string; message: string } };
  return { exit: code, stdout, ...said.error };
}

function documentsIn(file: string): number {
  const database = new Database(file, { readonly: true });
  const count = database.prepare('SELECT count(*) FROM documents').pluck().get() as number;
  database.close();
  return count;
}

describe('how the command line is used', () => {
  it('explains itself, and waits for no framework to do so', () => {
    const { code, stdout, stderr } = caisse(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const name of ['serve', 'demo', 'verify', 'export', 'rebuild', 'backup', 'restore', 'copy'])
      expect(stdout).toContain(`  ${name}`);
    expect(stdout).toContain('Codes de sortie : 0');
    expect(caisse(['verify', '--help']).stdout).toContain('--witness <file>');
    expect(caisse(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('answers a wrong usage with 2, in French, and with nothing on the standard output', () => {
    expect(caisse(['veryfy'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'commande inconnue : veryfy (vouliez-vous verify ?). Voir caisse --help.\n',
    });
    expect(failure(['verify'])).toMatchObject({ exit: 2, code: 'missingArgument', stdout: '' });
    expect(failure(['verify', 'x', 'y'])).toMatchObject({ exit: 2, code: 'excessArguments' });
    expect(failure(['verify', '--al', 'x'])).toMatchObject({ exit: 2, code: 'unknownOption' });
    expect(failure(['export', 'events'])).toMatchObject({ exit: 2, code: 'missingMandatoryOptionValue' });
    expect(caisse([]).code).toBe(2);
  });

  it('answers a wrong environment with 2 and a sentence that says what to set', () => {
    const { exit, code, message } = failure(['rebuild'], { PORT: 'ninety' });
    expect([exit, code]).toEqual([2, 'wrong-configuration']);
    expect(message).toContain('PORT');
  });

  it('answers 2 where there is nothing to work on', () => {
    const { root, data, witness } = newFolder();
    const places = { CAISSE_DATA: data, CAISSE_WITNESS: witness };
    expect(failure(['verify', join(root, 'none')])).toMatchObject({ exit: 2, code: 'path-not-found' });
    expect(failure(['verify', root])).toMatchObject({ exit: 2, code: 'path-not-found' });
    expect(failure(['backup', join(root, 'copy')], places)).toMatchObject({
      exit: 2,
      code: 'path-not-found',
    });
    expect(existsSync(join(root, 'copy'))).toBe(false);
    for (const command of [['rebuild'], ['export', 'events', '--company', 'nobody']]) {
      const missing = { exit: 2, code: 'path-not-found' };
      const named = (name: string) => expect.stringContaining(`${name} mène à ${data}/events.db`) as unknown;
      expect(failure(command, places)).toMatchObject({ ...missing, message: named('CAISSE_DATA') });

      expect(failure([...command, '--data', data])).toMatchObject({ ...missing, message: named('--data') });
    }
    expect(existsSync(data)).toBe(false);
    expect(failure(['restore', root], places)).toMatchObject({ exit: 2, code: 'not-a-backup' });
    writeFileSync(join(root, 'manifest.json'), '{"format":"caisse-backup/1","files":{}}');
    expect(failure(['restore', root], places)).toMatchObject({ exit: 2, code: 'not-a-backup' });
  });

  afterAll(removeFolders);
});

describe('commands beside a running service', () => {
  let folder: Folder;
  let service: ServiceProcess;
  let client: Client;
  let company: string;
  let id: string;
  let places: Record<string, string>;

  beforeAll(async () => {
    folder = newFolder();
    places = { CAISSE_DATA: folder.data, CAISSE_WITNESS: folder.witness };
    service = await startService(folder);
    client = await signIn(service);
    company = await openCompany(client);
    id = company.slice(company.lastIndexOf('/') + 1);
    for (const gross of [450, 320, 80, 1200]) await client.post(`${company}/entries`, aSale(gross));
    const cash = { method: 'cash', amount: 150_00 + 2050 };
    const common = { till: 'T1', businessDate: PAST_DAY };
    const entries = [
      { id: '01914d3a-8f00-7a11-8c02-000000000001', type: 'count', ...common, counts: [cash] },
      { id: '01914d3a-8f00-7a11-8c02-000000000002', type: 'day-closure', ...common },
    ];
    const { body } = await client.post(`${company}/entries/batch`, { atomic: true, entries });
    expect(body.results.map(({ status }: { status: string }) => status)).toEqual(['recorded', 'recorded']);
  });

  // A command stops this process for as long as it takes; connections that were closed meanwhile are noticed first.
  beforeEach(() => new Promise((resolve) => setTimeout(resolve, 20)));

  afterAll(async () => {
    await endServices();
    removeFolders();
  });

  it('verify the data folder: every ledger, its signatures, and the witness', () => {
    const { code, stdout } = caisse(['verify', folder.data, '--witness', folder.witness]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^INTACT  ${id} : \\d+ événements, 1 clôtures, 2 signatures\n`));
    const all = caisse(['verify', folder.data, '--witness', folder.witness, '--all', '--json']);
    const { reports } = JSON.parse(all.stdout) as { reports: { checkpoints: number }[] };
    // One per append: the company, four sales, the evening; and the closure's own.
    expect(reports.map(({ checkpoints }) => checkpoints)).toEqual([7]);
  });

  it('notice what the witness knows and the folder does not have', () => {
    const witness = join(folder.root, 'other.witness');
    const lost = '01914d3a-8f00-7a11-8c02-0000000000ff';
    writeFileSync(witness, `${readFileSync(folder.witness, 'utf8')}${lost} 3 ${'0'.repeat(64)}\n`);
    expect(verified(folder.data, '--witness', witness)).toMatchObject({
      code: 1,
      findings: [
        { sequence: 0, code: 'no-events' },
        { sequence: 1, code: 'tail-missing', detail: '1–3' },
      ],
    });
  });

  it('export the raw events, which verify by themselves', async () => {
    const file = join(folder.root, 'events.ndjson');
    const { code, stdout } = caisse(['export', 'events', '--company', id, '--out', file, '--json'], places);
    expect(code).toBe(0);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(stdout)).toMatchObject({ company: id, events: lines.length });
    const served = await client.get(`${company}/exports/events`);
    expect(served.body).toBe(readFileSync(file, 'utf8'));
    expect(caisse(['export', 'events', '--company', id], places).stdout).toBe(readFileSync(file, 'utf8'));
    expect(verified(file)).toEqual({ code: 0, findings: [] });
    expect(verified(file, '--witness', folder.witness)).toEqual({ code: 0, findings: [] });
  });

  it('name what was bent in an export, and what was cut off if a witness is at hand', () => {
    const file = join(folder.root, 'events.ndjson');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const bent = (change: (lines: string[]) => string[], ...options: string[]) => {
      const copy = join(folder.root, 'bent.ndjson');
      writeFileSync(copy, `${change([...lines]).join('\n')}\n`);
      const { code, findings } = verified(copy, ...options);
      return [code, findings.map((finding) => `${finding.sequence} ${finding.code}`)];
    };
    const sale = lines.findIndex((line) => line.includes('"type":"SaleRecorded"')) + 1;
    const raised = (line: string) => line.replace('"gross":450', '"gross":451');
    expect(bent((all) => all.map(raised))).toEqual([1, [`${sale} hash-mismatch`]]);
    expect(bent((all) => all.filter((_, index) => index + 1 !== sale))).toEqual([
      1,
      [`${sale} missing-event`],
    ]);
    expect(bent((all) => all.slice(0, -2))).toEqual([0, []]);
    expect(bent((all) => all.slice(0, -2), '--witness', folder.witness)).toEqual([
      1,
      [`${lines.length - 1} tail-missing`],
    ]);
    expect(bent(() => ['ceci', 'n’est pas', 'un registre'])[0]).toBe(1);
  });

  it('say so when a company does not exist', () => {
    expect(failure(['export', 'events', '--company', 'nobody'], places)).toMatchObject({
      exit: 2,
      code: 'unknown-company',
    });
  });

  it('leave to the service what only one process may do', () => {
    expect(failure(['rebuild'], places)).toMatchObject({ exit: 3, code: 'service-running' });
    const second = caisse(['serve'], { ...places, PORT: '0' });
    expect([second.code, second.stderr]).toEqual([3, expect.stringContaining('CAISSE_DATA')]);
  });

  it('rebuild all that is read, once the service is stopped', async () => {
    const sheet = `${company}/tills/T1/days/${PAST_DAY}`;
    const before = (await client.get(sheet)).body;
    expect(before).toMatchObject({ turnover: { gross: 2050 } });
    expect(await service.stop()).toBe(0);
    expect(failure(['rebuild', '--projection', 'nothing'], places)).toMatchObject({
      exit: 2,
      code: 'unknown-projection',
    });
    const { code, stdout } = caisse(['rebuild', '--json'], places);
    expect(code).toBe(0);
    const { rebuilt } = JSON.parse(stdout) as { rebuilt: string[] };
    expect(rebuilt).toContain('journal');
    const documents = documentsIn(join(folder.data, 'read.db'));
    expect(caisse(['rebuild', '--projection', 'journal', '--json'], places)).toMatchObject({ code: 0 });
    // What was replaced is gone: a rebuild does not make the file grow.
    expect(documentsIn(join(folder.data, 'read.db'))).toBe(documents);
    service = await startService(folder);
    client = await signIn(service);
    expect((await client.get(sheet)).body).toEqual(before);
  });
});
