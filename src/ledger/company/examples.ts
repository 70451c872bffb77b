import { DEFAULT_IDENTITY, DEFAULT_SETTINGS } from './defaults';

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

/** What is answered of it on the day on which it was opened: the defaults, and what it says otherwise. */
export const COMPANY_VIEW_EXAMPLE = {
  ...DEFAULT_IDENTITY,
  ...DEFAULT_SETTINGS,
  ...COMPANY_EXAMPLE,
  id: '0195f3a0-0000-7000-8000-00000000000a',
  tills: [{ code: 'T1', name: 'Caisse 1', feed: null, closedThrough: null, openDays: [] }],
  businessDate: '2026-03-14',
  head: 11,
};
