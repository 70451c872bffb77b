import * as fc from 'fast-check';
import type { RecordedEvent } from '../../projections/projection';
import { Changes } from '../../src/kernel/changes';
import { type LedgerEvent, ledgerEventSchema } from '../../src/ledger/events';
import { evolve } from '../../src/ledger/evolve';
import { emptyLedger, type Ledger } from '../../src/ledger/ledger';
import { expectedPostings } from '../../src/ledger/postings-of';
import { sha256Hex } from '../../src/platform/crypto';
import { type History, histories, historyOf } from '../support/histories';
import { type Body, LEDGER } from '../support/ledger-book';
import {
  accountOf,
  balancesOf,
  byBusinessDay,
  byRecording,
  eventsOfDay,
  lowestLine,
  moved,
  salesCountOf,
  totalsOf,
  turnoverOf,
} from './naive';

/** Kinds that the ledger knows as cash in the histories. */
const CASH = ['cash', 'toString'];
const COUNTED = ['cash', 'cheque'];
const TILLS = ['T1', 'T10', 'T3', 'safe'];

/** How many histories each property is tried on; more by `HISTORIES=1000 npx jest test/properties`. */
const RUNS = Number(process.env.HISTORIES ?? 40);

/** All properties of one run are tried on the same histories, which are told once. */
const SEED = Date.now() % 0x7fffffff;
const told = new Map<string, History>();

function toldOnce(seed: number, length: number): History {
  const key = `${seed}/${length}`;
  const known = told.get(key) ?? historyOf(seed, length);
  told.set(key, known);
  return known;
}

function holds(check: (history: History) => void, tell = toldOnce): void {
  fc.assert(fc.property(histories(70, tell), check), { numRuns: RUNS, seed: SEED });
}

function replayed(events: readonly LedgerEvent[], ledger: Ledger = emptyLedger(LEDGER)): Ledger {
  const changes = new Changes();
  for (const event of events) evolve(ledger, changes, event);
  return ledger;
}

/** The same value with the members of every object sorted, as RFC 8785 writes them. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, inOrder(member)]));
}

type Closed = Extract<RecordedEvent, { type: 'DayClosed' }>;

function closuresOf(events: readonly RecordedEvent[]): Closed[] {
  return events.filter((event): event is Closed => event.type === 'DayClosed');
}

/** Tills that are never fed by Z-tickets, so that their cash is judged with each entry. */
function tillsAlwaysJudged({ book }: History): string[] {
  return [...book.ledger.tills.values()]
    .filter((till) => till.feeds.every(({ value }) => value !== 'z-ticket'))
    .map(({ code }) => code);
}

describe('the money of any history', () => {
  it('adds up to zero in every event, memo accounts among themselves', () =>
    holds(({ book }) => {
      for (const event of book.events) {
        expect([event.sequence, moved([event], '')]).toEqual([event.sequence, 0]);
        expect([event.sequence, moved([event], 'memo/')]).toEqual([event.sequence, 0]);
      }
    }));

  it('adds up to zero over all accounts, and the state holds just the fold of the postings', () =>
    holds(({ book }) => {
      const balances = balancesOf(book.events);
      expect([...balances.values()].reduce((total, amount) => total + amount, 0)).toBe(0);
      expect(book.ledger.balances).toEqual(balances);
    }));

  it('follows from the facts of each event alone', () =>
    holds(({ book }) => {
      for (const event of book.events) expect(event.postings ?? null).toEqual(expectedPostings(event));
    }));

  it('merges no lines of opposite sign and posts no zero', () =>
    holds(({ book }) => {
      for (const { correction, postings = [] } of book.events) {
        expect(postings.filter(({ amount }) => amount === 0)).toEqual([]);
        const keys = postings.map(({ account, amount }) => `${account}${amount > 0 ? '+' : '-'}`);
        if (!correction?.givenBack) expect(new Set(keys).size).toBe(keys.length);
      }
    }));
});

