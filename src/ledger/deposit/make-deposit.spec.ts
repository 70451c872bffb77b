import { confirmation, confirmed, deposit, deposited } from '../../../test/support/entries';
import { anOpenTill, given } from '../../../test/support/given';

const till = anOpenTill({ cash: 500_00, cheque: 120_00 });
const D1 = '00000000-0000-4000-8000-0000000000d1';
const D2 = '00000000-0000-4000-8000-0000000000d2';

const made = deposit({ id: D1, amount: 300_00 });
const cheque = (number: string, amount: number, bank = 'Crédit du Nord') => ({ number, bank, amount });
const cheques = (...list: readonly ReturnType<typeof cheque>[]) => ({
  method: 'cheque',
  amount: list.reduce((total, { amount }) => total + amount, 0),
  slip: { cheques: list },
});

describe('a deposit', () => {
  it('leaves the till and is in transit under its own name', () =>
    given(till)
      .when(made)
      .then(
        deposited(
          { 'till/T1/cash': -300_00, [`transit/cash/${D1}`]: 300_00 },
          {
            data: { deposit: D1, method: 'cash', amount: 300_00, bankAccount: 'main' },
            facts: { till: 'T1', businessDate: '2026-03-14', document: { type: 'deposit', number: 1 } },
          },
        ),
      ));

  it('may go to another bank account, from the safe, and be of any method that a till holds', () => {
    const inSafe = { type: 'cash-in', till: 'safe', method: 'cash', reason: 'owner', amount: 50_00 };
    given(till, inSafe)
      .when(deposit({ id: D1, till: 'safe', amount: 50_00, bankAccount: 'livret' }))
      .then(
        deposited(
          { 'safe/cash': -50_00, [`transit/cash/${D1}`]: 50_00 },
          { facts: { data: { bankAccount: 'livret' } } },
        ),
      );
    given(till)
      .when(deposit({ id: D1, method: 'meal', amount: 80_00 }))
      .then(deposited({ 'till/T1/meal': -80_00, [`transit/meal/${D1}`]: 80_00 }));
  });

  it('takes no more cash than there is', () => {
    given(till)
      .when(deposit({ amount: 500_00 }))
      .thenBalances({ 'till/T1/cash': 0 });
    given(till)
      .when(deposit({ amount: 500_01 }))
      .thenRefused('cash-balance-negative', {
        till: 'T1',
        method: 'cash',
        businessDate: '2026-03-14',
        missing: 1,
      });
  });

  it.each([
    ['bitcoin', 'unknown-method', { method: 'bitcoin' }],
    ['credit', 'method-not-allowed', { method: 'credit', kind: 'credit' }],
    ['voucher', 'method-not-allowed', { method: 'voucher', kind: 'voucher' }],
  ] as const)('is not of %s', (method, code, facts) =>
    given(till)
      .when(deposit({ method, amount: 1_00 }))
      .thenRefused(code, { pointer: '/method', ...facts }),
  );

  it('is of something', () =>
    given(till)
      .when(deposit({ amount: 0 }))
      .thenNotAnEntry('amount'));
});

describe('a remittance slip', () => {
  it('lists its cheques, and its total is theirs', () => {
    const slip = cheques(cheque('0001', 45_00), cheque('0002', 75_00));
    given(till)
      .when(deposit({ id: D1, ...slip }))
      .then(
        deposited(
          { 'till/T1/cheque': -120_00, [`transit/cheque/${D1}`]: 120_00 },
          { facts: { data: { amount: 120_00, slip: slip.slip } } },
        ),
      );
    given(till)
      .when(deposit({ ...slip, amount: 119_99 }))
      .thenRefused('slip-mismatch', { pointer: '/slip/cheques', total: 120_00, amount: 119_99 });
  });

  it('holds a cheque once, on this slip or any before', () => {
    const again = { bank: 'Crédit du Nord', number: '0001' };
    given(till)
      .when(deposit(cheques(cheque('0002', 1_00), cheque('0001', 2_00), cheque('0001', 2_00))))
      .thenRefused('cheque-already-remitted', { pointer: '/slip/cheques/2', ...again });
    given(till, deposit({ id: D1, ...cheques(cheque('0001', 45_00)) }))
      .when(deposit(cheques(cheque('0002', 1_00), cheque('0001', 45_00))))
      .thenRefused('cheque-already-remitted', { pointer: '/slip/cheques/1', ...again });
  });

  it('tells cheques apart by bank and number', () =>
    given(till, deposit(cheques(cheque('0001', 45_00))))
      .when(deposit(cheques(cheque('0001', 45_00, 'BNP'), cheque('0002', 1_00))))
      .thenBalances({ 'till/T1/cheque': 29_00 }));

  it('tells apart what is only spelled alike when bank and number are put together', () =>
    given(till, deposit(cheques(cheque('B|0001', 45_00, 'CA'))))
      .when(deposit(cheques(cheque('0001', 45_00, 'CA|B'))))
      .thenBalances({ 'till/T1/cheque': 30_00 }));

  it('counts notes and coins by their value', () => {
    const denominations = { '5000': 4, '2000': 5 };
    given(till)
      .when(deposit({ id: D1, amount: 300_00, slip: { denominations } }))
      .then(
        deposited(
          { 'till/T1/cash': -300_00, [`transit/cash/${D1}`]: 300_00 },
          { facts: { data: { slip: { denominations } } } },
        ),
      );
    given(till)
      .when(deposit({ amount: 300_01, slip: { denominations } }))
      .thenRefused('slip-mismatch', { pointer: '/slip/denominations', total: 300_00, amount: 300_01 });
  });

  it('of no cheque at all remits nothing', () =>
    given(till)
      .when(deposit({ method: 'cheque', amount: 1_00, slip: { cheques: [] } }))
      .thenRefused('slip-mismatch', { pointer: '/slip/cheques', total: 0, amount: 1_00 }));

  it('may say nothing', () =>
    given(till)
      .when(deposit({ id: D1, amount: 1_00, slip: {} }))
      .thenBalances({ [`transit/cash/${D1}`]: 1_00 }));
});

