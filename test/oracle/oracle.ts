import type { RecordedEvent } from '../../projections/projection';

/**
 * What a ledger's events add up to, worked out a second time: slowly, from the facts of the events and the rules of
 * the cash book alone. It uses neither the stored postings nor any fold of the service, so that the two can be
 * compared.
 */
export type Oracle = {
  /** Balance per till and method. */
  readonly tills: Record<string, Record<string, number>>;
  readonly days: {
    readonly recorded: Record<string, OracleDay>;
    readonly corrected: Record<string, OracleDay>;
  };
  /** The books of the company, per view: every day from the first one to the last on which a till has anything. */
  readonly books: { readonly recorded: OracleBooks; readonly corrected: OracleBooks };
  readonly journals: Record<string, OracleLine[]>;
  readonly customers: Record<
    string,
    { balance: number; rows: { sequence: number; date: string; amount: number }[] }
  >;
  readonly vouchers: Record<string, { multiPurpose: number; singlePurpose: number }>;
  /** Still on its way to the bank, per deposit. */
  readonly deposits: Record<string, number>;
  /** Turnover per month of the company. */
  readonly months: { readonly recorded: Record<string, number>; readonly corrected: Record<string, number> };
};

export type OracleMethod = {
  opening: number;
  in: number;
  out: number;
  theoretical: number;
  counted: number | null;
  difference: number | null;
  closing: number;
};

/** What all tills held, per method. */
export type OracleBooks = {
  readonly firstDay: string;
  readonly lastDay: string;
  readonly days: Record<string, Record<string, OracleFlow>>;
};

export type OracleFlow = { opening: number; in: number; out: number; closing: number };

export type OracleDay = {
  readonly methods: Record<string, OracleMethod>;
  readonly turnover: { gross: number; net: number; vat: number };
  readonly byCategory: Record<string, number>;
  readonly byMethod: Record<string, number>;
  readonly real: Record<string, number>;
  readonly absolute: Record<string, number>;
  salesCount: number;
  customersCount: number;
  gap: number;
  overpayment: number;
};

export type OracleLine = {
  readonly number: number;
  readonly sequence: number;
  readonly date: string;
  readonly method: string;
  readonly amount: number;
  readonly balance: number | null;
};

type Move = {
  readonly place: 'till' | 'customer' | 'voucher' | 'memo';
  readonly name: string;
  readonly amount: number;
};
type Line = {
  readonly category: string;
  readonly vatRate: number;
  readonly net: number;
  readonly vat: number;
};
type Pay = { method: string; amount: number; customer?: string; voucher?: string; voucherKind?: string };

/** One movement in plain words: where money went, what was turned over. */
type Facts = {
  /** In order. `till` names a method; the rest a customer or a voucher. */
  moves: Move[];
  /** Payments that move no till, as the journal lists them. */
  others: { method: string; amount: number }[];
  lines: Line[];
  /** All payments of a document of turnover, as signed amounts. */
  payments: Pay[];
  isSale: boolean;
  listsItself: boolean;
  salesCount: number;
  customersCount: number;
  gap: number;
  overpayment: number;
  transit: [string, number][];
};

/** Works everything out. Events are those of one ledger, in order. */
export function oracle(events: readonly RecordedEvent[]): Oracle {
  const tills = tillBalances(events);
  const recorded = daysOf(events, recordedContributions(events), 'recorded');
  const corrected = daysOf(events, correctedContributions(events), 'corrected');
  return {
    tills,
    days: { recorded, corrected },
    books: {
      recorded: booksOf(events, recorded, 'recorded'),
      corrected: booksOf(events, corrected, 'corrected'),
    },
    journals: sealedNumbersMustAgree(events, journalsOf(events)),
    customers: customersOf(events),
    vouchers: vouchersOf(events),
    deposits: depositsOf(events),
    months: { recorded: monthsOf(recorded), corrected: monthsOf(corrected) },
  };
}

