import { readTillAccount } from '../src/kernel/account';
import { unreachable } from '../src/kernel/unreachable';
import { isMovementType, type MovementFacts } from '../src/ledger/movements';
import type { RecordedPayment } from '../src/ledger/payment';
import type { SaleRecorded } from '../src/ledger/sale/events';
import type { ZTicketRecorded } from '../src/ledger/z-ticket/events';
import { addTo, own, type RecordedEvent } from './projection';

/** Cents that came in and went out; never netted. */
export type InOut = { readonly in: number; readonly out: number };

/** Turnover of one category and rate: gross is net + VAT; `refunds` is the gross of negative lines, as a positive. */
export type TurnoverFigure = { readonly net: number; readonly vat: number; readonly refunds: number };

/** What movements add up to, over a day or a month of one till. All amounts in cents. */
export type Figures = {
  /** Per method of the till, from postings: `in − out` is the net that leads from opening to theoretical. */
  readonly methods: Readonly<Record<string, InOut>>;
  /** Per `kind/method`, credit and vouchers included: how documents of a kind were paid. */
  readonly kinds: Readonly<Record<string, InOut>>;
  /** Per `category/rate`. */
  readonly turnover: Readonly<Record<string, TurnoverFigure>>;
  /** Turnover per method; under `-` what a Z-ticket leaves unexplained. Adds up to the turnover. */
  readonly byMethod: Readonly<Record<string, number>>;
  /** Gross and VAT of expenses per `category/rate`. */
  readonly expenses: Readonly<Record<string, { readonly net: number; readonly vat: number }>>;
  readonly salesCount: number;
  readonly customersCount: number;
  /** Payments − turnover − overpayments that Z-tickets leave unexplained (in `suspense`). */
  readonly gap: number;
  /** Kept (+) and borne (−). */
  readonly overpayment: number;
  /** Multi-purpose vouchers sold less those paid back: a liability, not turnover. */
  readonly vouchersSold: number;
};

export const NO_FIGURES: Figures = {
  methods: {},
  kinds: {},
  turnover: {},
  byMethod: {},
  expenses: {},
  salesCount: 0,
  customersCount: 0,
  gap: 0,
  overpayment: 0,
  vouchersSold: 0,
};

/** The rows of a day sheet: why money moved. Named like the entries that move it. */
export const KINDS = [
  'sale',
  'z-ticket',
  'credit-repayment',
  'voucher-sale',
  'voucher-refund',
  'expense',
  'deposit',
  'cash-in',
  'cash-out',
  'transfer',
  'opening-difference',
  /** What a correction gave back because a count had shown it already (`difference/correction`). */
  'given-back',
] as const;
export type Kind = (typeof KINDS)[number];

type Line = {
  readonly category: string;
  readonly vatRate: number;
  readonly net: number;
  readonly vat: number;
};
type Paid = { readonly method: string; readonly amount: number };

/** What one movement adds to figures when it is neither reversed nor taken back. */
type Contribution = {
  readonly kind: Kind | null;
  /** Positive came in, negative went out. */
  readonly paid: readonly Paid[];
  readonly lines: readonly Line[];
  readonly byMethod: readonly Paid[];
  readonly expense?: Line;
  readonly salesCount: number;
  readonly customersCount: number;
  readonly gap: number;
  readonly overpayment: number;
  readonly vouchersSold: number;
};

const NOTHING: Contribution = {
  kind: null,
  paid: [],
  lines: [],
  byMethod: [],
  salesCount: 0,
  customersCount: 0,
  gap: 0,
  overpayment: 0,
  vouchersSold: 0,
};

const moved = (kind: Kind, ...paid: Paid[]): Contribution => ({ ...NOTHING, kind, paid });