describe('cash', () => {
  it('is below zero on no line, in the order of recording', () =>
    holds((history) => {
      const { events } = history.book;
      for (const till of tillsAlwaysJudged(history)) {
        for (const method of CASH) expect(lowestLine(events, till, method, byRecording(events))).toBe(0);
      }
    }));

  it('is below zero on no line, in the order of business days, at any time', () =>
    holds((history) => {
      const { events } = history.book;
      const ends = events.filter(({ entry }) => !entry || entry.index === entry.count - 1);
      const some = ends.filter((_, index) => index % 7 === history.seed % 7).map(({ sequence }) => sequence);
      for (const sequence of [...some, events.length]) {
        const until = events.slice(0, sequence);
        for (const till of tillsAlwaysJudged(history)) {
          for (const method of CASH) expect(lowestLine(until, till, method, byBusinessDay(until))).toBe(0);
        }
      }
    }));

  it('is below zero on no line of a sealed day of a till fed by Z-tickets, the Z listed first', () =>
    holds(({ book }) => {
      for (const till of TILLS) {
        const closed = closuresOf(book.events)
          .filter((event) => event.till === till)
          .at(-1);
        if (!closed) continue;
        const sealed = book.events.filter(
          (event) => (event.businessDate ?? '') <= (closed.businessDate ?? ''),
        );
        expect(lowestLine(sealed, till, 'cash', byBusinessDay(sealed))).toBe(0);
      }
    }));

  it('is what was counted, in each counted method, once a day is closed and no other is open', () =>
    holds(({ book }) => {
      for (const { till = '', businessDate = '', sequence, data } of closuresOf(book.events)) {
        const sealed = book.events.filter(
          (event) => event.sequence <= sequence && (event.businessDate ?? '') <= businessDate,
        );
        const balances = balancesOf(sealed);
        for (const { method, counted, theoretical } of data.methods) {
          expect(balances.get(accountOf(till, method)) ?? 0).toBe(counted ?? theoretical);
        }
      }
    }));
});

