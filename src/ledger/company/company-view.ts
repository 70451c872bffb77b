import { z } from 'zod';
import { SAFE } from '../../kernel/account';
import { daySchema, type Instant } from '../../kernel/day';
import { codeSchema, textSchema, uuidSchema } from '../../kernel/text';
import { firstUnsealedDay } from './change-company';
import { businessDay, feedOn, type Ledger, settingsOn } from '../ledger';
import { feedSchema } from '../till/events';
import { identityFields, settingsParts } from './settings';

const { vatRates, categories, expenseCategories, methods, features, thresholds, calendar } = settingsParts;

/** Its form, for the documentation. */
export const companyViewSchema = z.strictObject({
  id: uuidSchema,
  ...identityFields,
  vatRates,
  categories,
  expenseCategories,
  methods,
  features,
  thresholds,
  calendar,
  tills: z.array(
    z.strictObject({
      code: codeSchema,
      name: textSchema(100),
      feed: feedSchema,
      closedThrough: daySchema.nullable(),
      openDays: z.array(daySchema),
    }),
  ),
  businessDate: daySchema,
  /** Sequence of the ledger's last event. */
  head: z.int().min(1),
});
type CompanyView = z.infer<typeof companyViewSchema>;

/**
 * A company as it is on the day from which a change would count: today, or the first business day after those that are
 * sealed. So what is read in the evening, changed and sent back holds what was changed an hour before.
 */
export function companyView(ledger: Ledger, now: Instant): CompanyView {
  const today = businessDay(ledger, now);
  const day = firstUnsealedDay([...ledger.tills.values()], today);
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
        feed: feedOn(till, firstUnsealedDay([till], today)),
        closedThrough: till.closedThrough,
        openDays: [...till.days.keys()].sort(),
      })),
    businessDate: today,
    head: ledger.sequence,
  };
}

/** By position, those without one last, otherwise as they were given. */
function inOrder<Item extends { readonly position?: number | undefined }>(items: readonly Item[]): Item[] {
  const last = Number.MAX_SAFE_INTEGER;
  return [...items].sort((left, right) => (left.position ?? last) - (right.position ?? last));
}