type Sold = Line & { readonly voucher: string; readonly kind: string; readonly amount: number };

/** The members of all movements' data; each type has its own of them. */
type Data = Sold & {
  readonly payments: Pay[];
  readonly lines: Line[];
  readonly categories: Line[];
  readonly refunds: Line[];
  readonly vouchersSold?: Sold[];
  readonly salesCount: number;
  readonly customers?: number;
  readonly customersCount?: number;
  readonly gap: number;
  readonly overpayment?: number;
  readonly method: string;
  readonly gross: number;
  readonly deposit: string;
  readonly fees: number;
  readonly writtenOff: number;
  readonly from: { readonly method: string };
  readonly to: { readonly method: string };
  readonly customer?: string;
  readonly counts: { readonly method: string; readonly difference: number }[];
};

type Movement = { readonly type: string; readonly data: Data };

function factsOf({ type, data: d }: Movement): Facts | null {
  const none: Facts = {
    moves: [],
    others: [],
    lines: [],
    payments: [],
    isSale: false,
    listsItself: false,
    salesCount: 0,
    customersCount: 0,
    gap: 0,
    overpayment: 0,
    transit: [],
  };
  const till = (method: string, amount: number): Move => ({ place: 'till', name: method, amount });
  const isDocument = { listsItself: true };
  const paid = (payments: Pay[], sign: number) => ({
    moves: payments.map((pay) => moveOf(pay, sign)),
    others: payments
      .filter((pay) => pay.customer !== undefined || pay.voucher !== undefined)
      .map(({ method, amount }) => ({ method, amount: sign * amount })),
    payments: payments.map((pay) => ({ ...pay, amount: sign * pay.amount })),
  });
  const voucherSold = (sold: Sold, sign: number): Move => ({
    place: sold.kind === 'multi-purpose' ? 'voucher' : 'memo',
    name: sold.voucher,
    amount: sign * sold.amount,
  });
  const voucherLines = (sold: Sold, sign: number): Line[] =>
    sold.kind === 'multi-purpose'
      ? []
      : [{ category: sold.category, vatRate: sold.vatRate, net: sign * sold.net, vat: sign * sold.vat }];
  switch (type) {
    case 'SaleRecorded': {
      const sold = d.vouchersSold ?? [];
      const money = paid(d.payments, 1);
      return {
        ...none,
        ...money,
        ...isDocument,
        moves: [...money.moves, ...sold.map((one) => voucherSold(one, 1))],
        lines: [...d.lines, ...sold.flatMap((one) => voucherLines(one, 1))],
        isSale: true,
        salesCount: d.salesCount,
        customersCount: d.customers ?? 0,
        overpayment: d.overpayment ?? 0,
      };
    }
    case 'ZTicketRecorded': {
      const money = paid(d.payments, 1);
      return {
        ...none,
        ...money,
        ...isDocument,
        moves: [...money.moves, ...(d.vouchersSold ?? []).map((one) => voucherSold(one, 1))],
        lines: [...d.categories, ...d.refunds],
        isSale: true,
        salesCount: d.salesCount,
        customersCount: d.customersCount ?? 0,
        gap: d.gap,
        overpayment: d.overpayment ?? 0,
      };
    }
    case 'ZTicketChecked':
      return none;
    case 'ExpensePaid':
      return { ...none, moves: [till(d.method, -d.gross)] };
    case 'DepositMade':
      return { ...none, moves: [till(d.method, -d.amount)], transit: [[d.deposit, d.amount]] };
    case 'DepositConfirmed':
      return { ...none, transit: [[d.deposit, -(d.amount + d.fees + d.writtenOff)]] };
    case 'CashPutIn':
      return { ...none, moves: [till(d.method, d.amount)] };
    case 'CashTakenOut':
      return { ...none, moves: [till(d.method, -d.amount)] };
    case 'MethodsTransferred':
      return { ...none, moves: [till(d.from.method, -d.amount), till(d.to.method, d.amount)] };
    case 'TransferSent':
      return { ...none, moves: [till(d.from.method, -d.amount)] };
    case 'TransferReceived':
      return { ...none, moves: [till(d.to.method, d.amount)] };
    case 'OverpaymentExplained':
      return { ...none, gap: -d.amount, overpayment: d.amount };
    case 'CreditRepaid': {
      const money = paid(d.payments, 1);
      const total = d.payments.reduce((sum, pay) => sum + pay.amount, 0);
      const owed: Move = {
        place: 'customer',
        name: d.customer ?? '-',
        amount: -(total - (d.overpayment ?? 0)),
      };
      return {
        ...none,
        ...money,
        ...isDocument,
        moves: [...money.moves, owed],
        overpayment: d.overpayment ?? 0,
      };
    }
    case 'VoucherSold': {
      const money = paid(d.payments, 1);
      return {
        ...none,
        ...money,
        ...isDocument,
        moves: [...money.moves, voucherSold(d, 1)],
        lines: voucherLines(d, 1),
        isSale: d.kind === 'single-purpose',
        salesCount: d.salesCount,
      };
    }
    case 'VoucherRefunded': {
      const money = paid(d.payments, -1);
      return {
        ...none,
        ...money,
        ...isDocument,
        moves: [...money.moves, voucherSold(d, -1)],
        lines: voucherLines(d, -1),
        isSale: d.kind === 'single-purpose',
      };
    }
    case 'VoucherExpired':
      return { ...none, moves: [voucherSold(d, -1)] };
    case 'OpeningCounted':
      return { ...none, moves: d.counts.map((count) => till(count.method, count.difference)) };
    default:
      return null;
  }
}