describe('what may not be overdrawn', () => {
  it('leaves vouchers and deposits at zero or above, after each entry', () =>
    holds(({ book }) => {
      const balances = new Map<string, number>();
      const touched = new Set<string>();
      for (const event of book.events) {
        for (const { account, amount } of event.postings ?? []) {
          balances.set(account, (balances.get(account) ?? 0) + amount);
          touched.add(account);
        }
        if (event.entry && event.entry.index < event.entry.count - 1) continue;
        for (const account of touched) {
          const balance = balances.get(account) ?? 0;
          if (/^(memo\/)?voucher\//.test(account)) expect(balance).toBeLessThanOrEqual(0);
          if (/^transit\/(?!tills\/)/.test(account)) expect(balance).toBeGreaterThanOrEqual(0);
          if (account.startsWith('transit/tills/')) expect(balance).toBe(0);
        }
        touched.clear();
      }
    }));

  it('lets no customer fall below zero but by a refund, a reversal or a voucher paid back', () =>
    holds(({ book }) => {
      const balances = new Map<string, number>();
      for (const event of book.events) {
        for (const { account, amount } of event.postings ?? []) {
          if (account.startsWith('customer/')) balances.set(account, (balances.get(account) ?? 0) + amount);
        }
        const isRefund = event.type === 'SaleRecorded' && event.data.lines.some(({ gross }) => gross < 0);
        if (isRefund || !['SaleRecorded', 'CreditRepaid', 'VoucherSold'].includes(event.type)) continue;
        for (const { account, amount } of event.postings ?? []) {
          if (account.startsWith('customer/') && amount < 0)
            expect(balances.get(account)).toBeGreaterThanOrEqual(0);
        }
      }
    }));
});

describe('numbers and links', () => {
  it('are without a hole: sequence, till sequence, documents per till and type', () =>
    holds(({ book }) => {
      const last = new Map<string, number>();
      const follows = (row: string, number: number) => {
        expect([row, number]).toEqual([row, (last.get(row) ?? 0) + 1]);
        last.set(row, number);
      };
      for (const { sequence, till, tillSequence, document } of book.events) {
        follows('ledger', sequence);
        if (till !== undefined) follows(till, tillSequence ?? 0);
        if (document) follows(`${till ?? '-'} ${document.type}`, document.number);
      }
    }));

  it('chain every event over its canonical text', () =>
    holds(({ book }) => {
      let previous = sha256Hex(`{"format":"caisse-ledger/1","ledger":"${LEDGER}"}`);
      for (const [index, { text, hash }] of book.stored.entries()) {
        const event = JSON.parse(text) as LedgerEvent;
        expect(JSON.stringify(inOrder(event))).toBe(text);
        expect(event.sequence).toBe(index + 1);
        expect(event.prevHash).toBe(previous);
        expect(sha256Hex(text)).toBe(hash);
        previous = hash;
      }
    }));

  it('are events by their own schemas, and hold no member of undefined meaning', () =>
    holds(({ book }) => {
      for (const { text } of book.stored) {
        const event = JSON.parse(text) as LedgerEvent;
        expect(ledgerEventSchema.parse(event)).toEqual(event);
      }
    }));

  it('name the entry, its place among its events, and what was sent', () =>
    holds(({ book }) => {
      for (const { body, outcome, sequences } of book.sent) {
        expect(sequences.length > 0).toBe(outcome === 'recorded');
        sequences.forEach((sequence, index) => {
          const { entry } = book.events[sequence - 1] as RecordedEvent;
          expect(entry).toMatchObject({ id: body.id, type: body.type, index, count: sequences.length });
        });
      }
    }));
});

describe('the state', () => {
  it('is the same from any beginning and the rest, through a copy in between', () =>
    holds(({ book, seed }) => {
      const at = seed % (book.events.length + 1);
      const beginning = structuredClone(replayed(book.events.slice(0, at)));
      expect(replayed(book.events.slice(at), beginning)).toEqual(book.ledger);
    }));

  it('is deeply the same after an atomic batch that is refused at its end', () =>
    holds(({ book }) => {
      const before = structuredClone(book.ledger);
      const businessDate = '2027-01-05';
      book.now = '2027-01-05T10:00:00.000Z';
      const sale = { type: 'sale', lines: [{ category: 'pain', vatRate: 550, gross: 500 }] };
      const batch: Body[] = [
        { type: 'cash-in', till: 'safe', method: 'cash', amount: 700, reason: 'owner' },
        {
          ...sale,
          till: 'T1',
          vouchersSold: [{ voucher: 'NEW', kind: 'multi-purpose', amount: 100 }],
          payments: [{ method: 'card', amount: 600 }],
        },
        {
          type: 'transfer',
          till: 'safe',
          from: { method: 'cash' },
          to: { till: 'T1', method: 'cash' },
          amount: 700,
        },
        { type: 'deposit', till: 'T1', method: 'cash', amount: 100 },
        { type: 'count', till: 'T1', counts: [{ method: 'cash', amount: 1 }] },
      ];
      const corrected = book.events.find(
        ({ entry, type }) => type === 'SaleRecorded' && !book.ledger.corrected.has(entry?.id ?? ''),
      );
      if (corrected?.entry) batch.push({ type: 'correction', corrects: corrected.entry.id, reason: 'essai' });
      batch.push({ type: 'cash-out', till: 'T1', method: 'cash', amount: 9_999_999_999, reason: 'owner' });
      expect(book.send(...batch.map((body) => ({ businessDate, ...body })))).toBeNull();
      expect(book.ledger).toEqual(before);
      const [next] = book.record({
        type: 'cash-in',
        till: 'safe',
        method: 'cash',
        amount: 1,
        reason: 'owner',
      });
      expect(next).toMatchObject({
        sequence: before.sequence + 1,
        prevHash: book.stored[before.sequence - 1]?.hash,
      });
    }, historyOf));
});

describe('closures', () => {
  it('seal period and perpetual totals that are the sums of the day and since the first day', () =>
    holds(({ book }) => {
      for (const { till = '', businessDate = '', sequence, data } of closuresOf(book.events)) {
        const until = book.events.filter(
          (event) =>
            event.till === till && event.sequence < sequence && (event.businessDate ?? '') <= businessDate,
        );
        const day = eventsOfDay(book.events, till, businessDate);
        expect(data.period.filter(({ absolute }) => absolute !== 0)).toEqual(totalsOf(day));
        expect(data.perpetual.filter(({ absolute }) => absolute !== 0)).toEqual(totalsOf(until));
      }
    }));

  it('seal turnover, net and VAT that are the day’s postings, by category and number of sales', () =>
    holds(({ book }) => {
      for (const { till = '', businessDate = '', data } of closuresOf(book.events)) {
        const day = eventsOfDay(book.events, till, businessDate);
        const net = 0 - moved(day, 'sales/');
        const vat = 0 - moved(day, 'vat/');
        expect(data.turnover).toEqual({ gross: net + vat, net, vat });
        const categories = new Map<string, number>();
        for (const { category, vatRate, gross } of day.flatMap(turnoverOf)) {
          categories.set(`${category}/${vatRate}`, (categories.get(`${category}/${vatRate}`) ?? 0) + gross);
        }
        const sealed = data.byCategory.map(({ category, vatRate, gross }) => [
          `${category}/${vatRate}`,
          gross,
        ]);
        expect(sealed).toEqual([...categories].filter(([, gross]) => gross !== 0).sort());
        expect(data.salesCount).toBe(day.reduce((total, event) => total + salesCountOf(event), 0));
      }
    }));

  it('seal per method the opening, what came and went, and the last count against them', () =>
    holds(({ book }) => {
      for (const { till = '', businessDate = '', sequence, data } of closuresOf(book.events)) {
        const day = eventsOfDay(book.events, till, businessDate);
        const earlier = book.events.filter(
          (event) => event.sequence < sequence && (event.businessDate ?? '') < businessDate,
        );
        for (const { method, opening, in: received, out, theoretical, counted, difference } of data.methods) {
          const account = accountOf(till, method);
          const amounts = day.flatMap(({ postings = [] }) =>
            postings.filter((posting) => posting.account === account),
          );
          const sum = (rows: readonly { amount: number }[]) =>
            rows.reduce((total, { amount }) => total + amount, 0);
          expect(opening).toBe(balancesOf(earlier).get(account) ?? 0);
          expect(received).toBe(sum(amounts.filter(({ amount }) => amount > 0)));
          expect(out).toBe(0 - sum(amounts.filter(({ amount }) => amount < 0)));
          expect(theoretical).toBe(opening + received - out);
          const counts = day.flatMap((event) => (event.type === 'TillCounted' ? event.data.counts : []));
          const last = counts.filter((row) => row.method === method).at(-1)?.amount;
          expect(counted).toBe(COUNTED.includes(method) ? last : undefined);
          expect(difference).toBe(counted === undefined ? 0 : counted - theoretical);
        }
      }
    }));

  it('leave nothing of the day in suspense', () =>
    holds(({ book }) => {
      const open = [...book.ledger.tills.values()].flatMap((till) =>
        [...till.days.keys()].map((day) => `${till.code}/${day}`),
      );
      const sealed = book.events.filter(
        ({ till = '', businessDate = '' }) => !open.includes(`${till}/${businessDate}`),
      );
      expect(balancesOf(sealed).get('suspense') ?? 0).toBe(0);
    }));

  it('come in order, once per day, and nothing is recorded in a closed day afterwards', () =>
    holds(({ book }) => {
      const closedThrough = new Map<string, string>();
      for (const { till, businessDate, type } of book.events) {
        if (till === undefined || businessDate === undefined) continue;
        expect(businessDate > (closedThrough.get(till) ?? '')).toBe(true);
        if (type === 'DayClosed') closedThrough.set(till, businessDate);
      }
    }));

  it('number the journal without a hole and the till sequence by day', () =>
    holds(({ book }) => {
      const lastLine = new Map<string, number>();
      for (const { till = '', businessDate = '', data } of closuresOf(book.events)) {
        expect(data.journal.first).toBe((lastLine.get(till) ?? 0) + 1);
        lastLine.set(till, data.journal.last);
        const numbers = eventsOfDay(book.events, till, businessDate).map(
          ({ tillSequence = 0 }) => tillSequence,
        );
        expect([data.firstTillSequence, data.lastTillSequence]).toEqual([
          Math.min(...numbers),
          Math.max(...numbers),
        ]);
      }
    }));

  it('seal the hash of all balances before them', () =>
    holds(({ book }) => {
      for (const { sequence, data } of closuresOf(book.events)) {
        const rows = [...balancesOf(book.events.slice(0, sequence - 1))].map(
          ([path, amount]) => `${path} ${amount}\n`,
        );
        expect(data.balancesHash).toBe(sha256Hex(rows.sort().join('')));
      }
    }));
});

describe('corrections', () => {
  it('negate the original posting by posting, and give back apart', () =>
    holds(({ book }) => {
      for (const event of book.events) {
        if (event.type !== 'MovementReversed') continue;
        const original = book.events[(event.correction?.corrects?.sequence ?? 0) - 1] as RecordedEvent;
        const givenBack = 2 * (original.correction?.givenBack?.length ?? 0);
        const own = (original.postings ?? []).slice(0, (original.postings?.length ?? 0) - givenBack);
        const negated = own.map(({ account, amount }) => ({ account, amount: 0 - amount }));
        expect((event.postings ?? []).slice(0, own.length)).toEqual(negated);
      }
    }));

  it('leave the counted methods as the closing count has shown them, against difference/correction', () =>
    holds(({ book }) => {
      const closedThrough = new Map<string, string>();
      /** Per `till/method`: a closing counts what is or was in the till, and nothing else. */
      const countedThrough = new Map<string, string>();
      for (const event of book.events) {
        const { till = '', businessDate = '', correction } = event;
        if (event.type === 'DayClosed') {
          closedThrough.set(till, businessDate);
          for (const { method, counted } of event.data.methods)
            if (counted !== undefined) countedThrough.set(`${till}/${method}`, businessDate);
        }
        if (!correction || till === '') continue;
        const isClosed = correction.restates.businessDate <= (closedThrough.get(till) ?? '');
        for (const method of COUNTED) {
          const amounts = (event.postings ?? []).filter(({ account }) => account === accountOf(till, method));
          const net = amounts.reduce((total, { amount }) => total + amount, 0);
          if (correction.restates.businessDate <= (countedThrough.get(`${till}/${method}`) ?? ''))
            expect([event.sequence, net]).toEqual([event.sequence, 0]);
        }
        if (!isClosed) expect(correction.givenBack).toBeUndefined();
        const given = (correction.givenBack ?? []).reduce((total, { amount }) => total + amount, 0);
        expect(moved([event], 'difference/correction')).toBe(0 - given);
      }
    }));

  it('restate the till of each event, and reverse an entry once', () =>
    holds(({ book }) => {
      const reversed = new Set<number>();
      for (const { correction, till, type } of book.events) {
        if (!correction) continue;
        expect(correction.restates.till).toBe(till);
        if (type !== 'MovementReversed') continue;
        const { sequence = 0 } = correction.corrects ?? {};
        expect(reversed.has(sequence)).toBe(false);
        reversed.add(sequence);
      }
    }));
});

describe('alerts', () => {
  it('are raised and cleared by turns', () =>
    holds(({ book }) => {
      const open = new Set<string>();
      for (const { type, data } of book.events) {
        if (type !== 'AlertRaised' && type !== 'AlertCleared') continue;
        const key = [data.code, data.till, data.day, data.subject].join('|');
        expect(open.has(key)).toBe(type === 'AlertCleared');
        if (type === 'AlertRaised') open.add(key);
        else open.delete(key);
      }
      expect(
        [...book.ledger.alerts.values()]
          .map(({ code, till, day, subject }) => [code, till, day, subject].join('|'))
          .sort(),
      ).toEqual([...open].sort());
    }));
});
