import { expense, paid } from '../../../test/support/entries';
import { anOpenTill, given } from '../../../test/support/given';

describe('paying an expense from the till', () => {
  it('takes the gross out of the drawer and splits the VAT', () =>
    given(anOpenTill({ cash: 100_00 }))
      .when(expense({ gross: 12_00 }))
      .then(
        paid(
          { 'till/T1/cash': -12_00, 'expense/supplies': 10_00, 'vat-input/2000': 2_00 },
          {
            data: {
              category: 'supplies',
              gross: 12_00,
              net: 10_00,
              vat: 2_00,
              vatRate: 2000,
              method: 'cash',
            },
            facts: { till: 'T1', businessDate: '2026-03-14', document: { type: 'expense', number: 1 } },
          },
        ),
      ));

  it('keeps who was paid and the digest of the receipt', () => {
    const attachment = { name: 'ticket.jpg', sha256: 'ab'.repeat(32) };
    given(anOpenTill({ cash: 100_00 }))
      .when(expense({ gross: 20_00, vatRate: 550, category: 'meals', supplier: 'Minoterie', attachment }))
      .then(
        paid(
          { 'till/T1/cash': -20_00, 'expense/meals': 18_96, 'vat-input/550': 1_04 },
          { facts: { data: { supplier: 'Minoterie', attachment, net: 18_96, vat: 1_04 } } },
        ),
      );
  });

  it('may be at a rate that the shop never sells at, and at none', () => {
    const till = anOpenTill({ cash: 100_00 });
    given(till)
      .when(expense({ gross: 10_85, vatRate: 850 }))
      .then(paid({ 'till/T1/cash': -10_85, 'expense/supplies': 10_00, 'vat-input/850': 85 }));
    given(till)
      .when(expense({ gross: 3_00, vatRate: 0, category: 'postage' }))
      .then(paid({ 'till/T1/cash': -3_00, 'expense/postage': 3_00 }));
  });

  it('may be paid by another method of the till, which may go below zero', () =>
    given(anOpenTill())
      .when(expense({ gross: 12_00, method: 'card' }))
      .then(paid({ 'till/T1/card': -12_00, 'expense/supplies': 10_00, 'vat-input/2000': 2_00 })));

  it('finds the method of kind cash whatever its code', () =>
    given(
      anOpenTill(
        { especes: 50_00 },
        {
          methods: [
            { code: 'cb', kind: 'card' },
            { code: 'especes', kind: 'cash' },
          ],
        },
      ),
    )
      .when(expense({ gross: 12_00 }))
      .then(paid({ 'till/T1/especes': -12_00, 'expense/supplies': 10_00, 'vat-input/2000': 2_00 })));

  it('may be paid from the safe', () =>
    given(anOpenTill(), {
      type: 'cash-in',
      till: 'safe',
      method: 'cash',
      reason: 'owner',
      amount: 50_00,
    })
      .when(expense({ till: 'safe', gross: 12_00 }))
      .then(paid({ 'safe/cash': -12_00, 'expense/supplies': 10_00, 'vat-input/2000': 2_00 })));

  it('takes the last cent and no more: cash is never negative', () => {
    const till = anOpenTill({ cash: 5_00 });
    given(till)
      .when(expense({ gross: 5_00 }))
      .thenBalances({ 'till/T1/cash': 0 });
    given(till)
      .when(expense({ gross: 5_01 }))
      .thenRefused('cash-balance-negative', {
        till: 'T1',
        method: 'cash',
        businessDate: '2026-03-14',
        missing: 1,
      });
  });

  it.each([0, -1])('is of a positive amount, not %i', (gross) =>
    given(anOpenTill({ cash: 5_00 }))
      .when(expense({ gross }))
      .thenRefused('amount-not-positive', { pointer: '/gross' }),
  );

  it('is of a category that the company knows', () =>
    given(anOpenTill({ cash: 5_00 }))
      .when(expense({ gross: 1_00, category: 'champagne' }))
      .thenRefused('unknown-expense-category', { pointer: '/category', category: 'champagne' }));

  it('is paid by a method that the till holds', () => {
    const till = anOpenTill({ cash: 5_00 });
    given(till)
      .when(expense({ gross: 1_00, method: 'bitcoin' }))
      .thenRefused('unknown-method', { pointer: '/method', method: 'bitcoin' });
    for (const kind of ['credit', 'voucher'] as const)
      given(till)
        .when(expense({ gross: 1_00, method: kind }))
        .thenRefused('method-not-allowed', { pointer: '/method', method: kind, kind });
  });

  it('is refused where expenses are turned off, before anything else', () =>
    given(anOpenTill({ cash: 5_00 }, { features: { expenses: false } }))
      .when(expense({ gross: 0, category: 'champagne' }))
      .thenRefused('feature-disabled', { feature: 'expenses' }));
});