/** A payment by an ordinary method fills the till, on credit it is owed, by voucher the voucher holds less. */
function moveOf(pay: Pay, sign: number): Move {
  if (pay.customer !== undefined) return { place: 'customer', name: pay.customer, amount: sign * pay.amount };
  if (pay.voucher === undefined) return { place: 'till', name: pay.method, amount: sign * pay.amount };
  return {
    place: pay.voucherKind === 'single-purpose' ? 'memo' : 'voucher',
    name: pay.voucher,
    amount: -sign * pay.amount,
  };
}

function negated(facts: Facts): Facts {
  const minus = <Row extends { amount: number }>(rows: Row[]) =>
    rows.map((row) => ({ ...row, amount: -row.amount }));
  return {
    ...facts,
    moves: minus(facts.moves),
    others: minus(facts.others),
    payments: minus(facts.payments),
    lines: facts.lines.map((line) => ({ ...line, net: -line.net, vat: -line.vat })),
    salesCount: -facts.salesCount,
    customersCount: -facts.customersCount,
    gap: -facts.gap,
    overpayment: -facts.overpayment,
    transit: facts.transit.map(([deposit, amount]) => [deposit, -amount]),
  };
}

/** What an event did when it was recorded, given-back amounts included. */
function effectOf(event: RecordedEvent): Facts | null {
  const isReversal = event.type === 'MovementReversed';
  const movement = (isReversal ? event.data.original : event) as unknown as Movement;
  const facts = factsOf(movement);
  if (!facts) return null;
  const effect = isReversal ? negated(facts) : facts;
  const givenBack = (event.correction?.givenBack ?? []).map(({ method, amount }): Move => ({
    place: 'till',
    name: method,
    amount,
  }));
  return { ...effect, moves: [...effect.moves, ...givenBack] };
}

function add(record: Record<string, number>, key: string, amount: number): void {
  record[key] = (Object.hasOwn(record, key) ? (record[key] as number) : 0) + amount;
}

