import { LARGEST_AMOUNT } from '../kernel/money';
import { ledgerEventSchema } from './events';
import { findingsOf, seal, verifyStored } from '../../test/support/sealed-ledger';
import { dataOf, DAY, NEXT_DAY, refusal, Shop } from '../../test/support/shop';
import type { Body } from '../../test/support/ledger-book';

/** A document of as many lines as an entry may have, each as large as a field may be, paid by card. */
function hugeSale(sign: 1 | -1 = 1): Body {
  const rows = Array.from({ length: 500 }, () => sign * LARGEST_AMOUNT);
  return {
    type: 'sale',
    lines: rows.map((gross) => ({ category: 'pain', vatRate: 550, gross })),
    payments: rows.map((amount) => ({ method: 'card', amount })),
  };
}

function hugeZ(fields: Body): Body {
  return { type: 'z-ticket', number: '1', salesCount: 1, categories: [], payments: [], ...fields };
}

/** The events are what their schemas say, and a verifier that knows nothing else finds nothing. */
function expectSound(shop: Shop): void {
  const events = shop.events.map(({ hash: _hash, ...event }) => event);
  for (const event of events) expect(ledgerEventSchema.parse(event)).toEqual(event);
  const { stored, checkpoint, witness } = seal(events);
  expect(findingsOf(verifyStored(stored, { checkpoints: [checkpoint], witness }))).toEqual([]);
}

describe('amounts as large as a field may be', () => {
  const line = { category: 'pain', vatRate: 550, gross: LARGEST_AMOUNT };
  const customer = { code: 'credit', kind: 'credit' };

  it.each<[string, Body]>([
    [
      'a gap of several of them',
      {
        payments: [
          { method: 'cash', amount: LARGEST_AMOUNT },
          { method: 'card', amount: LARGEST_AMOUNT },
        ],
      },
    ],
    [
      'refunds that are added back to a category',
      { categories: [line], refunds: [{ category: 'pain', vatRate: 550, gross: LARGEST_AMOUNT }] },
    ],
    ['stated net and VAT of opposite sign', { categories: [{ ...line, net: -LARGEST_AMOUNT }] }],
    [
      'a rest of credit that is larger than the credit',
      {
        payments: [{ method: customer.code, amount: LARGEST_AMOUNT }],
        credits: [{ amount: -LARGEST_AMOUNT }],
      },
    ],
  ])('are events that verify: %s', (_, fields) => {
    const shop = new Shop();
    shop.enter(hugeZ(fields));
    shop.countAndClose(DAY, 150_00);
    expectSound(shop);
  });

  it('are events that verify: an opening that is far from what is counted', () => {
    const shop = new Shop();
    for (let index = 0; index < 3; index += 1)
      shop.enter({ type: 'cash-in', method: 'cash', amount: LARGEST_AMOUNT, reason: 'owner' });
    shop.count({ cash: LARGEST_AMOUNT });
    shop.close(DAY, { comment: 'compté' });
    shop.goTo(NEXT_DAY).count({ cash: 5 }, { moment: 'opening' });
    for (let index = 0; index < 3; index += 1)
      shop.enter({ type: 'cash-in', method: 'cash', amount: LARGEST_AMOUNT, reason: 'owner' });
    shop.count({ cash: 0 }, { moment: 'opening' });
    expectSound(shop);
  });
});

describe('a total that would not be exact any more', () => {
  it('is refused as a balance, and the day can still be closed', () => {
    const shop = new Shop();
    for (let index = 0; index < 18; index += 1) shop.enter(hugeSale());
    expect(refusal(() => shop.enter(hugeSale()))).toEqual({
      code: 'amount-too-large',
      limit: Number.MAX_SAFE_INTEGER,
    });
    expect(dataOf(shop.countAndClose(DAY, 150_00), 'DayClosed').turnover.gross).toBe(
      18 * 500 * LARGEST_AMOUNT,
    );
  });

  it('is refused as what came in on a day, though as much went out', () => {
    const shop = new Shop();
    const amounts = Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? 1 : -1) * LARGEST_AMOUNT);
    const payments = amounts.map((amount) => ({ method: 'card', amount }));
    const most = Math.floor(Number.MAX_SAFE_INTEGER / (200 * LARGEST_AMOUNT));
    for (let index = 0; index < most; index += 1) shop.enter(hugeZ({ number: String(index), payments }));
    expect(refusal(() => shop.enter(hugeZ({ number: 'last', payments }))).code).toBe('amount-too-large');
  });

  it('is refused as the absolute total of the days that are still to be closed', () => {
    const shop = new Shop();
    for (let index = 0; index < 9; index += 1) shop.enter(hugeSale(index % 2 === 0 ? 1 : -1));
    shop.goTo(NEXT_DAY);
    for (let index = 0; index < 9; index += 1) shop.enter(hugeSale(index % 2 === 0 ? -1 : 1));
    expect(refusal(() => shop.enter(hugeSale())).code).toBe('amount-too-large');
    shop.countAndClose(DAY, 150_00);
    expect(refusal(() => shop.enter(hugeSale())).code).toBe('amount-too-large');
    expect(dataOf(shop.countAndClose(NEXT_DAY, 150_00), 'DayClosed').perpetual).toEqual([
      { vatRate: 550, real: 0, absolute: 18 * 500 * LARGEST_AMOUNT },
    ]);
  });
});
