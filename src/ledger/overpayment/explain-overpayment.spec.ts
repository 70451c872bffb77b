import { explained, overpayment } from '../../../test/support/entries';
import { anOpenTill, given, type Step } from '../../../test/support/given';

const till = anOpenTill({ cash: 150_00 });

/** A Z-ticket whose means of payment differ from its turnover of 100 €. */
const zTicket = (paid: number, more: Readonly<Record<string, unknown>> = {}): Step => ({
  type: 'z-ticket',
  till: 'T1',
  number: `Z-${paid}`,
  salesCount: 8,
  categories: [{ category: 'pain', vatRate: 550, gross: 100_00 }],
  payments: [{ method: 'cash', amount: paid }],
  ...more,
});

/** The gap is explained, and the alert that it raised is cleared. */
const cleared = { type: 'AlertCleared', moves: {} } as const;

describe('an overpayment as an entry of its own', () => {
  it('that was kept explains what was paid too much: from suspense, and no till moves', () =>
    given(till, zTicket(102_00))
      .when(overpayment(2_00))
      .then(
        explained(
          { suspense: 2_00, overpayment: -2_00 },
          {
            data: { amount: 2_00 },
            facts: { till: 'T1', businessDate: '2026-03-14', document: { type: 'overpayment', number: 1 } },
          },
        ),
        cleared,
      ));

  it('that was borne explains what was paid too little', () =>
    given(till, zTicket(98_00))
      .when(overpayment(-2_00))
      .then(explained({ suspense: -2_00, overpayment: 2_00 }, { data: { amount: -2_00 } }), cleared));

  it('may explain a part, and another one the rest', () => {
    given(till, zTicket(102_00))
      .when(overpayment(1_50))
      .then(explained({ suspense: 1_50, overpayment: -1_50 }));
    given(till, zTicket(102_00), overpayment(1_50))
      .when(overpayment(50))
      .thenBalances({ suspense: 0, overpayment: -2_00, 'till/T1/cash': 252_00 });
  });

  it('explains no more than the gap, and not in the other direction', () => {
    given(till, zTicket(102_00))
      .when(overpayment(2_01))
      .thenRefused('overpayment-exceeds-gap', { pointer: '/amount', gap: 2_00, amount: 2_01 });
    given(till, zTicket(102_00))
      .when(overpayment(-1))
      .thenRefused('overpayment-exceeds-gap', { pointer: '/amount', gap: 2_00, amount: -1 });
    given(till, zTicket(98_00))
      .when(overpayment(-2_01))
      .thenRefused('overpayment-exceeds-gap', { pointer: '/amount', gap: -2_00, amount: -2_01 });
    given(till, zTicket(98_00))
      .when(overpayment(1))
      .thenRefused('overpayment-exceeds-gap', { pointer: '/amount', gap: -2_00, amount: 1 });
    given(till, zTicket(102_00), overpayment(1_50))
      .when(overpayment(51))
      .thenRefused('overpayment-exceeds-gap', { pointer: '/amount', gap: 50, amount: 51 });
  });

  it('needs a gap, of its own day and till', () => {
    const facts = { pointer: '/amount', businessDate: '2026-03-14' };
    given(till).when(overpayment(1)).thenRefused('no-gap-to-explain', facts);
    given(till, zTicket(100_00)).when(overpayment(1)).thenRefused('no-gap-to-explain', facts);
    given(till, zTicket(102_00), overpayment(2_00))
      .when(overpayment(1))
      .thenRefused('no-gap-to-explain', facts);
    given(till, zTicket(102_00, { businessDate: '2026-03-13' }))
      .when(overpayment(1))
      .thenRefused('no-gap-to-explain', facts);
    given(till, zTicket(102_00, { till: 'T2' }))
      .when(overpayment(1))
      .thenRefused('no-gap-to-explain', facts);
  });

  it('is of something', () =>
    given(till, zTicket(102_00))
      .when(overpayment(0))
      .thenRefused('amount-not-positive', { pointer: '/amount', signed: true }));

  it('is of a till, not of the safe', () =>
    given(till)
      .when(overpayment(1, { till: 'safe' }))
      .thenRefused('safe-has-no-sales', { pointer: '/till' }));
});