function tillBalances(events: readonly RecordedEvent[]): Oracle['tills'] {
  const tills: Oracle['tills'] = emptyRecord();
  for (const event of events) {
    if (event.till === undefined) continue;
    const till = (tills[event.till] ??= {});
    if (event.type === 'TillOpened')
      for (const { method, amount } of event.data.opening) add(till, method, amount);
    if (event.type === 'DayClosed')
      for (const { method, difference } of event.data.methods) add(till, method, difference);
    for (const move of effectOf(event)?.moves ?? [])
      if (move.place === 'till') add(till, move.name, move.amount);
  }
  return tills;
}

type Contribution = { readonly key: string; readonly facts: Facts };

function recordedContributions(events: readonly RecordedEvent[]): Contribution[] {
  return events.flatMap((event) => {
    const facts = effectOf(event);
    if (!facts || event.till === undefined || event.businessDate === undefined) return [];
    return [{ key: `${event.till}/${event.businessDate}`, facts }];
  });
}

/** As corrected: what was taken back never was, and what replaces it was there from the start. */
function correctedContributions(events: readonly RecordedEvent[]): Contribution[] {
  const takenBack = new Set<number>();
  for (const event of events) {
    if (event.type === 'MovementReversed' && event.correction?.corrects)
      takenBack.add(event.correction.corrects.sequence);
  }
  return events.flatMap((event) => {
    if (event.type === 'MovementReversed' || takenBack.has(event.sequence)) return [];
    const facts = factsOf(event as unknown as Movement);
    const date = event.correction?.restates.businessDate ?? event.businessDate;
    if (!facts || event.till === undefined || date === undefined) return [];
    return [{ key: `${event.till}/${date}`, facts }];
  });
}

/** A record without a prototype: `constructor` is a valid code of a method. */
function emptyRecord<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

function emptyDay(): OracleDay {
  return {
    methods: emptyRecord(),
    turnover: { gross: 0, net: 0, vat: 0 },
    byCategory: {},
    byMethod: {},
    real: {},
    absolute: {},
    salesCount: 0,
    customersCount: 0,
    gap: 0,
    overpayment: 0,
  };
}

function daysOf(
  events: readonly RecordedEvent[],
  contributions: readonly Contribution[],
  view: 'recorded' | 'corrected',
): Record<string, OracleDay> {
  const days: Record<string, OracleDay> = {};
  const dayAt = (key: string) => (days[key] ??= emptyDay());
  for (const event of events) {
    if (event.till !== undefined && event.businessDate !== undefined)
      dayAt(`${event.till}/${event.businessDate}`);
    const restates = event.correction?.restates;
    if (restates && event.till !== undefined) dayAt(`${event.till}/${restates.businessDate}`);
  }
  for (const { key, facts } of contributions) addFacts(dayAt(key), facts);
  for (const till of new Set(Object.keys(days).map((key) => key.split('/')[0] as string))) {
    carryBalances(events, days, till, view);
  }
  return days;
}

function addFacts(day: OracleDay, facts: Facts): void {
  for (const { place, name, amount } of facts.moves) {
    if (place !== 'till') continue;
    const method = (day.methods[name] ??= emptyMethod());
    if (amount > 0) method.in += amount;
    else method.out -= amount;
  }
  for (const { category, vatRate, net, vat } of facts.lines) {
    const gross = net + vat;
    day.turnover.gross += gross;
    day.turnover.net += net;
    day.turnover.vat += vat;
    add(day.byCategory, `${category}/${vatRate}`, gross);
    add(day.real, String(vatRate), gross);
    add(day.absolute, String(vatRate), Math.abs(gross));
  }
  if (facts.isSale) for (const [method, amount] of turnoverByMethod(facts)) add(day.byMethod, method, amount);
  day.salesCount += facts.salesCount;
  day.customersCount += facts.customersCount;
  day.gap += facts.gap;
  day.overpayment += facts.overpayment;
}

