import { CashPutIn, CashTakenOut } from './cash-movement/events';
import { CreditRepaid } from './customer-credit/events';
import { OpeningCounted } from './count/events';
import { DepositConfirmed, DepositMade } from './deposit/events';
import { ExpensePaid } from './expense/events';
import { OverpaymentExplained } from './overpayment/events';
import { SaleRecorded } from './sale/events';
import { MethodsTransferred, TransferReceived, TransferSent } from './transfer/events';
import { VoucherExpired, VoucherRefunded, VoucherSold } from './voucher/events';
import { ZTicketChecked, ZTicketRecorded } from './z-ticket/events';

/** What an entry can record that moves money or turnover, and that a correction can therefore reverse. */
export const MOVEMENTS = [
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
  OpeningCounted,
] as const;

/** What a movement says, without its envelope: what the folds of figures take, at either sign. */
export type MovementFacts =
  | Facts<SaleRecorded>
  | Facts<ZTicketRecorded>
  | Facts<ZTicketChecked>
  | Facts<ExpensePaid>
  | Facts<DepositMade>
  | Facts<DepositConfirmed>
  | Facts<CashPutIn>
  | Facts<CashTakenOut>
  | Facts<MethodsTransferred>
  | Facts<TransferSent>
  | Facts<TransferReceived>
  | Facts<OverpaymentExplained>
  | Facts<CreditRepaid>
  | Facts<VoucherSold>
  | Facts<VoucherRefunded>
  | Facts<VoucherExpired>
  | Facts<OpeningCounted>;

type Facts<Event extends { type: string; data: unknown }> = {
  readonly type: Event['type'];
  readonly data: Event['data'];
};

export type MovementType = MovementFacts['type'];

const TYPES: ReadonlySet<string> = new Set(MOVEMENTS.map((movement) => movement.type));

export function isMovementType(type: string): type is MovementType {
  return TYPES.has(type);
}