describe('the bank’s confirmation', () => {
  it('of 298 and 2 of fees settles 300', () =>
    given(till, made)
      .when(confirmation(D1, { amount: 298_00, fees: 2_00 }))
      .then(
        confirmed(
          { 'bank/main': 298_00, 'expense/bank-fees': 2_00, [`transit/cash/${D1}`]: -300_00 },
          {
            data: {
              deposit: D1,
              method: 'cash',
              bankAccount: 'main',
              amount: 298_00,
              fees: 2_00,
              final: false,
              writtenOff: 0,
            },
            facts: { businessDate: '2026-03-14', document: { type: 'deposit-confirmation', number: 1 } },
          },
        ),
      ));

  it('of 298, final, leaves a difference of 2', () =>
    given(till, made)
      .when(confirmation(D1, { amount: 298_00, final: true }))
      .then(
        confirmed(
          { 'bank/main': 298_00, 'difference/deposit': 2_00, [`transit/cash/${D1}`]: -300_00 },
          { facts: { data: { fees: 0, final: true, writtenOff: 2_00 } } },
        ),
      ));

  it('of 298, not final, leaves 2 in transit until more comes', () => {
    given(till, made)
      .when(confirmation(D1, { amount: 298_00 }))
      .then(confirmed({ 'bank/main': 298_00, [`transit/cash/${D1}`]: -298_00 }));
    given(till, made, confirmation(D1, { amount: 298_00 }))
      .when(confirmation(D1, { amount: 2_00 }))
      .thenBalances({ 'bank/main': 300_00, [`transit/cash/${D1}`]: 0 });
    given(till, made, confirmation(D1, { amount: 298_00 }))
      .when(confirmation(D1, { amount: 1_00, fees: 50, final: true }))
      .then(
        confirmed({
          'bank/main': 1_00,
          'expense/bank-fees': 50,
          'difference/deposit': 50,
          [`transit/cash/${D1}`]: -2_00,
        }),
      );
  });

  it('of nothing, final, writes the deposit off', () => {
    given(till, made)
      .when(confirmation(D1, { amount: 0, final: true }))
      .then(
        confirmed(
          { 'difference/deposit': 300_00, [`transit/cash/${D1}`]: -300_00 },
          { facts: { data: { amount: 0, writtenOff: 300_00 } } },
        ),
      );
    given(till, made)
      .when(confirmation(D1, { amount: 0 }))
      .thenRefused('amount-not-positive', { pointer: '/amount' });
    given(till, made)
      .when(confirmation(D1, { amount: 0, fees: 2_00 }))
      .then(confirmed({ 'expense/bank-fees': 2_00, [`transit/cash/${D1}`]: -2_00 }));
  });

  it('goes to the bank account and the method of the deposit', () =>
    given(till, deposit({ id: D1, method: 'cheque', amount: 120_00, bankAccount: 'livret' }))
      .when(confirmation(D1, { amount: 120_00 }))
      .then(confirmed({ 'bank/livret': 120_00, [`transit/cheque/${D1}`]: -120_00 })));

  it('carries a company date and moves no till', () => {
    const { shop, when } = given(till, made);
    const [event] = when(confirmation(D1, { till: 'T1', amount: 300_00 })).events();
    expect(event).not.toHaveProperty('till');
    expect(event).not.toHaveProperty('tillSequence');
    expect(shop.balance('till/T1/cash')).toBe(200_00);
  });

  it('is never of more than is in transit', () => {
    const facts = { pointer: '/amount', inTransit: 300_00 };
    given(till, made)
      .when(confirmation(D1, { amount: 300_01 }))
      .thenRefused('confirmation-exceeds-deposit', { ...facts, confirmed: 300_01 });
    given(till, made)
      .when(confirmation(D1, { amount: 299_00, fees: 1_01, final: true }))
      .thenRefused('confirmation-exceeds-deposit', { ...facts, confirmed: 300_01 });
    given(till, made, confirmation(D1, { amount: 298_00 }))
      .when(confirmation(D1, { amount: 3_00 }))
      .thenRefused('confirmation-exceeds-deposit', { pointer: '/amount', inTransit: 2_00, confirmed: 3_00 });
  });

  it('comes no more once all is settled, and only for its own deposit', () => {
    given(till, made, confirmation(D1, { amount: 298_00, final: true }))
      .when(confirmation(D1, { amount: 2_00 }))
      .thenRefused('deposit-settled', { pointer: '/deposit', deposit: D1 });
    given(till, made)
      .when(confirmation(D2, { amount: 300_00 }))
      .thenRefused('unknown-deposit', { pointer: '/deposit', deposit: D2 });
    given(till, made, deposit({ id: D2, amount: 100_00 }))
      .when(confirmation(D2, { amount: 100_00 }))
      .thenBalances({ [`transit/cash/${D1}`]: 300_00, [`transit/cash/${D2}`]: 0 });
  });
});
