import { ROLL } from './roll.data';

/** One article on a ticket of the roll. */
export type RollLine = {
  readonly article: string;
  readonly quantity: number;
  /** Cents. */
  readonly unitPrice: number;
};

/** A ticket of a real bakery's morning: 2 January 2021, 89 tickets, 509.85 €. */
export type RollTicket = {
  readonly number: string;
  /** `HH:mm`, local time. */
  readonly time: string;
  readonly lines: readonly RollLine[];
};

/** The tickets in the order of the roll. */
export function rollTickets(): RollTicket[] {
  const tickets = new Map<string, { number: string; time: string; lines: RollLine[] }>();
  for (const [time, number, article, quantity, unitPrice] of ROLL) {
    const key = String(number);
    const ticket = tickets.get(key) ?? { number: key, time, lines: [] };
    ticket.lines.push({ article, quantity, unitPrice });
    tickets.set(key, ticket);
  }
  return [...tickets.values()];
}

type Classified = { readonly category: string; readonly vatRate: number };

/** What the shop's own classification says of an article: bread at 5.5 %, what is eaten or drunk on the spot at 10 %. */
export function classify(article: string): Classified {
  if (article.startsWith('SAND')) return { category: 'snacking', vatRate: 1000 };
  if (article.startsWith('CAFE')) return { category: 'boisson', vatRate: 1000 };
  if (/CROISSANT|PAIN AU CHOCOLAT|BRIOCHE|GACHE|PAIN AUX RAISINS|VIENNOISERIE/.test(article)) {
    return { category: 'viennoiserie', vatRate: 550 };
  }
  if (/^GAL |PATISSERIE|KOUIGN|COOKIE|FINANCIER/.test(article))
    return { category: 'patisserie', vatRate: 550 };
  return { category: 'pain', vatRate: 550 };
}

export type RollEntry = {
  readonly id: string;
  readonly type: 'sale';
  readonly till: string;
  readonly businessDate: string;
  readonly occurredAt: string;
  readonly reference: string;
  readonly source: { readonly system: string; readonly sequence: number };
  readonly lines: readonly {
    readonly category: string;
    readonly label: string;
    readonly quantity: number;
    readonly unitPrice: number;
    readonly gross: number;
    readonly vatRate: number;
  }[];
  readonly payments: readonly { readonly method: string; readonly amount: number }[];
};

/**
 * A ticket as its POS would send it on a day. Every third ticket is paid by card; ids follow from the day and the
 * ticket, so that sending it again changes nothing.
 */
export function saleOf(ticket: RollTicket, till: string, date: string, offset: string): RollEntry {
  const lines = ticket.lines.map(({ article, quantity, unitPrice }) => ({
    ...classify(article),
    label: article,
    quantity,
    unitPrice,
    gross: Math.round(quantity * unitPrice),
  }));
  const amount = lines.reduce((total, line) => total + line.gross, 0);
  const sequence = Number(ticket.number);
  return {
    id: entryId(date, sequence),
    type: 'sale',
    till,
    businessDate: date,
    occurredAt: `${date}T${ticket.time}:00${offset}`,
    reference: ticket.number,
    source: { system: 'bakery-pos', sequence },
    lines,
    payments: [{ method: sequence % 3 === 0 ? 'card' : 'cash', amount }],
  };
}

/** A UUID (version 8, RFC 9562 §5.8) that follows from a day and a number. */
export function entryId(date: string, number: number): string {
  const day = date.replaceAll('-', '');
  return `${day}-0000-8000-8000-${String(number).padStart(12, '0')}`;
}
