/** A company as somebody would open it; the documentation shows it. */
export const COMPANY_EXAMPLE = {
  name: 'Boulangerie Ève',
  siren: '552100554',
  timeZone: 'Europe/Paris',
  dayCutoff: '05:00',
  categories: [
    { code: 'pain', label: 'Pain', vatRate: 550, account: '707100', position: 1 },
    { code: 'patisserie', label: 'Pâtisserie', vatRate: 550, account: '707300', position: 2 },
  ],
  thresholds: { cashMin: 10_000, cashMax: 50_000, cashTarget: 15_000, difference: 0 },
  calendar: { closedWeekdays: [1], closed: ['2026-05-01'], open: [] },
  tills: [{ code: 'T1', name: 'Caisse 1', feed: null, opening: { cash: 15_000 } }],
} as const;

/** What is answered of it on the day on which it was opened. */
export const COMPANY_VIEW_EXAMPLE = {
  id: '0195f3a0-0000-7000-8000-00000000000a',
  name: 'Boulangerie Ève',
  siren: '552100554',
  currency: 'EUR',
  timeZone: 'Europe/Paris',
  dayCutoff: '05:00',
  fiscalYearStart: '01-01',
  vatRates: [550, 1000, 2000, 210],
  expenseCategories: [
    { code: 'supplies', label: 'Fournitures', account: '606300', position: 1 },
    { code: 'meals', label: 'Repas', account: '625700', position: 2 },
    { code: 'travel', label: 'Déplacements', account: '625100', position: 3 },
    { code: 'upkeep', label: 'Entretien', account: '615500', position: 4 },
    { code: 'postage', label: 'Affranchissement', account: '626100', position: 5 },
    { code: 'other', label: 'Autre', account: '658000', position: 6 },
  ],
  methods: [
    { code: 'cash', label: 'Espèces', kind: 'cash', counted: true, account: '530000', position: 1 },
    { code: 'card', label: 'Carte bancaire', kind: 'card', counted: false, account: '511500', position: 2 },
    { code: 'cheque', label: 'Chèque', kind: 'cheque', counted: false, account: '511200', position: 3 },
    {
      code: 'meal',
      label: 'Titre-restaurant',
      kind: 'meal-voucher',
      counted: false,
      account: '511800',
      position: 4,
    },
    { code: 'transfer', label: 'Virement', kind: 'transfer', counted: false, account: '512000', position: 5 },
    {
      code: 'credit',
      label: 'Crédit client',
      kind: 'credit',
      counted: false,
      account: '411100',
      position: 6,
    },
    { code: 'voucher', label: 'Bon cadeau', kind: 'voucher', counted: false, account: '419100', position: 7 },
  ],
  features: { customerCredit: 'detailed', vouchers: true, transfers: true, expenses: true },
  thresholds: { difference: 0, cashMin: 10000, cashMax: 50000, cashTarget: 15000 },
  calendar: { closedWeekdays: [1], closed: ['2026-05-01'], open: [] },
  tills: [{ code: 'T1', name: 'Caisse 1', feed: null, closedThrough: null, openDays: [] }],
  businessDate: '2026-03-14',
  categories: COMPANY_EXAMPLE.categories,
  head: 11,
};
