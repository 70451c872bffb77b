import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runCaisse } from '../support/command';
import { EventStoreDbDouble } from '../support/eventstoredb-double/server';
import {
  aSale,
  endServices,
  type Folder,
  newFolder,
  openCompany,
  PAST_DAY,
  removeFolders,
  signIn,
  startService,
  verified,
} from '../support/service';

const FLOAT = 150_00;

async function copied(from: string, to: string): Promise<number> {
  const { code, stdout, stderr } = await runCaisse(['copy', '--from', from, '--to', to, '--json']);
  if (code !== 0) throw new Error(stderr);
  const { ledgers } = JSON.parse(stdout) as { ledgers: { sequence: number }[] };
  return ledgers[0]?.sequence ?? 0;
}

describe('a ledger that moves to a server and comes back', () => {
  let events: EventStoreDbDouble;
  let folder: Folder;

  beforeAll(async () => {
    events = await EventStoreDbDouble.start();
    folder = newFolder();
  });
  afterAll(async () => {
    await endServices();
    await events.stop();
    removeFolders();
  });

  /** The service on the folder, with its events somewhere; answers what it says once the sales are recorded. */
  async function session(eventStore: string, sales: readonly number[], company?: string) {
    const service = await startService(folder, { environment: { CAISSE_EVENT_STORE: eventStore } });
    const client = await signIn(service);
    const opened = company ?? (await openCompany(client));
    let last = 0;
    for (const gross of sales) {
      const { status, body } = await client.post(`${opened}/entries`, aSale(gross));
      expect(status).toBe(201);
      last = Number(body.sequence);
    }
    const sheet = await client.get(`${opened}/tills/T1/days/${PAST_DAY}?after=${last}`);
    await service.stop();
    return { company: opened, last, sheet };
  }

  it('is one chain, on whichever engine it was extended', async () => {
    const file = (name: string) => `sqlite:${join(folder.data, name)}`;
    const first = await session(file('events.db'), [10_00, 20_00]);
    expect(await copied(file('events.db'), events.connectionString())).toBe(first.last);

    const second = await session(events.connectionString(), [30_00, 40_00], first.company);
    expect(second.last).toBe(first.last + 2);
    expect(second.sheet.status).toBe(200);
    // An append whose checkpoint has not arrived yet is signed with the next one.
    await delay(100);
    const back = `sqlite:${join(folder.root, 'back', 'events.db')}`;
    expect(await copied(events.connectionString(), back)).toBe(second.last);

    const third = await session(back, [50_00], first.company);
    expect(third.last).toBe(second.last + 1);
    expect(JSON.stringify(third.sheet.body)).toContain(String(FLOAT + 150_00));
    expect(verified(join(folder.root, 'back'), '--all')).toEqual({ code: 0, findings: [] });
    // What was copied first is as it was left.
    expect(verified(folder.data, '--all')).toEqual({ code: 0, findings: [] });
  }, 120_000);
});