/** One cent at a time: what is not turnover leaves the largest payment that it can be taken from. */
function turnoverByMethod({ payments, lines, gap }: Facts): [string, number][] {
  const sums: Record<string, number> = {};
  for (const pay of payments) if (pay.voucherKind !== 'single-purpose') add(sums, pay.method, pay.amount);
  const turnover = lines.reduce((total, { net, vat }) => total + net + vat, 0);
  let excess = Object.values(sums).reduce((total, amount) => total + amount, 0) - turnover - gap;
  const order = Object.keys(sums).sort(
    (left, right) =>
      Math.abs(sums[right] as number) - Math.abs(sums[left] as number) || (left < right ? -1 : 1),
  );
  for (const method of order) {
    while (excess !== 0 && Math.sign(sums[method] as number) === Math.sign(excess)) {
      const step = Math.sign(excess) * Math.min(Math.abs(excess), Math.abs(sums[method] as number));
      add(sums, method, -step);
      excess -= step;
    }
  }
  if (excess !== 0) add(sums, order[0] ?? '-', -excess);
  if (gap !== 0) add(sums, '-', -gap);
  return Object.entries(sums);
}

function emptyMethod(): OracleMethod {
  return { opening: 0, in: 0, out: 0, theoretical: 0, counted: null, difference: null, closing: 0 };
}

/** Day after day: a closed day leaves what was counted, any other day what should be there. */
function carryBalances(
  events: readonly RecordedEvent[],
  days: Record<string, OracleDay>,
  till: string,
  view: 'recorded' | 'corrected',
): void {
  const balances: Record<string, number> = {};
  const begins = beginningOf(events, till, view);
  const keys = Object.keys(days).filter((key) => key.startsWith(`${till}/`));
  let isBegun = false;
  for (const key of keys.sort()) {
    const date = key.slice(till.length + 1);
    const day = days[key] as OracleDay;
    if (!isBegun && date >= begins) {
      isBegun = true;
      for (const { method, amount } of floatOf(events, till)) add(balances, method, amount);
    }
    const closed = closureOf(events, till, date);
    carryDay(day, balances, countsOf(events, till, date, closed), closed !== undefined);
    if (closed && view === 'recorded') sealedMustAgree(closed, day, key);
  }
}

function floatOf(events: readonly RecordedEvent[], till: string) {
  return events.flatMap((event) =>
    event.type === 'TillOpened' && event.till === till ? event.data.opening : [],
  );
}

/** A till is there from the day on which it is opened, or from an earlier one that something of it is about. */
function beginningOf(events: readonly RecordedEvent[], till: string, view: 'recorded' | 'corrected'): string {
  const dates = events
    .filter((event) => event.till === till)
    .flatMap((event) => {
      // Histories are recorded in daylight, when the date in Paris is the one in UTC.
      if (event.type === 'TillOpened') return [event.recordedAt.slice(0, 10)];
      const restated = view === 'corrected' ? event.correction?.restates.businessDate : undefined;
      return [event.businessDate ?? '9999-12-31', restated ?? '9999-12-31'];
    });
  return dates.sort()[0] as string;
}

/**
 * The company's days one after the other, what every till holds carried along. A day opens with what was there the
 * evening before. On the first day of all that is what the tills then have in them; what a till has in it that begins
 * later comes in on its day.
 */
