import { endServices, removeFolders } from '../../support/service';
import { type Evidence, findingsIn } from './checker';
import type { Outcome } from './client';
import { type ExportedEvent, genesisHash, linesOf, sha256 } from './ledger-text';
import { Installation } from './installation';
import { run } from './run';
import { type Schedule, scheduleOf } from './schedule';

const drawn = scheduleOf(5, { family: 'embedded' });

/** One client that sends everything in turn and is always answered: what it leaves behind is the same each time. */
const CALM: Schedule = {
  ...drawn,
  faults: [],
  clients: [drawn.clients.flat().map((request) => ({ ...request, fate: 'answered' }))],
};

type Plant = (events: ExportedEvent[], outcomes: readonly Outcome[]) => ExportedEvent[];

/** A ledger of these events whose chain holds: what is planted must be found by what it says, not by its hashes. */
function sealed(events: readonly ExportedEvent[]): string {
  let prevHash = genesisHash(events[0]?.ledger ?? '');
  return events
    .map(({ hash: _, ...event }) => {
      const text = JSON.stringify({ ...event, prevHash });
      prevHash = sha256(text);
      return `${text.slice(0, -1)},"hash":"${prevHash}"}\n`;
    })
    .join('');
}

function renumbered(events: readonly ExportedEvent[]): ExportedEvent[] {
  const tills = new Map<string, number>();
  const documents = new Map<string, number>();
  const next = (counters: Map<string, number>, key: string) => {
    counters.set(key, (counters.get(key) ?? 0) + 1);
    return counters.get(key) as number;
  };
  return events.map((event, index) => ({
    ...event,
    sequence: index + 1,
    ...(event.tillSequence === undefined ? {} : { tillSequence: next(tills, event.till ?? '') }),
    ...(event.document
      ? {
          document: {
            ...event.document,
            number: next(documents, `${event.till ?? ''} ${event.document.type}`),
          },
        }
      : {}),
  }));
}

const isAcknowledged = (outcomes: readonly Outcome[], event: ExportedEvent, type: string): boolean =>
  event.type === type &&
  outcomes.some(({ entry, state }) => entry.id === event.entry?.id && state === 'acknowledged');

function without(events: readonly ExportedEvent[], one: ExportedEvent | undefined): ExportedEvent[] {
  if (!one) throw new Error('the run has no such event');
  return events.filter((event) => event !== one);
}

/** The events and one more, like one of them but for what is said. */
function withAnother(
  events: readonly ExportedEvent[],
  like: ExportedEvent | undefined,
  change: Partial<ExportedEvent> = {},
): ExportedEvent[] {
  if (!like) throw new Error('the run has no such event');
  return renumbered([...events, { ...like, ...change }]);
}

const paysByVoucher = ({ type, data }: ExportedEvent): boolean =>
  type === 'SaleRecorded' && JSON.stringify(data).includes('"voucher":"');

