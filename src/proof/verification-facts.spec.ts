import { lastOf, type Mutable, sealShop, setAmount, withText } from '../../test/support/false-ledger';
import { findingsOf, type Sealed, type Stored, verifyStored } from '../../test/support/sealed-ledger';
import { amountsOf, DAY, idOf, NEXT_DAY, saleOf, Shop } from '../../test/support/shop';
import { ed25519Verify, sha256, sha256Hex } from '../platform/crypto';
import { LedgerVerifier, type VerificationReport } from './verification';

const sale = (gross: number) => saleOf({ cash: gross });

/** What is found, with what is said of it. */
function detailsOf({ errors }: VerificationReport): string[] {
  return errors.map(({ sequence, code, detail }) => `${sequence} ${code} ${detail}`.trim());
}

const verify = (sealed: Sealed) => verifyStored(sealed.stored);
const found = (shop: Shop, lie?: (events: Mutable[]) => void) => detailsOf(verify(sealShop(shop, lie)));
/** The number that the shop's last event has. */
const lastIn = (shop: Shop) => shop.events.length;

function without(stored: readonly Stored[], sequence: number): Stored[] {
  return stored.filter((_, index) => index + 1 !== sequence);
}

describe('the numbers of events', () => {
  it('stand beside a till, and nowhere else', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    const last = lastIn(shop);
    expect(found(shop, (events) => delete events.at(-1)?.tillSequence)).toEqual([`${last} till-number T1 -`]);
    const settings = shop.events.find(({ type }) => type === 'SettingsChanged')?.sequence ?? 0;
    expect(found(shop, (events) => ((events[settings - 1] as Mutable).tillSequence = 3))).toEqual([
      `${settings} till-number - 3`,
    ]);
  });

  it('neither leap nor come a second time', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    shop.sell({ cash: 20_00 });
    const last = lastIn(shop);
    for (const number of [1, 2, 4])
      expect(found(shop, (events) => ((events.at(-1) as Mutable).tillSequence = number))).toEqual([
        `${last} till-number T1 3`,
      ]);
  });

  it('are a row of their own for each kind of document, of a till and of the company', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 50_00 }));
    shop.record({ type: 'deposit-confirmation', deposit, amount: 20_00 });
    const last = lastIn(shop);
    expect(found(shop)).toEqual([]);
    const { type } = shop.events.at(-1)?.document ?? { type: '' };
    expect(found(shop, (events) => ((events.at(-1) as Mutable).document = { type, number: 2 }))).toEqual([
      `${last} document-number - ${type} 1`,
    ]);
  });

  it('may leap over events that are missing, but not further', () => {
    const shop = new Shop();
    for (const gross of [10_00, 20_00, 30_00, 40_00]) shop.sell({ cash: gross });
    const [second, last] = [lastIn(shop) - 2, lastIn(shop)];
    const missing = `${second} missing-event`;
    const sealed = sealShop(shop);
    expect(detailsOf(verifyStored(without(sealed.stored, second)))).toEqual([missing]);
    // The number after the gap is known: a leap further on is one of its own.
    const leapt = sealShop(shop, (events) => ((events.at(-1) as Mutable).tillSequence = 6));
    expect(detailsOf(verifyStored(without(leapt.stored, second)))).toEqual([
      missing,
      `${last} till-number T1 5`,
    ]);
  });
});

