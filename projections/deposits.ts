import type { Day, Instant } from '../src/kernel/day';
import type { DepositMade } from '../src/ledger/deposit/events';
import { movementOf } from './figures';
import { isOfInterest } from './interests';
import type { Projection, RecordedEvent } from './projection';

export type Confirmation = {
  readonly sequence: number;
  readonly date?: Day | undefined;
  readonly amount: number;
  readonly fees: number;
  readonly writtenOff: number;
  readonly final: boolean;
  /** Taken back by a later correction. */
  readonly reversed?: true | undefined;
};

/** A remittance to the bank and what came of it. Amounts in cents. */
export type DepositDocument = {
  readonly deposit: string;
  readonly till?: string | undefined;
  readonly date?: Day | undefined;
  readonly at?: Instant | undefined;
  readonly sequence: number;
  readonly number?: number | undefined;
  readonly method: string;
  readonly amount: number;
  readonly bankAccount: string;
  readonly slip?: DepositMade['data']['slip'];
  readonly confirmations: readonly Confirmation[];
  /** Still on its way, from postings. */
  readonly inTransit: number;
  readonly cancelled?: true | undefined;
};

/** A place in the list by date. */
export type DepositPlace = { readonly deposit: string };

export const depositKey = {
  deposit: (deposit: string): string => `d/${deposit}`,
  place: (date: Day, deposit: string): string => `l/${date}/${deposit}`,
} as const;

/** Deposits by id, and their order by date. */
export const deposits: Projection<DepositDocument | DepositPlace> = {
  name: 'deposits',
  version: 1,
  handles: (event) => isOfInterest('deposits', event) && depositOf(event) !== null,
  keys(event) {
    const deposit = depositOf(event);
    if (deposit === null) return [];
    const key = depositKey.deposit(deposit);
    return event.type === 'DepositMade' ? [key, depositKey.place(event.businessDate ?? '', deposit)] : [key];
  },
  begins: (event) => event.type === 'DepositMade',
  evolve(document, event, key) {
    const deposit = depositOf(event);
    if (deposit === null) throw new Error(`event ${event.sequence} is about no deposit`);
    if (key.startsWith('l/')) return { deposit };
    const before = (document as DepositDocument | undefined) ?? unknownDeposit(deposit);
    const inTransit = before.inTransit + netInTransit(event, deposit);
    return { ...before, ...changed(before, event), inTransit };
  },
};

function depositOf(event: RecordedEvent): string | null {
  const movement = movementOf(event);
  if (movement?.type === 'DepositMade' || movement?.type === 'DepositConfirmed') return movement.data.deposit;
  return null;
}

function netInTransit(event: RecordedEvent, deposit: string): number {
  let net = 0;
  for (const { account, amount } of event.postings ?? []) {
    if (account.startsWith('transit/') && account.endsWith(`/${deposit}`)) net += amount;
  }
  return net;
}

function changed(before: DepositDocument, event: RecordedEvent): Partial<DepositDocument> {
  if (event.type === 'DepositMade') {
    const { method, amount, bankAccount, slip } = event.data;
    const { till, businessDate, occurredAt, recordedAt, sequence, document } = event;
    return {
      till,
      date: businessDate,
      at: occurredAt ?? recordedAt,
      sequence,
      number: document?.number,
      method,
      amount,
      bankAccount,
      slip,
    };
  }
  if (event.type === 'DepositConfirmed') {
    const { amount, fees, writtenOff, final } = event.data;
    const confirmation = {
      sequence: event.sequence,
      date: event.businessDate,
      amount,
      fees,
      writtenOff,
      final,
    };
    return { confirmations: [...before.confirmations, confirmation] };
  }
  if (event.type !== 'MovementReversed') return {};
  if (event.data.original.type === 'DepositMade') return { cancelled: true };
  const reversed = event.correction?.corrects?.sequence;
  return {
    confirmations: before.confirmations.map((one) =>
      one.sequence === reversed ? { ...one, reversed: true } : one,
    ),
  };
}

function unknownDeposit(deposit: string): DepositDocument {
  return { deposit, sequence: 0, method: '', amount: 0, bankAccount: '', confirmations: [], inTransit: 0 };
}