// One case per movement is the day sheet itself; splitting it would hide it.
function contributionOf(movement: MovementFacts): Contribution {
  switch (movement.type) {
    case 'SaleRecorded':
      return ofSale(movement.data);
    case 'ZTicketRecorded':
      return ofZTicket(movement.data);
    case 'ExpensePaid': {
      const { method, gross, category, vatRate, net, vat } = movement.data;
      return { ...moved('expense', { method, amount: -gross }), expense: { category, vatRate, net, vat } };
    }
    case 'DepositMade':
      return moved('deposit', { method: movement.data.method, amount: -movement.data.amount });
    case 'CashPutIn':
      return moved('cash-in', movement.data);
    case 'CashTakenOut':
      return moved('cash-out', { method: movement.data.method, amount: -movement.data.amount });
    case 'MethodsTransferred': {
      const { from, to, amount } = movement.data;
      return moved('transfer', { method: to.method, amount }, { method: from.method, amount: -amount });
    }
    case 'TransferSent':
      return moved('transfer', { method: movement.data.from.method, amount: -movement.data.amount });
    case 'TransferReceived':
      return moved('transfer', { method: movement.data.to.method, amount: movement.data.amount });
    case 'OverpaymentExplained':
      return { ...NOTHING, gap: -movement.data.amount, overpayment: movement.data.amount };
    case 'CreditRepaid':
      return {
        ...moved('credit-repayment', ...movement.data.payments),
        overpayment: movement.data.overpayment ?? 0,
      };
    case 'VoucherSold':
      return ofVoucher('voucher-sale', movement.data, 1, movement.data.salesCount);
    case 'VoucherRefunded':
      return ofVoucher('voucher-refund', movement.data, -1, 0);
    case 'OpeningCounted':
      return moved(
        'opening-difference',
        ...movement.data.counts.map(({ method, difference }) => ({ method, amount: difference })),
      );
    case 'ZTicketChecked':
    case 'DepositConfirmed':
    case 'VoucherExpired':
      return NOTHING;
    default:
      return unreachable(movement);
  }
}

type Taxed = {
  readonly kind: string;
  readonly amount: number;
  readonly category?: string | undefined;
  readonly vatRate?: number | undefined;
  readonly net?: number | undefined;
  readonly vat?: number | undefined;
};

const isSinglePurpose = ({ kind }: { readonly kind: string }) => kind === 'single-purpose';

/** A single-purpose voucher is turnover when it is sold (CGI 256 ter). */
function lineOf({ category = '', vatRate = 0, net = 0, vat = 0 }: Taxed, sign: 1 | -1): Line {
  return { category, vatRate, net: sign * net, vat: sign * vat };
}

function multiPurpose(sold: readonly { readonly kind: string; readonly amount: number }[]): number {
  return sold.reduce((sum, voucher) => (isSinglePurpose(voucher) ? sum : sum + voucher.amount), 0);
}

function ofSale(sale: SaleRecorded['data']): Contribution {
  const sold = sale.vouchersSold ?? [];
  const lines: readonly Line[] =
    sold.length === 0
      ? sale.lines
      : [...sale.lines, ...sold.filter(isSinglePurpose).map((one) => lineOf(one, 1))];
  return {
    kind: 'sale',
    paid: sale.payments,
    lines,
    byMethod: turnoverByMethod(sale.payments, lines, 0),
    salesCount: sale.salesCount,
    customersCount: sale.customers ?? 0,
    gap: 0,
    overpayment: sale.overpayment ?? 0,
    vouchersSold: multiPurpose(sold),
  };
}

function ofZTicket(z: ZTicketRecorded['data']): Contribution {
  const lines = [...z.categories, ...z.refunds];
  return {
    kind: 'z-ticket',
    paid: z.payments,
    lines,
    byMethod: turnoverByMethod(z.payments, lines, z.gap),
    salesCount: z.salesCount,
    customersCount: z.customersCount ?? 0,
    gap: z.gap,
    overpayment: z.overpayment ?? 0,
    vouchersSold: multiPurpose(z.vouchersSold),
  };
}

function ofVoucher(
  kind: Kind,
  voucher: Taxed & { readonly payments: readonly RecordedPayment[] },
  sign: 1 | -1,
  salesCount: number,
): Contribution {
  const paid = voucher.payments.map((payment) => ({ ...payment, amount: sign * payment.amount }));
  if (!isSinglePurpose(voucher)) {
    return { ...moved(kind, ...paid), vouchersSold: sign * voucher.amount, salesCount };
  }
  const lines = [lineOf(voucher, sign)];
  return { ...moved(kind, ...paid), lines, byMethod: turnoverByMethod(paid, lines, 0), salesCount };
}