describe('the events of one entry', () => {
  /** A correction: a reversal and a replacement, recorded together. */
  function corrected(): Shop {
    const shop = new Shop();
    const mistaken = idOf(shop.sell({ cash: 20_00 }));
    shop.correct(mistaken, sale(30_00));
    return shop;
  }

  const entryOf = (shop: Shop) => shop.events.at(-1)?.entry?.id;

  it('stand together, from the first to the last', () => {
    const shop = corrected();
    const last = lastIn(shop);
    expect(found(shop)).toEqual([]);
    const lie = (change: object) => (events: Mutable[]) => {
      const event = events.at(-1) as Mutable;
      event.entry = { ...event.entry, ...change } as never;
    };
    const incomplete = `entry-incomplete ${entryOf(shop)}`;
    expect(found(shop, lie({ count: 3 }))).toEqual([`${last} ${incomplete}`]);
    // It is not the next one, and the one that should be never comes.
    expect(found(shop, lie({ index: 2 }))).toEqual([`${last - 1} ${incomplete}`, `${last} ${incomplete}`]);
  });

  it('are missed when the last of them never came', () => {
    const shop = corrected();
    const last = lastIn(shop);
    const incomplete = `entry-incomplete ${entryOf(shop)}`;
    expect(found(shop, (events) => void events.pop())).toEqual([`${last - 1} ${incomplete}`]);
    shop.sell({ cash: 1_00 });
    const lie = (events: Mutable[]) => {
      events.splice(last - 1, 1);
      const sold = events.at(-1) as Mutable;
      sold.tillSequence = 4;
      sold.document = { type: 'sale', number: 2 };
    };
    expect(found(shop, lie)).toEqual([`${last - 1} ${incomplete}`]);
  });

  it('are no second finding where one of them is missing or damaged', () => {
    const shop = corrected();
    shop.sell({ cash: 1_00 });
    const { stored } = sealShop(shop);
    for (const sequence of [lastIn(shop) - 2, lastIn(shop) - 1]) {
      expect(findingsOf(verifyStored(without(stored, sequence)))).toEqual([`${sequence} missing-event`]);
      const damaged = withText(stored, sequence, (text) => text.slice(1));
      expect(findingsOf(verifyStored(damaged))).toEqual([`${sequence} hash-mismatch`]);
    }
  });

  it('are judged by their net: a voucher that was used may be corrected', () => {
    const shop = new Shop();
    const voucher = { type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose' };
    const sold = shop.enter({ ...voucher, amount: 30_00, payments: amountsOf({ cash: 30_00 }) });
    const paidBy = { payments: [{ method: 'voucher', amount: 10_00, voucher: 'V1' }] };
    shop.enter(saleOf({ voucher: 10_00 }, paidBy));
    shop.correct(idOf(sold), { ...voucher, till: 'T1', amount: 40_00, payments: amountsOf({ cash: 40_00 }) });
    expect(found(shop)).toEqual([]);
  });
});

describe('the ledger that events are of', () => {
  it('is the first one’s, or the one that was asked for', () => {
    const shop = new Shop();
    const { stored } = sealShop(shop);
    const ledger = shop.events[0]?.ledger ?? '';
    expect(findingsOf(verifyStored(stored, { ledger }))).toEqual([]);
    const other = '22222222-1111-4111-8111-111111111111';
    expect(detailsOf(verifyStored(stored, { ledger: other }))).toEqual(
      stored.map((_, index) => `${index + 1} other-ledger ${ledger}`),
    );
  });
});

describe('postings', () => {
  it('that are wrong are told beside those that they should be', () => {
    const shop = new Shop();
    shop.enter({ type: 'expense', category: 'supplies', gross: 12_00, vatRate: 2000 });
    const lie = (events: Mutable[]) => {
      const event = events.at(-1) as Mutable;
      const [first, second, third] = event.postings as NonNullable<Mutable['postings']>;
      event.postings = [{ ...first, amount: -11_00 as never } as never, second, third] as never;
    };
    const last = lastIn(shop);
    expect(found(shop, lie)).toEqual([
      `${last} postings-not-derived till/T1/cash -1200, expense/supplies 1000, vat-input/2000 200`,
      `${last} postings-not-balanced 100`,
    ]);
  });

  it('have no right form where the facts contradict themselves', () => {
    const shop = new Shop();
    shop.sell({ cash: 10_00 });
    const lie = (events: Mutable[]) => ((events.at(-1) as Mutable).data.payments = []);
    expect(found(shop, lie)).toEqual([`${lastIn(shop)} postings-not-derived`]);
  });

  it('are told in no more than 500 characters', () => {
    const codes = Array.from({ length: 40 }, (_, index) => `c${index}`);
    const shop = new Shop({ categories: codes.map((code) => ({ code, vatRate: 2000 })) });
    const lines = codes.map((category) => ({ category, vatRate: 2000, gross: 10_00 }));
    shop.enter(saleOf({ cash: 400_00 }, { lines }));
    const lie = (events: Mutable[]) => ((events.at(-1) as Mutable).postings = undefined as never);
    const [error] = verify(sealShop(shop, lie)).errors;
    expect(error).toMatchObject({ code: 'postings-not-derived' });
    expect(error?.detail.length).toBe(500);
  });
});

describe('what may not be overdrawn', () => {
  it('is a deposit: no bank credits more than was deposited', () => {
    const shop = new Shop();
    const deposit = idOf(shop.enter({ type: 'deposit', method: 'cash', amount: 50_00 }));
    shop.record({ type: 'deposit-confirmation', deposit, amount: 50_00 });
    expect(found(shop)).toEqual([]);
    expect(found(shop, (events) => setAmount(events.at(-1) as Mutable, 50_01))).toEqual([
      `${lastIn(shop)} deposit-overdrawn transit/cash/${deposit} -1`,
    ]);
  });

  it('is a voucher of either kind', () => {
    const shop = new Shop();
    const payments = amountsOf({ cash: 30_00 });
    const single = { kind: 'single-purpose', category: 'divers', vatRate: 2000 };
    shop.enter({ type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 30_00, payments });
    shop.enter({ type: 'voucher-sale', voucher: 'V2', ...single, amount: 30_00, payments });
    shop.enter({ type: 'voucher-expiry', voucher: 'V1' });
    shop.enter({ type: 'voucher-expiry', voucher: 'V2' });
    expect(found(shop)).toEqual([]);
    const last = lastIn(shop);
    expect(found(shop, (events) => setAmount(events.at(-1) as Mutable, 30_05))).toEqual([
      `${last} voucher-overdrawn memo/voucher/V2 5`,
    ]);
    expect(found(shop, (events) => setAmount(events.at(-2) as Mutable, 30_01))).toEqual([
      `${last - 1} voucher-overdrawn voucher/V1 1`,
    ]);
  });

  it('is not judged any more where an event is missing', () => {
    const shop = new Shop();
    const payments = amountsOf({ cash: 30_00 });
    shop.enter({ type: 'voucher-sale', voucher: 'V1', kind: 'multi-purpose', amount: 30_00, payments });
    shop.enter({ type: 'voucher-expiry', voucher: 'V1' });
    const sold = lastIn(shop) - 1;
    expect(findingsOf(verifyStored(without(sealShop(shop).stored, sold)))).toEqual([`${sold} missing-event`]);
  });
});

describe('a correction', () => {
  function reversed(): Shop {
    const shop = new Shop();
    const mistaken = idOf(shop.sell({ cash: 20_00 }));
    shop.correct(mistaken);
    return shop;
  }

  const lieAbout = (change: (correction: Record<string, unknown>) => void) => (events: Mutable[]) =>
    change((events.at(-1) as Mutable).correction as never);

  it('takes back an entry that it names', () => {
    const shop = reversed();
    const last = lastIn(shop);
    expect(found(shop)).toEqual([]);
    expect(
      found(
        shop,
        lieAbout((correction) => delete correction.corrects),
      ),
    ).toEqual([`${last} correction-not-found`]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['itself', {}],
    ['another entry', { entry: '99999999-0000-4000-8000-000000000000' }],
    ['another type', { type: 'expense' }],
    ['another till', { till: 'T2' }],
    ['another day', { businessDate: NEXT_DAY }],
  ])('does not name %s', (what, change) => {
    const shop = reversed();
    const last = lastIn(shop);
    const sequence = what === 'itself' ? last : last - 1;
    const lie = lieAbout((correction) => {
      correction.corrects = { ...(correction.corrects as object), sequence, ...change };
    });
    expect(found(shop, lie)).toEqual([`${last} correction-not-found ${sequence}`]);
  });

  it('copies what it takes back, and negates all of its postings', () => {
    const shop = reversed();
    const last = lastIn(shop);
    // Both are right by themselves: only together they contradict each other.
    const lie = (events: Mutable[]) => {
      const original = (events.at(-1) as Mutable).data.original as { data: { lines: object[] } };
      original.data.lines = original.data.lines.map((line) => ({ ...line, label: 'autre' }));
    };
    expect(found(shop, lie)).toEqual([`${last} correction-not-reversed ${last - 1}`]);
    const other = (events: Mutable[]) => {
      const sold = events.at(-2) as Mutable;
      sold.postings = sold.postings?.slice(0, -1);
    };
    expect(found(shop, other)).toContain(`${last} correction-not-reversed ${last - 1}`);
  });

  it('of one that moved something else is none, although the facts are the same', () => {
    const shop = reversed();
    const last = lastIn(shop);
    const card = (events: Mutable[]) => {
      const sold = events.at(-2) as Mutable;
      sold.postings = sold.postings?.map((posting) => ({
        ...posting,
        account: posting.account.replace('cash', 'card'),
      }));
    };
    expect(found(shop, card)).toContain(`${last} correction-not-reversed ${last - 1}`);
    const double = (events: Mutable[]) => {
      const sold = events.at(-2) as Mutable;
      sold.postings = sold.postings?.map((posting) => ({
        ...posting,
        amount: (posting.amount * 2) as never,
      }));
    };
    expect(found(shop, double)).toContain(`${last} correction-not-reversed ${last - 1}`);
  });

  it('that gives back what a count had shown is still a reversal', () => {
    const shop = new Shop();
    const mistaken = idOf(shop.sell({ cash: 20_00 }));
    shop.countAndClose(DAY, 150_00);
    const [reversal] = shop.goTo(NEXT_DAY).correct(mistaken);
    expect(reversal?.correction?.givenBack).toHaveLength(1);
    expect(found(shop)).toEqual([]);
  });

  it('is not held against an original that cannot be had, or was damaged', () => {
    const shop = reversed();
    const last = lastIn(shop);
    const { stored } = sealShop(shop);
    const verifier = new LedgerVerifier({ sha256, sha256Hex, ed25519Verify });
    for (const event of stored) verifier.add(event);
    expect(findingsOf(verifier.finish())).toEqual([]);
    expect(findingsOf(verifyStored(without(stored, last - 1)))).toEqual([`${last - 1} missing-event`]);
    const damaged = withText(stored, last - 1, (text) => text.replace('"divers"', '"pain"'));
    expect(findingsOf(verifyStored(damaged))).toEqual([`${last - 1} hash-mismatch`]);
  });
});

describe('a closure that depends on a damaged event', () => {
  /** A day with two sales, closed; then a day in progress. */
  function closedDay(): Shop {
    const shop = new Shop();
    shop.sell({ cash: 20_00 });
    shop.sell({ cash: 30_00 }, { customers: 2 });
    shop.countAndClose(DAY, 200_00);
    shop.goTo(NEXT_DAY).sell({ cash: 5_00 });
    return shop;
  }

  const shop = closedDay();
  const { stored } = sealShop(shop);
  const closure = shop.events.find(({ type }) => type === 'DayClosed')?.sequence ?? 0;
  const sold = shop.events.find(({ type }) => type === 'SaleRecorded')?.sequence ?? 0;

  const read = (changed: readonly Stored[]) => {
    const report = verifyStored(changed);
    return { found: findingsOf(report), unchecked: report.unchecked };
  };

  it('is checked all the same where no more than a word was changed', () => {
    const word = withText(stored, sold, (text) => text.replace('"cashier-1"', '"cashier-2"'));
    expect(read(word)).toEqual({ found: [`${sold} hash-mismatch`], unchecked: [] });
  });

  it('is not checked where a figure was changed, or the form, or the event is gone', () => {
    const mismatch = { found: [`${sold} hash-mismatch`], unchecked: [closure] };
    expect(read(withText(stored, sold, (text) => text.replaceAll('2000', '2100')))).toEqual(mismatch);
    expect(read(withText(stored, sold, (text) => text.replace('SaleRecorded', 'SaleRecordet')))).toEqual(
      mismatch,
    );
    expect(read(withText(stored, sold, (text) => text.replace('"lines"', '"linez"')))).toEqual(mismatch);
    expect(read(without(stored, sold))).toEqual({ found: [`${sold} missing-event`], unchecked: [closure] });
  });

  it('is checked where events stand out of order, since all of them are there', () => {
    const late = [...without(stored, sold).slice(0, sold), stored[sold - 1] as Stored];
    const moved = [...late, ...stored.slice(sold + 1)];
    expect(read(moved).found).toEqual([`${sold} out-of-order`, `${sold + 1} out-of-order`]);
    const later = [...without(stored, sold)];
    later.splice(closure - 2, 0, stored[sold - 1] as Stored);
    expect(read(later)).toEqual({ found: [`${sold} out-of-order`], unchecked: [] });
  });

  it('says nothing of those after it once it was itself what was changed', () => {
    const sealed = withText(stored, closure, (text) => text.replace('"counted":20000', '"counted":20001'));
    expect(read(sealed)).toEqual({ found: [`${closure} hash-mismatch`], unchecked: [] });
  });

  it('is checked where members of an event of its day stand in another order', () => {
    const shuffle = (text: string) => text.replace(/^\{(.*),("type":"SaleRecorded")\}$/, '{$2,$1}');
    const shuffled = withText(stored, sold, shuffle, { isRehashed: true });
    expect(read(shuffled)).toEqual({
      found: [`${sold} replaced-event`, `${sold} not-canonical`],
      unchecked: [],
    });
  });

  it('is not checked where an event of its day is of no known form', () => {
    const sealed = sealShop(shop, (events) => ((events[sold - 1] as Mutable).data.extra = 1));
    expect(read(sealed.stored)).toEqual({ found: [`${sold} schema`], unchecked: [closure] });
    const unknown = sealShop(shop, (events) => ((events[sold - 1] as Mutable).schemaVersion = 9 as never));
    expect(read(unknown.stored)).toEqual({ found: [`${sold} unknown-event`], unchecked: [closure] });
  });

  it('opens no ledger where the first event is of no known form', () => {
    const sealed = sealShop(shop, (events) => ((events[0] as Mutable).data.extra = 1));
    const report = verifyStored(sealed.stored);
    expect(findingsOf(report)).toEqual(['1 schema']);
    expect(report).toMatchObject({ ledger: '', verifierKey: '' });
  });

  it('is counted by its own form only', () => {
    const sealed = sealShop(shop, (events) => (lastOf(events, 'DayClosed').data.extra = 1));
    const report = verifyStored(sealed.stored);
    expect(findingsOf(report)).toEqual([`${closure} schema`]);
    expect(report.closures).toBe(0);
  });
});