describe('the checker', () => {
  let installation: Installation;
  let good: Evidence;
  let undoctored: readonly string[];
  let doctored: readonly string[];

  beforeAll(async () => {
    installation = await Installation.open('embedded', null);
    const result = await run(CALM, installation);
    good = result.evidence;
    undoctored = result.findings;
    // A cent that the ledger has and no report shows.
    const wrong = await run(CALM, installation, (evidence) => ({
      ...evidence,
      ledger: evidence.ledger.replace(/"salesCount":1(?=.*"type":"SaleRecorded")/, '"salesCount":2'),
    }));
    doctored = wrong.findings;
  }, 120_000);

  afterAll(async () => {
    await installation.close();
    await endServices();
    removeFolders();
  });

  const found = (evidence: Partial<Evidence>): string => findingsIn({ ...good, ...evidence }).join('\n');
  const eventsOf = () => linesOf(good.ledger).map(({ event }) => event);

  it('finds nothing in what a sound service leaves behind', () => {
    expect(undoctored).toEqual([]);
    expect(found({ ledger: sealed(eventsOf()) })).toBe('');
  });

  it.each<[string, RegExp, Plant]>([
    [
      'a lost acknowledged write',
      /^sale .* was acknowledged as \d+ and is lost$/m,
      (events, outcomes) =>
        renumbered(
          without(
            events,
            events.find((event) => isAcknowledged(outcomes, event, 'SaleRecorded')),
          ),
        ),
    ],
    [
      'an entry that is there twice',
      /is not there once and whole/,
      (events, outcomes) =>
        withAnother(
          events,
          events.find((event) => isAcknowledged(outcomes, event, 'SaleRecorded')),
        ),
    ],
    [
      'half of an entry',
      /is not there once and whole/,
      (events) =>
        renumbered(
          without(
            events,
            events.find(({ type }) => type === 'TransferReceived'),
          ),
        ),
    ],
    [
      'a gap',
      /the ledger goes on with \d+ instead of \d+/,
      (events) => without(events, events[Math.floor(events.length / 2)]),
    ],
    [
      'a voucher that is spent twice',
      /^voucher (memo\/)?voucher\/V\d+ is at -\d+/m,
      (events) => {
        let more = events;
        for (let time = 0; time < 10; time += 1) more = withAnother(more, events.find(paysByVoucher));
        return more;
      },
    ],
    [
      'cash that is not there',
      /^cash till\/T1\/cash is at -\d+ after event \d+ in order of recording$/m,
      (events) =>
        withAnother(
          events,
          events.find(({ type }) => type === 'ExpensePaid'),
          {
            postings: [
              { account: 'till/T1/cash', amount: -1e9 },
              { account: 'owner', amount: 1e9 },
            ],
          },
        ),
    ],
    [
      'cash that was not there yet on its day',
      /^cash till\/T1\/cash is at -\d+ after event \d+ in order of days$/m,
      (events) => [
        ...withAnother(
          withAnother(
            events,
            events.find(({ type, till }) => type === 'SaleRecorded' && till === 'T1'),
            { businessDate: '2021-03-01', postings: moving(1e9) },
          ),
          events.find(({ type, till }) => type === 'SaleRecorded' && till === 'T1'),
          { businessDate: '2021-01-01', postings: moving(-1e9) },
        ),
      ],
    ],
    [
      'postings that do not add up',
      /the postings of event \d+ do not add up to 0/,
      (events) =>
        events.map((event) =>
          event.type === 'CashPutIn' ? { ...event, postings: event.postings?.slice(1) ?? [] } : event,
        ),
    ],
    [
      'another amount than was sent',
      /moved \d+ on till\/T[12]\/cash, not \d+/,
      (events, outcomes) =>
        events.map((event) =>
          isAcknowledged(outcomes, event, 'SaleRecorded')
            ? { ...event, postings: event.postings?.map((one) => ({ ...one, amount: one.amount * 2 })) ?? [] }
            : event,
        ),
    ],
    [
      'another day than was sent',
      /is recorded on another day/,
      (events) =>
        events.map((event) => (event.businessDate ? { ...event, businessDate: '2021-01-31' } : event)),
    ],
    [
      'something in a closed day',
      /which is closed/,
      (events) =>
        withAnother(
          events,
          events.find(({ type }) => type === 'DayClosed'),
        ),
    ],
    [
      'an original that is corrected twice',
      /is corrected by .* and by /,
      (events) => {
        const correction = events.find((event) => event.correction?.corrects);
        return withAnother(events, correction, {
          entry: { ...(correction?.entry as NonNullable<ExportedEvent['entry']>), id: 'another' },
        });
      },
    ],
    [
      'an entry that nobody sent',
      /^nobody sent another$/m,
      (events) =>
        events.map((event) =>
          event.type === 'CashPutIn' && event.entry
            ? { ...event, entry: { ...event.entry, id: 'another' } }
            : event,
        ),
    ],
  ])('finds %s', (_what, sentence, plant) => {
    const ledger = sealed(plant(eventsOf(), good.outcomes));
    expect(found({ ledger })).toMatch(sentence);
  });

  it('finds a byte that was changed', () => {
    expect(found({ ledger: good.ledger.replace('"amount":15000', '"amount":15001') })).toMatch(
      /^event \d+ is not what was hashed$/m,
    );
  });

  const told = (change: (outcome: Outcome) => Partial<Outcome> | null): Outcome[] => {
    let isDone = false;
    return good.outcomes.map((outcome) => {
      const changed = isDone ? null : change(outcome);
      if (changed) isDone = true;
      return { ...outcome, ...changed };
    });
  };

  it.each<[string, RegExp, (outcome: Outcome) => Partial<Outcome> | null]>([
    [
      'a refused entry that is there',
      /was refused .* and is there/,
      ({ state }) => (state === 'acknowledged' ? { state: 'refused' } : null),
    ],
    [
      'another sequence than was said',
      /was acknowledged as 1 and is \d+/,
      ({ state }) => (state === 'acknowledged' ? { sequence: 1 } : null),
    ],
    [
      'another hash than was said',
      /was acknowledged with another hash/,
      ({ hash }) => (hash === undefined ? null : { hash: 'f'.repeat(64) }),
    ],
    [
      'other contents than were sent',
      /is recorded with other contents/,
      ({ state, entry }) => (state === 'acknowledged' ? { entry: { ...entry, comment: 'autre' } } : null),
    ],
    [
      'vouchers that clients were told to have spent beyond what they were sold for',
      /^voucher V\d+ has paid \d+ more than it was sold for$/m,
      ({ entry }) => (entry.type === 'voucher-sale' ? { entry: { ...entry, amount: -1 } } : null),
    ],
  ])('finds %s', (_what, sentence, change) => {
    expect(found({ outcomes: told(change) })).toMatch(sentence);
  });

  it('finds reports that show something else than the ledger says, and so does `caisse verify`', () => {
    expect(doctored.join('\n')).toMatch(/^recorded T[12]\/.*: shown .*, expected .*$/m);
    expect(doctored.join('\n')).toMatch(/^verify: event \d+: /m);
  });
});

function moving(amount: number): ExportedEvent['postings'] {
  return [
    { account: 'till/T1/cash', amount },
    { account: 'owner', amount: -amount },
  ];
}
