import { z } from 'zod';
import { AlertCleared, AlertRaised } from './alert/events';
import { CashPutIn, CashTakenOut } from './cash-movement/events';
import { DayClosed } from './closing/events';
import { CommentAdded } from './comment/events';
import { BudgetSet, LedgerOpened, SettingsChanged } from './company/events';
import { MovementReversed } from './correction/events';
import { OpeningCounted, TillCounted } from './count/events';
import {
  CreditRepaid,
  CustomerErased,
  CustomerRegistered,
  OpeningBalancesRecorded,
} from './customer-credit/events';
import { DepositConfirmed, DepositMade } from './deposit/events';
import { ExpensePaid } from './expense/events';
import { OverpaymentExplained } from './overpayment/events';
import { SaleRecorded } from './sale/events';
import { TillChanged, TillOpened } from './till/events';
import { MethodsTransferred, TransferReceived, TransferSent } from './transfer/events';
import { VoucherExpired, VoucherRefunded, VoucherSold } from './voucher/events';
import { ZTicketChecked, ZTicketRecorded } from './z-ticket/events';

/** Every event that a ledger can hold, by its stored name. Names never change; `schemaVersion` rises. */
export const EVENTS = {
  LedgerOpened,
  SettingsChanged,
  BudgetSet,
  TillOpened,
  TillChanged,
  CustomerRegistered,
  CustomerErased,
  OpeningBalancesRecorded,
  SaleRecorded,
  ZTicketRecorded,
  ZTicketChecked,
  ExpensePaid,
  DepositMade,
  DepositConfirmed,
  CashPutIn,
  CashTakenOut,
  MethodsTransferred,
  TransferSent,
  TransferReceived,
  OverpaymentExplained,
  CreditRepaid,
  VoucherSold,
  VoucherRefunded,
  VoucherExpired,
  TillCounted,
  OpeningCounted,
  CommentAdded,
  DayClosed,
  MovementReversed,
  AlertRaised,
  AlertCleared,
} as const;

export type LedgerEvent =
  | LedgerOpened
  | SettingsChanged
  | BudgetSet
  | TillOpened
  | TillChanged
  | CustomerRegistered
  | CustomerErased
  | OpeningBalancesRecorded
  | SaleRecorded
  | ZTicketRecorded
  | ZTicketChecked
  | ExpensePaid
  | DepositMade
  | DepositConfirmed
  | CashPutIn
  | CashTakenOut
  | MethodsTransferred
  | TransferSent
  | TransferReceived
  | OverpaymentExplained
  | CreditRepaid
  | VoucherSold
  | VoucherRefunded
  | VoucherExpired
  | TillCounted
  | OpeningCounted
  | CommentAdded
  | DayClosed
  | MovementReversed
  | AlertRaised
  | AlertCleared;

export type LedgerEventType = LedgerEvent['type'];

/** What a decision answers: an event of the union without what the ledger adds to it. */
export type LedgerDraft = {
  [Type in LedgerEventType]: DraftOf<Extract<LedgerEvent, { type: Type }>>;
}[LedgerEventType];

type DraftOf<Event extends LedgerEvent> = Pick<
  Event,
  'type' | 'schemaVersion' | 'data' | 'postings' | 'till' | 'businessDate' | 'occurredAt' | 'correction'
> & {
  /** Type of the numbered document, if the event is one; the ledger gives the number. */
  readonly document?: string | undefined;
};

/** The schema of a whole event, for the edges of the store and the documentation. */
export const ledgerEventSchema = z.discriminatedUnion(
  'type',
  Object.values(EVENTS).map((definition) => definition.schema) as unknown as [z.ZodObject],
) as unknown as z.ZodType<LedgerEvent>;
