import type { EntryBody } from './story';

type Payment = { readonly method: string; readonly amount: number; readonly voucher?: string };
type Place = { readonly till: string; readonly method: string };

/** The members of all entries of a story; each type has its own of them. */
type Fields = {
  readonly till: string;
  readonly payments: readonly Payment[];
  readonly method: string;
  readonly amount: number;
  readonly gross: number;
  readonly voucher: string;
  readonly kind: string;
  readonly from: Place;
  readonly to: Place;
  readonly deposit: string;
};

const held = (till: string, method: string) =>
  till === 'safe' ? `safe/${method}` : `till/${till}/${method}`;

/**
 * What an entry moves on the accounts that can be named from its body alone (cents): tills, the safe, vouchers sold,
 * what is owed, what is on its way to the bank. Null where it depends on what was there: counts, closures, corrections.
 */
export function effectOf(entry: EntryBody): ReadonlyMap<string, number> | null {
  const fields = entry as unknown as Fields;
  const { till } = fields;
  const effect = new Map<string, number>();
  const move = (account: string, amount: number) => effect.set(account, (effect.get(account) ?? 0) + amount);
  const pay = (payments: readonly Payment[]) => {
    for (const { method, amount } of payments) {
      if (method === 'credit') move('customer/-', amount);
      else if (method !== 'voucher') move(held(till, method), amount);
    }
  };
  switch (entry.type) {
    case 'sale':
      pay(fields.payments);
      return effect;
    case 'credit-repayment':
      pay(fields.payments);
      for (const { amount } of fields.payments) move('customer/-', -amount);
      return effect;
    case 'voucher-sale':
      pay(fields.payments);
      if (fields.kind === 'multi-purpose') move(`voucher/${fields.voucher}`, -fields.amount);
      return effect;
    case 'expense':
      move(held(till, 'cash'), -fields.gross);
      return effect;
    case 'cash-in':
    case 'cash-out':
      move(held(till, fields.method), entry.type === 'cash-in' ? fields.amount : -fields.amount);
      return effect;
    case 'transfer':
      move(held(fields.from.till, fields.from.method), -fields.amount);
      move(held(fields.to.till, fields.to.method), fields.amount);
      return effect;
    case 'deposit':
      move(held(till, fields.method), -fields.amount);
      move(`transit/${fields.method}/${entry.id}`, fields.amount);
      return effect;
    default:
      return null;
  }
}
