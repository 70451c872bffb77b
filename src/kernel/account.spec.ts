import { account, ANONYMOUS, readTillAccount, SAFE } from './account';

describe('the paths of accounts', () => {
  it('have two names that are reserved', () => {
    expect([SAFE, ANONYMOUS]).toEqual(['safe', '-']);
  });

  it('are spelled as events have them for ever', () => {
    expect([
      account.till('T1', 'cash'),
      account.till(SAFE, 'cash'),
      account.transit('cheque', 'd-1'),
      account.betweenTills('cash'),
      account.bank('main'),
      account.customer('c-1'),
      account.customer(ANONYMOUS),
      account.voucher('V1'),
      account.voucher(ANONYMOUS),
      account.memoVoucher('V1'),
      account.memoIssued,
      account.sales('pain', 550),
      account.vat('pain', 550),
      account.vatInput(2000),
      account.expense('supplies'),
      account.bankFees,
      account.voucherExpired,
      account.owner,
      account.other,
      account.opening,
      account.suspense,
      account.overpayment,
      account.difference('count'),
      account.difference('deposit'),
    ]).toEqual([
      'till/T1/cash',
      'safe/cash',
      'transit/cheque/d-1',
      'transit/tills/cash',
      'bank/main',
      'customer/c-1',
      'customer/-',
      'voucher/V1',
      'voucher/-',
      'memo/voucher/V1',
      'memo/issued',
      'sales/pain/550',
      'vat/pain/550',
      'vat-input/2000',
      'expense/supplies',
      'expense/bank-fees',
      'income/voucher-expired',
      'owner',
      'other',
      'opening',
      'suspense',
      'overpayment',
      'difference/count',
      'difference/deposit',
    ]);
  });

  it.each([
    ['T1', 'cash'],
    ['safe', 'cash'],
    ['a.b-c_d', 'meal-voucher'],
    ['safe2', 'till'],
  ])('of till %s and method %s can be read back', (till, method) => {
    expect(readTillAccount(account.till(till, method))).toEqual({ till, method });
  });

  it.each(['transit/tills/cash', 'transit/cash/d-1', 'sales/till/550', 'safes', 'tills/T1/cash', 'opening'])(
    '%s is no account of a till',
    (path) => {
      expect(readTillAccount(path)).toBeNull();
    },
  );
});
