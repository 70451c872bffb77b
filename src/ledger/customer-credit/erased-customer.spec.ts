import { amountsOf, DAY, idOf, NEXT_DAY, refusal, Shop } from '../../../test/support/shop';
import { eraseCustomer } from '../company/change-company';

const onCredit = (customer: string, amount: number) => ({
  type: 'sale',
  lines: [{ category: 'divers', vatRate: 2000, gross: amount }],
  payments: [{ method: 'credit', customer, amount }],
});

function anErasedDebtor(): { shop: Shop; customer: string; sale: string } {
  const shop = new Shop();
  const customer = shop.newCustomer();
  const sale = idOf(shop.enter(onCredit(customer, 40_00)));
  shop.change((ledger) => eraseCustomer(customer, ledger));
  return { shop, customer, sale };
}

describe('a customer who was erased', () => {
  it('takes no new debt, by a sale or by a Z-ticket', () => {
    const { shop, customer } = anErasedDebtor();
    const code = 'customer-erased';
    expect(refusal(() => shop.enter(onCredit(customer, 1_00)))).toEqual({
      code,
      pointer: '/payments/0/customer',
      customer,
    });
    const z = {
      type: 'z-ticket',
      number: '1',
      categories: [{ category: 'divers', vatRate: 2000, gross: 5_00 }],
      payments: amountsOf({ credit: 5_00 }),
      credits: [{ customer, amount: 5_00 }],
      salesCount: 1,
    };
    expect(refusal(() => shop.goTo(NEXT_DAY).enter(z))).toEqual({
      code,
      pointer: '/credits/0/customer',
      customer,
    });
    const replacement = { ...onCredit(customer, 1_00), till: 'T1', businessDate: DAY };
    expect(refusal(() => shop.record({ type: 'correction', reason: 'oubli', replacement }))).toMatchObject({
      code,
    });
  });

  it('still repays, is still refunded, and what was recorded can be corrected', () => {
    const { shop, customer, sale } = anErasedDebtor();
    shop.enter({ type: 'credit-repayment', customer, payments: amountsOf({ cash: 10_00 }) });
    shop.enter(onCredit(customer, -5_00));
    expect(shop.balance(`customer/${customer}`)).toBe(25_00);
    shop.correct(sale, onCredit(customer, 42_00));
    expect(shop.balance(`customer/${customer}`)).toBe(27_00);
  });
});
