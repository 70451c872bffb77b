import { cents } from '../../kernel/money';
import { Refusal } from '../../kernel/refusal';
import { splitVat } from '../../kernel/vat';
import type { LedgerDraft } from '../events';
import { type Ledger, requireFeature, settingsOn } from '../ledger';
import { cashMethod, requireTillMethod } from '../payment-rules';
import { movementDraft, type TillPlace } from '../place';
import type { ExpenseEntry } from './entry';
import { ExpensePaid } from './events';

/** @throws Refusal feature-disabled, amount-not-positive, unknown-expense-category, unknown-method, method-not-allowed */
export function recordExpense(entry: ExpenseEntry, ledger: Ledger, place: TillPlace): LedgerDraft[] {
  requireFeature(ledger, 'expenses', place.about);
  if (entry.gross <= 0) throw new Refusal('amount-not-positive', { pointer: '/gross' });
  const categories = settingsOn(ledger, 'expenseCategories', place.about);
  if (!categories.some((category) => category.code === entry.category)) {
    throw new Refusal('unknown-expense-category', { pointer: '/category', category: entry.category });
  }
  const method = entry.method ?? cashMethod(ledger, place);
  requireTillMethod(ledger, place, method, '/method');
  const { category, supplier, vatRate, attachment } = entry;
  // A supplier may charge a rate that the shop itself never sells at: any rate is taken.
  const data = {
    category,
    supplier,
    gross: cents(entry.gross),
    ...splitVat(entry.gross, vatRate),
    vatRate,
    method,
    attachment,
  };
  return [
    movementDraft(
      ledger,
      place,
      { type: 'ExpensePaid', schemaVersion: ExpensePaid.schemaVersion, data },
      'expense',
    ),
  ];
}