function booksOf(
  events: readonly RecordedEvent[],
  days: Record<string, OracleDay>,
  view: 'recorded' | 'corrected',
): OracleBooks {
  const tills = [...new Set(events.flatMap((event) => event.till ?? []))];
  const opened = events.flatMap((event) => (event.type === 'TillOpened' ? [event] : []));
  const founded = opened.map(({ recordedAt }) => recordedAt).sort()[0];
  const founding = new Set(opened.filter((event) => event.recordedAt === founded).map(({ till }) => till));
  const own = tills.map((till) => beginningOf(events, till, view));
  const firstDay = [...own].sort()[0] as string;
  const beginnings = tills.map(
    (till, index) => [till, founding.has(till) ? firstDay : (own[index] as string)] as const,
  );
  const dates = [...Object.keys(days).map((key) => key.slice(key.indexOf('/') + 1)), firstDay].sort();
  const lastDay = [...dates, ...beginnings.map(([, day]) => day)].sort().at(-1) as string;
  const held: Record<string, number> = emptyRecord();
  for (const [till, begins] of beginnings) {
    if (begins !== firstDay) continue;
    for (const { method, amount } of floatOf(events, till)) add(held, method, amount);
  }
  const found: OracleBooks = { firstDay, lastDay, days: {} };
  for (let date = firstDay; date <= lastDay; date = nextDay(date)) {
    const flows: Record<string, OracleFlow> = emptyRecord();
    const flowOf = (method: string) => (flows[method] ??= { opening: 0, in: 0, out: 0, closing: 0 });
    for (const [method, amount] of Object.entries(held)) flowOf(method).opening = amount;
    for (const [till, begins] of beginnings) {
      if (begins === date && begins !== firstDay)
        for (const { method, amount } of floatOf(events, till)) flowOf(method).in += amount;
      const day = days[`${till}/${date}`];
      for (const [method, own] of Object.entries(day?.methods ?? {})) {
        flowOf(method).in += own.in;
        flowOf(method).out += own.out;
        flowOf(method).closing += own.closing - own.theoretical;
      }
    }
    for (const [method, flow] of Object.entries(flows)) {
      flow.closing += flow.opening + flow.in - flow.out;
      held[method] = flow.closing;
    }
    found.days[date] = flows;
  }
  return found;
}

function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

type Closed = Extract<RecordedEvent, { type: 'DayClosed' }>;

function closureOf(events: readonly RecordedEvent[], till: string, date: string): Closed | undefined {
  return events.find(
    (event): event is Closed =>
      event.type === 'DayClosed' && event.till === till && event.businessDate === date,
  );
}

function carryDay(
  day: OracleDay,
  balances: Record<string, number>,
  counts: Record<string, number>,
  isClosed: boolean,
): void {
  for (const method of [...Object.keys(balances), ...Object.keys(counts)])
    day.methods[method] ??= emptyMethod();
  for (const [method, figures] of Object.entries(day.methods)) {
    figures.opening = Object.hasOwn(balances, method) ? (balances[method] as number) : 0;
    figures.theoretical = figures.opening + figures.in - figures.out;
    figures.counted = Object.hasOwn(counts, method) ? (counts[method] as number) : null;
    figures.difference = figures.counted === null ? null : figures.counted - figures.theoretical;
    figures.closing = isClosed && figures.counted !== null ? figures.counted : figures.theoretical;
    balances[method] = figures.closing;
  }
}

/** What a closure sealed must be what its day adds up to; a ledger that sealed anything else is wrong by itself. */
function sealedMustAgree({ data }: Closed, day: OracleDay, key: string): void {
  const { turnover, salesCount, customersCount, gap, period } = data;
  for (const { method, ...sealed } of data.methods) {
    const { closing: _, ...found } = day.methods[method] ?? emptyMethod();
    const difference = found.difference ?? 0;
    mustBeSame(`${key} ${method}`, { ...sealed, counted: sealed.counted ?? null }, { ...found, difference });
  }
  mustBeSame(key, { ...turnover, salesCount, customersCount, gap }, { ...day.turnover, ...countsOfDay(day) });
  for (const { vatRate, real, absolute } of period) {
    const found = { real: day.real[vatRate] ?? 0, absolute: day.absolute[vatRate] ?? 0 };
    mustBeSame(`${key} at ${vatRate}`, { real, absolute }, found);
  }
}

function countsOfDay({ salesCount, customersCount, gap }: OracleDay): Record<string, number> {
  return { salesCount, customersCount, gap };
}

function mustBeSame(what: string, sealed: object, found: object): void {
  const text = (figures: object) =>
    JSON.stringify(Object.entries(figures).sort(([left], [right]) => (left < right ? -1 : 1)));
  if (text(sealed) !== text(found)) throw new Error(`${what} sealed ${text(sealed)}, it is ${text(found)}`);
}

