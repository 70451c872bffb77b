import { fold, saleOf } from '../test/support/folded';
import { RecordingBook } from '../test/support/recording-book';
import { draft } from '../test/support/draft';
import { CustomerErased, CustomerRegistered } from '../src/ledger/customer-credit/events';
import { customers } from './customers';
import { depositKey, deposits } from './deposits';
import { vouchers } from './vouchers';

const DUPONT = '33333333-3333-4333-8333-333333333333';

describe('customers', () => {
  it('are known before they owe anything, and after their name is erased', () => {
    const book = new RecordingBook();
    book.take([draft(CustomerRegistered, { data: { customer: DUPONT } })]);
    expect(fold(customers, book.events)[`a/${DUPONT}`]).toMatchObject({ balance: 0, registeredAt: book.now });
    book.record({ ...saleOf(4000), payments: [{ method: 'credit', amount: 4000, customer: DUPONT }] });
    book.take([draft(CustomerErased, { data: { customer: DUPONT } })]);
    expect(fold(customers, book.events)[`a/${DUPONT}`]).toMatchObject({
      balance: 4000,
      erased: true,
      rows: 1,
    });
  });

  it('add up to the receivable, by month and by day', () => {
    const book = new RecordingBook();
    book.take([draft(CustomerRegistered, { data: { customer: DUPONT } })]);
    book.record({ ...saleOf(4000), payments: [{ method: 'credit', amount: 4000 }] });
    book.record({ ...saleOf(4000), payments: [{ method: 'credit', amount: 4000, customer: DUPONT }] });
    book.record({ type: 'credit-repayment', customer: DUPONT, payments: [{ method: 'cash', amount: 1500 }] });
    const documents = fold(customers, book.events);
    expect(documents['a/-']).toMatchObject({ balance: 4000 });
    expect(documents[`a/${DUPONT}`]).toMatchObject({ balance: 2500, lastDate: '2026-03-14' });
    expect([documents.t, documents['tm/2026-03'], documents['td/2026-03-14']]).toEqual([
      { net: 6500, rows: 3 },
      { net: 6500, rows: 3 },
      { net: 6500, rows: 3 },
    ]);
    expect(Object.values(documents)).toContainEqual(
      expect.objectContaining({ account: DUPONT, type: 'CreditRepaid', debit: 0, credit: 1500 }),
    );
  });
});

describe('vouchers', () => {
  const sold = (voucher: string, others: Record<string, unknown>) => ({
    type: 'voucher-sale',
    voucher,
    amount: 5000,
    payments: [{ method: 'cash', amount: 5000 }],
    ...others,
  });

  it('hold what was paid for them until it is used', () => {
    const book = new RecordingBook();
    book.record(sold('B1', { kind: 'multi-purpose', expiresOn: '2027-03-14' }));
    book.record({ ...saleOf(3000), payments: [{ method: 'voucher', amount: 3000, voucher: 'B1' }] });
    const documents = fold(vouchers, book.events);
    expect(documents['a/B1']).toMatchObject({
      kind: 'multi-purpose',
      multiPurpose: 2000,
      singlePurpose: 0,
      soldFor: 5000,
      soldOn: '2026-03-14',
      expiresOn: '2027-03-14',
    });
    expect(documents.t).toMatchObject({ net: -2000, memo: 0 });
  });

  it('of a single purpose are a memo off balance', () => {
    const book = new RecordingBook();
    book.record(sold('B2', { kind: 'single-purpose', category: 'pain', vatRate: 550 }));
    book.record({ ...saleOf(2000), payments: [{ method: 'voucher', amount: 2000, voucher: 'B2' }] });
    const documents = fold(vouchers, book.events);
    expect(documents['a/B2']).toMatchObject({
      multiPurpose: 0,
      singlePurpose: 3000,
      category: 'pain',
      vatRate: 550,
    });
    expect(documents.t).toMatchObject({ net: 0, memo: -3000 });
  });

  it('that expired hold nothing', () => {
    const book = new RecordingBook();
    book.record(sold('B1', { kind: 'multi-purpose' }));
    book.record({ type: 'voucher-expiry', till: undefined, voucher: 'B1' });
    expect(fold(vouchers, book.events)['a/B1']).toMatchObject({ multiPurpose: 0 });
  });
});

describe('deposits', () => {
  it('are in transit until the bank has confirmed them', () => {
    const book = new RecordingBook();
    const deposit = book.uuid();
    book.record({
      id: deposit,
      type: 'deposit',
      method: 'cash',
      amount: 10_000,
      slip: { denominations: { '5000': 2 } },
    });
    const key = depositKey.deposit(deposit);
    expect(fold(deposits, book.events)[key]).toMatchObject({ inTransit: 10_000, number: 1, till: 'T1' });
    const confirmation = book.uuid();
    book.record({ id: confirmation, type: 'deposit-confirmation', till: undefined, deposit, amount: 9000 });
    expect(fold(deposits, book.events)[key]).toMatchObject({
      inTransit: 1000,
      confirmations: [{ amount: 9000 }],
    });
    book.record({ type: 'correction', till: undefined, corrects: confirmation, reason: 'autre remise' });
    expect(fold(deposits, book.events)[key]).toMatchObject({
      inTransit: 10_000,
      confirmations: [{ amount: 9000, reversed: true }],
    });
  });

  it('can be taken back', () => {
    const book = new RecordingBook();
    const deposit = book.uuid();
    book.record({ id: deposit, type: 'deposit', method: 'cash', amount: 10_000 });
    book.record({ type: 'correction', corrects: deposit, reason: 'pas parti' });
    expect(fold(deposits, book.events)[depositKey.deposit(deposit)]).toMatchObject({
      inTransit: 0,
      cancelled: true,
    });
  });
});
