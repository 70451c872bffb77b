import { createHash, randomUUID } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { rollTickets, saleOf } from '../../src/cli/demo/roll';
import { verify } from '../../src/cli/verify';
import { Chance } from '../support/chance';
import {
  aSale,
  caisse,
  type Client,
  endServices,
  exportedEvents,
  type Finding,
  type Folder,
  newFolder,
  openCompany,
  PAST_DAY,
  removeFolders,
  signIn,
  startService,
  verified,
} from '../support/service';

const TICKETS = 20;
const NEXT_DAY = '2021-01-03';

type Row = { readonly sequence: number; readonly text: string; readonly hash: string };

/** One bit of one byte: a character below U+0100 stays as long as it was in UTF-8. */
function flip(text: string, at: number): string {
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
}

const sha256Hex = (text: string) => createHash('sha256').update(text).digest('hex');

/** Two days of a shop: one closed, one in progress with a correction of the day before. Answers the last sequence. */
async function aStory(client: Client, company: string): Promise<number> {
  const sales = rollTickets()
    .slice(0, TICKETS)
    .map((ticket) => saleOf(ticket, 'T1', PAST_DAY, '+01:00'));
  const cash = sales.flatMap(({ payments }) => payments).filter(({ method }) => method === 'cash');
  const counted = 150_00 + cash.reduce((sum, { amount }) => sum + amount, 0);
  const common = { till: 'T1', businessDate: PAST_DAY };
  const { status, body } = await client.post(`${company}/entries/batch`, {
    atomic: true,
    entries: [
      ...sales,
      { id: randomUUID(), type: 'count', ...common, counts: [{ method: 'cash', amount: counted }] },
      { id: randomUUID(), type: 'day-closure', ...common },
    ],
  });
  expect([status, body]).toEqual([200, expect.objectContaining({ head: expect.any(Number) })]);
  const correction = {
    id: randomUUID(),
    type: 'correction',
    till: 'T1',
    businessDate: NEXT_DAY,
    corrects: sales[3]?.id,
    reason: 'Saisie deux fois',
  };
  let head = 0;
  for (const entry of [
    aSale(5_00, { businessDate: NEXT_DAY }),
    correction,
    aSale(7_00, { businessDate: NEXT_DAY }),
  ]) {
    const answer = await client.post(`${company}/entries`, entry);
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
    head = answer.body.sequence;
  }
  return head;
}