function countsOf(
  events: readonly RecordedEvent[],
  till: string,
  date: string,
  closed: RecordedEvent | undefined,
): Record<string, number> {
  const counts: Record<string, number> = {};
  if (closed?.type === 'DayClosed') {
    for (const { method, counted } of closed.data.methods)
      if (counted !== undefined) counts[method] = counted;
    return counts;
  }
  const counted = countedMethods(events, date);
  for (const event of events) {
    if (event.type !== 'TillCounted' || event.till !== till || event.businessDate !== date) continue;
    for (const { method, amount } of event.data.counts) if (counted(method)) counts[method] = amount;
  }
  return counts;
}

/** Cash is counted unless the settings of the day say otherwise; another method if they say so. */
function countedMethods(events: readonly RecordedEvent[], date: string): (method: string) => boolean {
  let from = '';
  let methods: readonly { code: string; kind: string; counted?: boolean | undefined }[] = [];
  for (const event of events) {
    if (event.type !== 'SettingsChanged' || event.data.part !== 'methods') continue;
    if (event.data.effectiveFrom > date || event.data.effectiveFrom < from) continue;
    from = event.data.effectiveFrom;
    methods = event.data.value;
  }
  return (code) => {
    const method = methods.find((one) => one.code === code);
    return method ? (method.counted ?? method.kind === 'cash') : true;
  };
}

function journalsOf(events: readonly RecordedEvent[]): Oracle['journals'] {
  const journals: Oracle['journals'] = {};
  const tills = new Set(events.flatMap((event) => event.till ?? []));
  for (const till of tills) journals[till] = journalOf(events, till);
  return journals;
}

function journalOf(events: readonly RecordedEvent[], till: string): OracleLine[] {
  const balances: Record<string, number> = {};
  for (const { method, amount } of floatOf(events, till)) add(balances, method, amount);
  const ofTill = events
    .filter((event) => event.till === till && event.businessDate !== undefined)
    .sort((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1));
  const lines: OracleLine[] = [];
  for (const group of groupsByEntry(ofTill)) {
    const rows = group.flatMap((event) => rowsOf(event).map((row) => ({ event, ...row })));
    for (const { event, method, amount, onTill } of [
      ...rows.filter((row) => row.amount >= 0),
      ...rows.filter((row) => row.amount < 0),
    ]) {
      if (onTill) add(balances, method, amount);
      lines.push({
        number: lines.length + 1,
        sequence: event.sequence,
        date: event.businessDate as string,
        method,
        amount,
        balance: onTill ? (balances[method] as number) : null,
      });
    }
  }
  return lines;
}

/** The order numbers that closures sealed are those of the days' lines. */
function sealedNumbersMustAgree(
  events: readonly RecordedEvent[],
  journals: Oracle['journals'],
): Oracle['journals'] {
  for (const event of events) {
    if (event.type !== 'DayClosed') continue;
    const lines = (journals[event.till as string] ?? []).filter(({ date }) => date === event.businessDate);
    const { first, last } = event.data.journal;
    const isSame =
      lines.length === 0 ? first === last + 1 : lines[0]?.number === first && lines.at(-1)?.number === last;
    if (!isSame) throw new Error(`closure ${event.sequence} sealed lines ${first} to ${last}`);
  }
  return journals;
}

function orderOf(event: RecordedEvent): string {
  const isFirst = event.type === 'ZTicketRecorded' && event.data.listedFirst === true;
  return `${event.businessDate as string} ${isFirst ? 0 : 1} ${String(event.tillSequence).padStart(12, '0')}`;
}

