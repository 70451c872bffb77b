import * as fc from 'fast-check';
import { ALL_PROJECTIONS } from '../../projections/all';
import { FoldedDocuments } from '../../projections/documents';
import { addDays } from '../../src/kernel/day';
import { FoldedReadModels } from '../../src/reports/read-models';
import { CompanySettings } from '../../src/reports/settings';
import { tillDay } from '../../src/reports/till-day';
import { Chance } from '../support/chance';
import type { Body } from '../support/ledger-book';
import { amountsOf, DAY, idOf, saleOf, Shop } from '../support/shop';

const RUNS = Number(process.env.HISTORIES ?? 60);
const TILLS = ['T1', 'T2'];
const METHODS = ['cash', 'card', 'cheque'];
const OPENING: Readonly<Record<string, number>> = { cash: 1_000_000, card: 0, cheque: 0 };
const DAYS = 5;

/** What really happened on a till. */
type Fact = {
  readonly till: string;
  readonly date: string;
  readonly method: string;
  readonly amount: number;
  readonly type: 'sale' | 'cash-in' | 'expense';
};

/** Something that the ledger has wrong: what stands there (null: nothing) instead of what happened (null: nothing). */
type Mistake = { entry: string | null; readonly fact: Fact | null; readonly date: string };

function bodyOf({ type, till, date, method, amount }: Fact): Body {
  const own = { till, businessDate: date };
  if (type === 'sale') return { ...saleOf({ [method]: amount }), ...own };
  if (type === 'cash-in') return { type, method, amount, reason: 'owner', ...own };
  return { type, method, gross: amount, category: 'supplies', vatRate: 2000, ...own };
}

const moved = ({ type, amount }: Fact) => (type === 'expense' ? -amount : amount);

/**
 * Days of a shop whose cashiers err: the wrong amount, means, till or kind, twice, not at all. Counts tell what is
 * there; mistakes are corrected at once or years later, sometimes by another mistake, and in the end every one is.
 */
class ErringShop {
  readonly shop: Shop;
  private readonly chance: Chance;
  private readonly facts: Fact[] = [];
  private readonly mistakes: Mistake[] = [];
  private readonly counted = new Set<string>();

  constructor(seed: number) {
    this.chance = new Chance(seed);
    const tills = TILLS.map((code) => ({ code, opening: { cash: OPENING.cash } }));
    this.shop = new Shop({ tills, methods: this.methods() });
    for (let day = 0; day < DAYS; day += 1) this.live(day);
    this.shop.goTo(addDays(DAY, DAYS));
    while (this.mistakes.length > 0) this.correctOne();
  }

  /** What is in a till at the end of a day. */
  truth(till: string, method: string, date: string): number {
    return this.facts
      .filter((fact) => fact.till === till && fact.method === method && fact.date <= date)
      .reduce((sum, fact) => sum + moved(fact), OPENING[method] ?? 0);
  }

  /**
   * Which methods are counted besides cash changes from time to time; what was counted once stays so: a correction of a
   * closed day is recorded on the latest open one, whose count says what the counts of the days between have said already.
   */
  private methods(): Body[] {
    for (const code of ['card', 'cheque']) if (this.chance.maybe(0.5)) this.counted.add(code);
    const others = ['card', 'cheque'].map((code) => ({ code, kind: code, counted: this.counted.has(code) }));
    return [{ code: 'cash', kind: 'cash' }, ...others];
  }

  private live(day: number): void {
    const { chance, shop } = this;
    const date = addDays(DAY, day);
    shop.goTo(date);
    if (chance.maybe(0.4)) shop.changeSettings({ methods: this.methods() });
    for (let count = 0; count < 5; count += 1) {
      this.happens(date);
      if (chance.maybe(0.5)) this.correctOne();
    }
    for (const till of TILLS) if (chance.maybe(0.75)) this.close(till, day);
  }

  private happens(date: string): void {
    const { chance, shop } = this;
    const fact = chance.maybe(0.85) ? this.anything(date) : null;
    if (fact) this.facts.push(fact);
    if (fact && chance.maybe(0.4)) shop.record(bodyOf(fact));
    else if (fact && chance.maybe(0.3)) this.mistakes.push({ entry: null, fact, date });
    else {
      const entry = idOf(shop.record(bodyOf(this.anything(date))));
      this.mistakes.push({ entry, fact, date });
    }
  }

  private anything(date: string): Fact {
    const { chance } = this;
    const type = chance.pick(['sale', 'sale', 'cash-in', 'expense'] as const);
    const method = type === 'expense' ? 'cash' : chance.pick(METHODS);
    return { till: chance.pick(TILLS), date, method, amount: chance.between(1, 5000), type };
  }

  private correctOne(): void {
    const { chance, shop, mistakes } = this;
    const mistake = mistakes[chance.below(mistakes.length)];
    if (!mistake) return;
    const isWrongAgain = chance.maybe(0.3);
    const fact = isWrongAgain ? this.anything(mistake.date) : mistake.fact;
    if (fact === null && mistake.entry === null) mistakes.splice(mistakes.indexOf(mistake), 1);
    else {
      const replacement = fact ? bodyOf(fact) : undefined;
      const corrects = mistake.entry ?? undefined;
      const events = shop.record({ type: 'correction', reason: 'erreur de saisie', corrects, replacement });
      mistake.entry = fact ? idOf(events) : null;
      if (!isWrongAgain) mistakes.splice(mistakes.indexOf(mistake), 1);
    }
  }

  /** Closes all days of a till up to one, each with what was in it that evening. */
  private close(till: string, through: number): void {
    const { shop } = this;
    for (let day = 0; day <= through; day += 1) {
      const date = addDays(DAY, day);
      if (!shop.ledger.tills.get(till)?.days.has(date)) continue;
      const counts = METHODS.map((method) => [method, this.truth(till, method, date)] as const);
      shop.enter({ type: 'count', till, businessDate: date, counts: amountsOf(Object.fromEntries(counts)) });
      shop.close(date, { till, comment: 'compté' });
    }
  }
}

describe('once every mistake is corrected', () => {
  it('the tills hold what they really hold, and no day has a difference any more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const erring = new ErringShop(seed);
        const { shop } = erring;
        expect(shop.balance('difference/count') + shop.balance('difference/correction')).toBe(0);
        const documents = new FoldedDocuments(ALL_PROJECTIONS);
        for (const event of shop.events) documents.fold(event);
        const models = new FoldedReadModels(documents);
        const settings = (await CompanySettings.load(models)) as CompanySettings;
        for (const till of TILLS) {
          for (const method of METHODS) {
            expect(shop.balance(`till/${till}/${method}`)).toBe(erring.truth(till, method, '9999-12-31'));
          }
          for (let day = 0; day <= DAYS; day += 1) {
            const date = addDays(DAY, day);
            const { flows } = await tillDay(models, settings, till, date, 'corrected');
            for (const { method, opening, in: received, out, difference } of flows) {
              expect(opening + received - out).toBe(erring.truth(till, method, date));
              expect(difference ?? 0).toBe(0);
            }
          }
        }
      }),
      { numRuns: RUNS },
    );
  }, 300_000);
});
