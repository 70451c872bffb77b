import type { LedgerEventType } from '../src/ledger/events';
import type { RecordedEvent } from './projection';

/** The names of all read models. */
export type ProjectionName =
  | 'alerts'
  | 'closures'
  | 'company'
  | 'customers'
  | 'day-notes'
  | 'day-sheets'
  | 'deposits'
  | 'entries'
  | 'journal'
  | 'month-figures'
  | 'restatements'
  | 'tills'
  | 'vouchers';

const MONEY_OF_A_TILL = [
  'day-sheets',
  'month-figures',
  'tills',
  'journal',
  'entries',
  'restatements',
] as const;

/**
 * Which read models look at an event. Total on purpose: an event that is added to the union does not compile until
 * it has been thought about here, and an old program that meets a newer event stops instead of guessing.
 */
const INTERESTS: Readonly<Record<LedgerEventType, readonly ProjectionName[]>> = {
  LedgerOpened: ['company', 'entries'],
  SettingsChanged: ['company', 'entries'],
  BudgetSet: ['company', 'entries'],
  TillOpened: ['company', 'tills', 'entries'],
  TillChanged: ['company', 'entries'],
  CustomerRegistered: ['customers', 'entries'],
  CustomerErased: ['customers', 'entries'],
  OpeningBalancesRecorded: ['customers', 'vouchers', 'entries'],
  SaleRecorded: [...MONEY_OF_A_TILL, 'customers', 'vouchers'],
  ZTicketRecorded: [...MONEY_OF_A_TILL, 'customers', 'vouchers', 'day-notes'],
  ZTicketChecked: [...MONEY_OF_A_TILL, 'day-notes'],
  ExpensePaid: MONEY_OF_A_TILL,
  DepositMade: [...MONEY_OF_A_TILL, 'deposits'],
  DepositConfirmed: ['tills', 'journal', 'entries', 'deposits'],
  CashPutIn: MONEY_OF_A_TILL,
  CashTakenOut: MONEY_OF_A_TILL,
  MethodsTransferred: MONEY_OF_A_TILL,
  TransferSent: MONEY_OF_A_TILL,
  TransferReceived: MONEY_OF_A_TILL,
  OverpaymentExplained: MONEY_OF_A_TILL,
  CreditRepaid: [...MONEY_OF_A_TILL, 'customers', 'vouchers'],
  VoucherSold: [...MONEY_OF_A_TILL, 'customers', 'vouchers'],
  VoucherRefunded: [...MONEY_OF_A_TILL, 'customers', 'vouchers'],
  VoucherExpired: ['journal', 'entries', 'vouchers'],
  TillCounted: ['day-sheets', 'tills', 'journal', 'entries', 'day-notes'],
  OpeningCounted: [...MONEY_OF_A_TILL, 'day-notes'],
  CommentAdded: ['journal', 'entries', 'day-notes'],
  DayClosed: [
    'day-sheets',
    'month-figures',
    'tills',
    'journal',
    'entries',
    'restatements',
    'day-notes',
    'closures',
  ],
  MovementReversed: [...MONEY_OF_A_TILL, 'customers', 'vouchers', 'deposits', 'day-notes'],
  AlertRaised: ['alerts', 'entries'],
  AlertCleared: ['alerts', 'entries'],
};

const SETS = new Map<string, ReadonlySet<string>>(
  Object.entries(INTERESTS).map(([type, names]) => [type, new Set<string>(names)]),
);

/** Whether a read model looks at an event. @throws on an event that this version does not know */
export function isOfInterest(name: ProjectionName, event: RecordedEvent): boolean {
  const names = SETS.get(event.type);
  if (!names) throw new Error(`not understood by this version: ${event.type} (sequence ${event.sequence})`);
  return names.has(name);
}