function groupsByEntry(events: readonly RecordedEvent[]): RecordedEvent[][] {
  const groups: RecordedEvent[][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    const isSame =
      event.entry && before?.entry?.id === event.entry.id && before.businessDate === event.businessDate;
    if (last && isSame) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

type Row = { readonly method: string; readonly amount: number; readonly onTill: boolean };

function rowsOf(event: RecordedEvent): Row[] {
  if (event.type === 'DayClosed') {
    return event.data.methods
      .filter(({ difference }) => difference !== 0)
      .map(({ method, difference }) => ({ method, amount: difference, onTill: true }));
  }
  const isReversal = event.type === 'MovementReversed';
  const movement = (isReversal ? event.data.original : event) as unknown as Movement;
  const own = factsOf(movement);
  if (!own) return [];
  const facts = isReversal ? negated(own) : own;
  const givenBack = event.correction?.givenBack ?? [];
  const rows: Row[] = [
    ...mergedBySign(
      facts.moves
        .filter(({ place }) => place === 'till')
        .map(({ name, amount }) => ({ method: name, amount })),
    ),
    ...mergedBySign(givenBack),
    ...facts.others.map((row) => ({ ...row, onTill: false })),
  ];
  return rows.length === 0 && own.listsItself ? [{ method: '', amount: 0, onTill: false }] : rows;
}

/** What comes in and what goes out of a method stay apart; two payments in cash are one line. */
function mergedBySign(moves: readonly { readonly method: string; readonly amount: number }[]): Row[] {
  const rows = new Map<string, { method: string; amount: number; onTill: true }>();
  for (const { method, amount } of moves) {
    if (amount === 0) continue;
    const key = `${method} ${amount > 0 ? '+' : '-'}`;
    const known = rows.get(key);
    if (known) known.amount += amount;
    else rows.set(key, { method, amount, onTill: true });
  }
  return [...rows.values()];
}

function customersOf(events: readonly RecordedEvent[]): Oracle['customers'] {
  const customers: Oracle['customers'] = {};
  const note = (customer: string, event: RecordedEvent, date: string, amount: number) => {
    const account = (customers[customer] ??= { balance: 0, rows: [] });
    account.balance += amount;
    const last = account.rows.at(-1);
    if (last?.sequence === event.sequence) last.amount += amount;
    else account.rows.push({ sequence: event.sequence, date, amount });
  };
  for (const event of events) {
    if (event.type === 'OpeningBalancesRecorded') {
      for (const { customer = '-', amount } of event.data.customers)
        note(customer, event, event.data.date, amount);
    }
    for (const { place, name, amount } of effectOf(event)?.moves ?? []) {
      if (place === 'customer' && amount !== 0) note(name, event, event.businessDate as string, amount);
    }
  }
  return customers;
}

function vouchersOf(events: readonly RecordedEvent[]): Oracle['vouchers'] {
  const vouchers: Oracle['vouchers'] = emptyRecord();
  const note = (code: string, kind: string, amount: number) => {
    const voucher = (vouchers[code] ??= { multiPurpose: 0, singlePurpose: 0 });
    if (kind === 'multi-purpose') voucher.multiPurpose += amount;
    else voucher.singlePurpose += amount;
  };
  for (const event of events) {
    if (event.type === 'OpeningBalancesRecorded') {
      for (const { voucher = '-', kind, amount } of event.data.vouchers) note(voucher, kind, amount);
    }
    for (const { place, name, amount } of effectOf(event)?.moves ?? []) {
      if (place === 'voucher') note(name, 'multi-purpose', amount);
      if (place === 'memo') note(name, 'single-purpose', amount);
    }
  }
  return vouchers;
}

function depositsOf(events: readonly RecordedEvent[]): Oracle['deposits'] {
  const deposits: Oracle['deposits'] = {};
  for (const event of events) {
    for (const [deposit, amount] of effectOf(event)?.transit ?? []) add(deposits, deposit, amount);
  }
  return deposits;
}

function monthsOf(days: Record<string, OracleDay>): Record<string, number> {
  const months: Record<string, number> = {};
  for (const [key, day] of Object.entries(days)) {
    const date = key.slice(key.indexOf('/') + 1);
    add(months, date.slice(0, 7), day.turnover.gross);
  }
  return months;
}