/**
 * A document's turnover by means of payment, so that this pivot and the one by category have the same total. What a
 * single-purpose voucher pays was turnover before. What was paid for something else (multi-purpose vouchers sold,
 * overpayment) is taken off the largest payments first; a shortfall is added to the largest. The gap of a Z-ticket
 * stands under `-`, because nobody knows yet how it was paid.
 */
export function turnoverByMethod(
  payments: readonly (Paid & { readonly voucherKind?: string | undefined })[],
  lines: readonly Line[],
  gap: number,
): Paid[] {
  let turnover = 0;
  for (const { net, vat } of lines) turnover += net + vat;
  const only = payments[0];
  if (
    payments.length === 1 &&
    only &&
    gap === 0 &&
    only.amount === turnover &&
    only.voucherKind !== 'single-purpose'
  ) {
    return turnover === 0 ? [] : [{ method: only.method, amount: turnover }];
  }
  const sums: Record<string, number> = {};
  let paid = 0;
  for (const { method, amount, voucherKind } of payments) {
    if (voucherKind === 'single-purpose') continue;
    addTo(sums, method, amount);
    paid += amount;
  }
  const rows = Object.entries(sums).map(([method, amount]) => ({ method, amount }));
  takeOff(rows, paid - turnover - gap);
  if (gap !== 0) rows.push({ method: '-', amount: -gap });
  return rows.filter(({ amount }) => amount !== 0);
}

/** Takes what is not turnover off the rows of its own sign, the largest first; what is left changes the largest. */
function takeOff(rows: { method: string; amount: number }[], excess: number): void {
  if (excess === 0) return;
  rows.sort(
    (left, right) => Math.abs(right.amount) - Math.abs(left.amount) || (left.method < right.method ? -1 : 1),
  );
  let left = excess;
  for (const row of rows) {
    if (row.amount > 0 !== left > 0 || left === 0) continue;
    const part = Math.abs(row.amount) < Math.abs(left) ? row.amount : left;
    row.amount -= part;
    left -= part;
  }
  if (left === 0) return;
  const [largest] = rows;
  if (largest) largest.amount -= left;
  else rows.push({ method: '-', amount: -left });
}

/**
 * How a movement enters figures: as it is; reversed, as a movement of its own that counts as a refund (the view as
 * recorded); or undone, so that the original leaves no trace (the view as corrected).
 */
type Manner = 'plain' | 'reversed' | 'undone';

/** A set of figures that is being added to; its records are its own copies. */
class Sum {
  private readonly methods: Record<string, InOut>;
  private readonly kinds: Record<string, InOut>;
  private readonly turnover: Record<string, TurnoverFigure>;
  private readonly byMethod: Record<string, number>;
  private expenses: Figures['expenses'];

  constructor(private readonly figures: Figures) {
    this.methods = { ...figures.methods };
    this.kinds = { ...figures.kinds };
    this.turnover = { ...figures.turnover };
    this.byMethod = { ...figures.byMethod };
    this.expenses = figures.expenses;
  }

  /** From postings, so that balances need no knowledge of event types. */
  addPosting(method: string, amount: number, manner: Manner): void {
    // The postings of a reversal are negated already; undone, they shrink the column that the original filled.
    addInOut(this.methods, method, manner === 'undone' ? -amount : amount, manner === 'undone' ? -1 : 1);
  }

  removePosting(method: string, amount: number, manner: Manner): void {
    addInOut(this.methods, method, manner === 'undone' ? -amount : amount, manner === 'undone' ? 1 : -1);
  }

  addKind(kind: Kind, method: string, amount: number, manner: Manner): void {
    addInOut(
      this.kinds,
      `${kind}/${method}`,
      manner === 'reversed' ? -amount : amount,
      manner === 'undone' ? -1 : 1,
    );
  }

