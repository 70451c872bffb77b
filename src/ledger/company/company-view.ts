import { SAFE } from '../../kernel/account';
import type { Instant } from '../../kernel/day';
import { businessDay, feedOn, type Ledger, settingsOn } from '../ledger';

/** A company as it is today: what api.md *Company* reads. */
export function companyView(ledger: Ledger, now: Instant) {
  const day = businessDay(ledger, now);
  return {
    id: ledger.id,
    ...settingsOn(ledger, 'identity', day),
    vatRates: settingsOn(ledger, 'vatRates', day),
    categories: inOrder(settingsOn(ledger, 'categories', day)),
    expenseCategories: inOrder(settingsOn(ledger, 'expenseCategories', day)),
    methods: inOrder(settingsOn(ledger, 'methods', day)),
    features: settingsOn(ledger, 'features', day),
    thresholds: settingsOn(ledger, 'thresholds', day),
    calendar: settingsOn(ledger, 'calendar', day),
    tills: [...ledger.tills.values()]
      .filter((till) => till.code !== SAFE)
      .map((till) => ({
        code: till.code,
        name: till.name,
        feed: feedOn(till, day),
        closedThrough: till.closedThrough,
        openDays: [...till.days.keys()].sort(),
      })),
    businessDate: day,
    head: ledger.sequence,
  };
}

/** By position, those without one last, otherwise as they were given. */
function inOrder<Item extends { readonly position?: number | undefined }>(items: readonly Item[]): Item[] {
  const last = Number.MAX_SAFE_INTEGER;
  return [...items].sort((left, right) => (left.position ?? last) - (right.position ?? last));
}
