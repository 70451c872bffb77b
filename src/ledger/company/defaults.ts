import { basisPoints, cents } from '../../kernel/money';
import type { Settings } from './settings';

/** What a company starts with unless it says otherwise: what fits a French bakery. Dated data, not rules. */
export const DEFAULT_SETTINGS: Omit<Settings, 'identity'> = {
  vatRates: [550, 1000, 2000, 210].map(basisPoints),
  categories: [
    { code: 'pain', label: 'Pain', vatRate: basisPoints(550), account: '707100', position: 1 },
    {
      code: 'viennoiserie',
      label: 'Viennoiserie',
      vatRate: basisPoints(550),
      account: '707200',
      position: 2,
    },
    { code: 'patisserie', label: 'Pâtisserie', vatRate: basisPoints(550), account: '707300', position: 3 },
    { code: 'snacking', label: 'Snacking', vatRate: basisPoints(1000), account: '707400', position: 4 },
    { code: 'boisson', label: 'Boisson', vatRate: basisPoints(1000), account: '707500', position: 5 },
    { code: 'divers', label: 'Divers', vatRate: basisPoints(2000), account: '707900', position: 6 },
  ],
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
  thresholds: { difference: cents(0) },
  calendar: { closedWeekdays: [], closed: [], open: [] },
};

export const DEFAULT_IDENTITY = {
  currency: 'EUR',
  timeZone: 'Europe/Paris',
  dayCutoff: '05:00',
  fiscalYearStart: '01-01',
} as const;