describe('tampering', () => {
  let whole: Folder;
  /** The same installation three entries earlier. */
  let earlier: Folder;
  let ledger: string;
  let last: number;
  let exported: string;
  let rows: readonly Row[];

  beforeAll(async () => {
    whole = newFolder();
    earlier = newFolder();
    let service = await startService(whole);
    let client = await signIn(service);
    const company = await openCompany(client);
    ledger = company.split('/').at(-1) ?? '';
    const known = await aStory(client, company);
    await service.stop();
    cpSync(whole.data, earlier.data, { recursive: true });
    service = await startService(whole);
    client = await signIn(service);
    for (let sale = 0; sale < 3; sale += 1)
      await client.post(`${company}/entries`, aSale(100, { till: 'T2' }));
    exported = (await exportedEvents(client, company)).text;
    await service.stop();
    const database = new Database(join(whole.data, 'events.db'), { readonly: true });
    rows = database.prepare('SELECT sequence, text, hash FROM events ORDER BY sequence').all() as Row[];
    database.close();
    last = rows.length;
    expect(last).toBe(known + 3);
  });
  afterAll(async () => {
    await endServices();
    removeFolders();
  });

  const copyOfWhole = (): Folder => {
    const copy = newFolder();
    cpSync(whole.data, copy.data, { recursive: true });
    cpSync(whole.witness, copy.witness);
    return copy;
  };

  /** What somebody does who has the file and no scruples: the triggers are gone. */
  const bend = ({ data }: Folder, work: (database: Database.Database) => void): void => {
    const database = new Database(join(data, 'events.db'));
    for (const trigger of database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
      .pluck()
      .all())
      database.exec(`DROP TRIGGER ${String(trigger)}`);
    work(database);
    database.close();
  };

  /** What `caisse verify` says of a folder or a file: exit code 1, and each finding on a line of its own. */
  const found = (path: string, witness?: string): Finding[] => {
    const options = witness === undefined ? [] : ['--witness', witness];
    const { code, findings } = verified(path, ...options);
    expect(code).toBe(1);
    const { stdout } = caisse(['verify', path, ...options]);
    expect(stdout).toContain('ALTÉRÉ');
    for (const finding of findings)
      expect(stdout).toMatch(new RegExp(`^ +${finding.sequence} +${finding.code} ?:`, 'm'));
    return findings;
  };

  const named = (findings: readonly Finding[]) => findings.map(({ sequence, code }) => `${sequence} ${code}`);

  /** Somewhere in the middle of the closed day, and of the text. */
  const MIDDLE = 15;

  it('that did not happen is not found', () => {
    expect(verified(whole.data, '--all', '--witness', whole.witness)).toEqual({ code: 0, findings: [] });
    const file = join(whole.root, 'events.ndjson');
    const { code } = caisse(['export', 'events', '--company', ledger, '--data', whole.data, '--out', file]);
    expect([code, readFileSync(file, 'utf8')]).toEqual([0, exported]);
    expect(verified(file, '--all', '--witness', whole.witness)).toEqual({ code: 0, findings: [] });
  });

  describe('with the store', () => {
    it('is refused by the store itself', () => {
      const database = new Database(join(copyOfWhole().data, 'events.db'));
      for (const statement of [
        'UPDATE events SET text = text WHERE sequence = 15',
        'DELETE FROM events WHERE sequence = 15',
        'DELETE FROM checkpoints',
        "UPDATE checkpoints SET note = ''",
        'INSERT INTO events (ledger, sequence, hash, text) SELECT ledger, 999, hash, text FROM events WHERE sequence = 15',
        'INSERT INTO events (ledger, sequence, hash, text) SELECT ledger, sequence, hash, text FROM events LIMIT 1',
      ])
        expect(() => database.exec(statement)).toThrow();
      database.close();
    });

    it('by one byte is named, in whatever event', async () => {
      const folder = copyOfWhole();
      for (const { sequence, text } of rows) {
        const change = (now: string) =>
          bend(folder, (database) => {
            database.prepare('UPDATE events SET text = ? WHERE sequence = ?').run(now, sequence);
          });
        // In the middle of its text, wherever that is.
        change(flip(text, Math.floor(text.length / 2)));
        const reports = await verify(folder.data, { all: false, witness: folder.witness });
        const findings = reports.flatMap(({ errors }) => errors);
        expect(named(findings)).toContain(`${sequence} hash-mismatch`);
        expect(new Set(findings.map((finding) => finding.sequence))).toEqual(new Set([sequence]));
        change(text);
      }
      expect(verified(folder.data, '--witness', folder.witness).code).toBe(0);
    });

    it('by one byte of the file, behind the back of SQLite, is named', () => {
      const folder = copyOfWhole();
      const file = join(folder.data, 'events.db');
      const bytes = readFileSync(file);
      const at = bytes.indexOf(rows[MIDDLE - 1]?.text.slice(0, 400) ?? '');
      expect(at).toBeGreaterThan(0);
      bytes.writeUInt8(bytes.readUInt8(at + 200) ^ 1, at + 200);
      writeFileSync(file, bytes);
      expect(named(found(folder.data, folder.witness))).toEqual([`${MIDDLE} hash-mismatch`]);
    });

    it('by the hash beside it is named', () => {
      const folder = copyOfWhole();
      bend(folder, (database) => {
        database.prepare('UPDATE events SET hash = ? WHERE sequence = ?').run('0'.repeat(64), MIDDLE);
      });
      expect(named(found(folder.data, folder.witness))).toEqual([`${MIDDLE} hash-mismatch`]);
    });

    it('by removing an event is named', () => {
      const folder = copyOfWhole();
      bend(folder, (database) => {
        database.prepare('DELETE FROM events WHERE sequence = ?').run(MIDDLE);
      });
      expect(named(found(folder.data, folder.witness))).toContain(`${MIDDLE} missing-event`);
    });

    it('by exchanging two events is named, both', () => {
      const folder = copyOfWhole();
      bend(folder, (database) => {
        const put = database.prepare('UPDATE events SET text = ?, hash = ? WHERE sequence = ?');
        put.run(rows[MIDDLE + 3]?.text, rows[MIDDLE + 3]?.hash, MIDDLE);
        put.run(rows[MIDDLE - 1]?.text, rows[MIDDLE - 1]?.hash, MIDDLE + 4);
      });
      const findings = found(folder.data, folder.witness);
      const sequences = new Set(findings.map(({ sequence }) => sequence));
      expect([sequences.has(MIDDLE), sequences.has(MIDDLE + 4)]).toEqual([true, true]);
    });

    it('by cutting the tail is named, with and without its checkpoints', () => {
      for (const table of [['events'], ['events', 'checkpoints']]) {
        const folder = copyOfWhole();
        bend(folder, (database) => {
          database.pragma('foreign_keys = OFF');
          for (const name of table)
            database.exec(
              `DELETE FROM ${name} WHERE ${name === 'events' ? 'sequence' : 'size'} > ${last - 2}`,
            );
        });
        const findings = found(folder.data, folder.witness);
        expect(named(findings)).toEqual([`${last - 1} tail-missing`]);
        expect(findings[0]?.detail).toBe(`${last - 1}–${last}`);
      }
    });

    it('by putting an old copy back is named', () => {
      const folder = copyOfWhole();
      rmSync(folder.data, { recursive: true });
      cpSync(earlier.data, folder.data, { recursive: true });
      const findings = found(folder.data, folder.witness);
      expect(named(findings)).toEqual([`${last - 2} tail-missing`]);
    });

    it('by writing all of the past anew, with good hashes, is named: there is no key to sign it', () => {
      const folder = copyOfWhole();
      bend(folder, (database) => {
        let prevHash = rows[MIDDLE - 2]?.hash ?? '';
        for (const { sequence, text } of rows.slice(MIDDLE - 1)) {
          const event = JSON.parse(text) as { data: { lines?: { label?: string }[] }; prevHash: string };
          event.prevHash = prevHash;
          if (sequence === MIDDLE) for (const line of event.data.lines ?? []) line.label = 'RIEN';
          const now = JSON.stringify(event);
          prevHash = sha256Hex(now);
          database
            .prepare('UPDATE events SET text = ?, hash = ? WHERE sequence = ?')
            .run(now, prevHash, sequence);
        }
      });
      const codes = found(folder.data, folder.witness).map(({ code }) => code);
      expect(codes).toContain('checkpoint-root');
    });

    it('makes the service refuse that ledger, and say so', async () => {
      const folder = copyOfWhole();
      bend(folder, (database) => {
        database
          .prepare('UPDATE events SET text = ? WHERE sequence = ?')
          .run(flip(rows[last - 1]?.text ?? '', 60), last);
      });
      // Without its snapshots and read models, which are made from the events.
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${folder.data}/read.db${suffix}`, { force: true });
      const service = await startService(folder);
      const client = await signIn(service);
      const { status, body } = await client.post(`/v1/companies/${ledger}/entries`, aSale(100));
      expect([status, body.code]).toEqual([503, 'ledger-damaged']);
      const report = await client.post(`/v1/companies/${ledger}/proof/verify`);
      expect([report.status, report.body.intact]).toEqual([200, false]);
      expect(report.body.errors).toContainEqual(
        expect.objectContaining({ sequence: last, code: 'hash-mismatch' }),
      );
      expect((await client.get('/health/ready')).body.status).toBe('degraded');
      const other = await openCompany(client);
      expect((await client.post(`${other}/entries`, aSale(100))).status).toBe(201);
      await service.stop();
    });
  });

  describe('with an export', () => {
    const fileOf = (lines: readonly string[]): string => {
      const file = join(newFolder().root, 'events.ndjson');
      writeFileSync(file, lines.join('\n'), 'latin1');
      return file;
    };

    /** The lines as bytes in latin-1, so that any byte can be changed. */
    const lines = (): string[] => Buffer.from(exported).toString('latin1').trimEnd().split('\n');

    const withLine = (sequence: number, change: (line: string) => string): string[] =>
      lines().map((line, index) => (index === sequence - 1 ? change(line) : line));

    it('by one byte is named', () => {
      const file = fileOf(withLine(MIDDLE, (line) => flip(line, 100)));
      expect(named(found(file))).toEqual([`${MIDDLE} hash-mismatch`]);
    });

    it('by removing an event is named', () => {
      const file = fileOf(lines().filter((_, index) => index !== MIDDLE - 1));
      expect(named(found(file))).toContain(`${MIDDLE} missing-event`);
    });

    it('by exchanging two events is named, both', () => {
      const all = lines();
      const [one = '', other = ''] = [all[MIDDLE - 1], all[MIDDLE]];
      const file = fileOf([...all.slice(0, MIDDLE - 1), other, one, ...all.slice(MIDDLE + 1)]);
      expect(named(found(file)).sort()).toEqual([`${MIDDLE} out-of-order`, `${MIDDLE + 1} out-of-order`]);
    });

    it('by cutting the tail is named by the witness', () => {
      const file = fileOf(lines().slice(0, -2));
      expect(named(found(file, whole.witness))).toEqual([`${last - 1} tail-missing`]);
    });

    it('in five places is named in five places', () => {
      const planted = [3, 9, MIDDLE, last - 4, last];
      const bent = lines().map((line, index) =>
        planted.includes(index + 1) ? flip(line, 90 + index) : line,
      );
      const findings = found(fileOf(bent));
      expect(findings.filter(({ code }) => code === 'hash-mismatch').map(({ sequence }) => sequence)).toEqual(
        planted,
      );
      expect(new Set(findings.map(({ sequence }) => sequence))).toEqual(new Set(planted));
    });

    it('in five ways is named in five ways', () => {
      const all = lines();
      const bent = [
        ...all.slice(0, 4),
        flip(all[4] ?? '', 50),
        ...all.slice(5, 8),
        ...all.slice(9, 12),
        all[13] ?? '',
        all[12] ?? '',
        ...all.slice(14, 18),
        all[17] ?? '',
        ...all.slice(18, -1),
      ];
      expect(named(found(fileOf(bent), whole.witness)).sort()).toEqual(
        [
          '5 hash-mismatch',
          '9 missing-event',
          '13 out-of-order',
          '14 out-of-order',
          '18 repeated-event',
          `${last} tail-missing`,
        ].sort(),
      );
    });

    /** One tampering of any kind, and the sequences of which at least one must be named. */
    const tampered = (chance: Chance): { kind: string; lines: string[]; at: number[] } => {
      const all = lines();
      const at = chance.below(all.length);
      const line = all[at] ?? '';
      const place = chance.below(line.length);
      const replaceLine = (...now: string[]) => [...all.slice(0, at), ...now, ...all.slice(at + 1)];
      const changed = (now: string) => ({ lines: replaceLine(now), at: [at + 1] });
      const kinds: Record<string, () => { lines: string[]; at: number[] }> = {
        // A line end that comes or goes is another tampering than a byte of an event.
        'a bit flipped': () =>
          changed(
            line.slice(0, place) +
              String.fromCharCode(line.charCodeAt(place) ^ chance.pick([1, 2, 4, 16, 64, 128])) +
              line.slice(place + 1),
          ),
        'a byte removed': () => changed(line.slice(0, place) + line.slice(place + 1)),
        'a byte put in': () =>
          changed(line.slice(0, place) + chance.pick(['0', ' ', '"', '}', 'é']) + line.slice(place)),
        'a digit changed': () => {
          const digits = [...line.matchAll(/\d/g)].map(({ index }) => index);
          const digit = chance.pick(digits);
          const other = String((Number(line[digit]) + chance.between(1, 9)) % 10);
          return changed(line.slice(0, digit) + other + line.slice(digit + 1));
        },
        'the end of a line cut': () => changed(line.slice(0, place)),
        'an event removed': () => ({ lines: replaceLine(), at: [at + 1] }),
        'an event repeated': () => ({ lines: replaceLine(line, line), at: [at + 1] }),
        'two events exchanged': () => {
          const other = (at + chance.between(1, all.length - 1)) % all.length;
          const exchanged = [...all];
          exchanged[at] = all[other] ?? '';
          exchanged[other] = line;
          return { lines: exchanged, at: [at + 1, other + 1] };
        },
        'an event moved': () => {
          const rest = replaceLine();
          const to = (at + chance.between(1, all.length - 1)) % all.length;
          return { lines: [...rest.slice(0, to), line, ...rest.slice(to)], at: [at + 1] };
        },
        'the tail cut': () => ({ lines: all.slice(0, Math.max(1, at)), at: [Math.max(1, at) + 1] }),
        'an amount changed, and the hash with it': () => {
          const [, body = '', digit = ''] = /^(.*"amount":-?)(\d)/.exec(line) ?? [];
          const text = `${body}${String((Number(digit) + 1) % 10)}${line.slice(body.length + 1)}`.replace(
            /,"hash":"\w+"\}$/,
            '}',
          );
          if (body === '') return { lines: replaceLine(), at: [at + 1] };
          const hash = sha256Hex(Buffer.from(text, 'latin1').toString('utf8'));
          return { lines: replaceLine(`${text.slice(0, -1)},"hash":"${hash}"}`), at: [at + 1] };
        },
      };
      const kind = chance.pick(Object.keys(kinds));
      const made = kinds[kind]?.() ?? { lines: all, at: [] };
      return { kind, ...made };
    };

    it('a thousand times at random is found a thousand times', async () => {
      const seed = Date.now() % 1_000_000;
      const chance = new Chance(seed);
      const missed: unknown[] = [];
      const kinds = new Set<string>();
      for (let round = 0; round < 1000; round += 1) {
        const { kind, lines: bent, at } = tampered(chance);
        if (bent.join('\n') === lines().join('\n')) {
          round -= 1;
          continue;
        }
        kinds.add(kind);
        const file = join(whole.root, 'bent.ndjson');
        writeFileSync(file, bent.join('\n'), 'latin1');
        const [report] = await verify(file, { all: false, witness: whole.witness });
        const sequences = (report?.errors ?? []).map(({ sequence }) => sequence);
        if (!at.some((sequence) => sequences.includes(sequence)))
          missed.push({ seed, round, kind, at, sequences });
      }
      expect(missed).toEqual([]);
      expect(kinds.size).toBe(11);
    }, 120_000);
  });
});