  addLine({ category, vatRate, net, vat }: Line, manner: Manner): void {
    if (net === 0 && vat === 0) return;
    const sign = manner === 'plain' ? 1 : -1;
    const key = `${category}/${vatRate}`;
    const old = own(this.turnover, key);
    const gross = net + vat;
    const refund = manner === 'reversed' ? Math.max(0, gross) : sign * Math.max(0, -gross);
    this.turnover[key] = {
      net: (old?.net ?? 0) + sign * net,
      vat: (old?.vat ?? 0) + sign * vat,
      refunds: (old?.refunds ?? 0) + refund,
    };
  }

  addTurnoverOfMethod(method: string, amount: number, manner: Manner): void {
    addTo(this.byMethod, method, manner === 'plain' ? amount : -amount);
  }

  addExpense({ category, vatRate, net, vat }: Line, manner: Manner): void {
    const sign = manner === 'plain' ? 1 : -1;
    const key = `${category}/${vatRate}`;
    const old = own(this.expenses, key);
    const next = { net: (old?.net ?? 0) + sign * net, vat: (old?.vat ?? 0) + sign * vat };
    this.expenses = { ...this.expenses, [key]: next };
  }

  total(contribution: Contribution, manner: Manner): Figures {
    const sign = manner === 'plain' ? 1 : -1;
    return {
      methods: this.methods,
      kinds: this.kinds,
      turnover: this.turnover,
      byMethod: this.byMethod,
      expenses: this.expenses,
      salesCount: this.figures.salesCount + sign * contribution.salesCount,
      customersCount: this.figures.customersCount + sign * contribution.customersCount,
      gap: this.figures.gap + sign * contribution.gap,
      overpayment: this.figures.overpayment + sign * contribution.overpayment,
      vouchersSold: this.figures.vouchersSold + sign * contribution.vouchersSold,
    };
  }
}

function addInOut(record: Record<string, InOut>, key: string, amount: number, sign: 1 | -1): void {
  if (amount === 0) return;
  const old = own(record, key);
  record[key] = {
    in: (old?.in ?? 0) + (amount > 0 ? sign * amount : 0),
    out: (old?.out ?? 0) - (amount < 0 ? sign * amount : 0),
  };
}

/** The movement that an event records or reverses; null for any other event. */
export function movementOf(event: RecordedEvent): MovementFacts | null {
  if (event.type === 'MovementReversed') return event.data.original;
  return isMovementType(event.type) ? (event as MovementFacts) : null;
}

/** The two ways to look at corrections (mission.md, *Corrections*). */
export type View = 'recorded' | 'corrected';

/** Figures with one more movement, or its reversal; any other event leaves them as they are. */
export function withMovement(figures: Figures, event: RecordedEvent, view: View): Figures {
  const movement = movementOf(event);
  if (!movement) return figures;
  const manner = mannerOf(event, view);
  const sum = new Sum(figures);
  const contribution = rememberedContribution(movement);
  for (const { account, amount } of event.postings ?? []) {
    const means = readTillAccount(account);
    if (means) sum.addPosting(means.method, amount, manner);
  }
  addContribution(sum, contribution, manner);
  for (const { method, amount } of event.correction?.givenBack ?? []) {
    if (view === 'recorded') sum.addKind('given-back', method, amount, 'plain');
    else sum.removePosting(method, amount, manner);
  }
  return sum.total(contribution, manner);
}

let remembered: { readonly movement: MovementFacts; readonly contribution: Contribution } | null = null;

/** A movement enters the day and the month, in each view: what was worked out last is often asked for again. */
function rememberedContribution(movement: MovementFacts): Contribution {
  if (remembered?.movement === movement) return remembered.contribution;
  const contribution = contributionOf(movement);
  remembered = { movement, contribution };
  return contribution;
}

function mannerOf({ type }: RecordedEvent, view: View): Manner {
  if (type !== 'MovementReversed') return 'plain';
  return view === 'recorded' ? 'reversed' : 'undone';
}

function addContribution(
  sum: Sum,
  { kind, paid, lines, byMethod, expense }: Contribution,
  manner: Manner,
): void {
  if (kind) for (const { method, amount } of paid) sum.addKind(kind, method, amount, manner);
  for (const line of lines) sum.addLine(line, manner);
  for (const { method, amount } of byMethod) sum.addTurnoverOfMethod(method, amount, manner);
  if (expense) sum.addExpense(expense, manner);
}
