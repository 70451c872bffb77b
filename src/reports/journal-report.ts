import { z } from 'zod';
import { daySheets } from '../../projections/day-sheets';
import {
  incomingFirst,
  journal,
  type JournalEvent,
  type JournalPlace,
  type Line,
  placeOfKey,
} from '../../projections/journal';
import { addTo, own } from '../../projections/projection';
import type { Day } from '../kernel/day';
import { codeSchema } from '../kernel/text';
import type { JournalLineDto } from './journal.dto';
import { localTime } from './local-time';
import { type Balances, startOfDay } from './openings';
import { afterKey, type Keyed, type ReadModels } from './read-models';
import type { CompanySettings } from './settings';

export type JournalRange = {
  /** First and last business day, inclusive. */
  readonly from?: Day | undefined;
  readonly to?: Day | undefined;
  readonly till?: string | undefined;
  readonly method?: string | undefined;
};

/** Where a reader stands: in front of a group of lines, with what the lines before it add up to. */
const cursorSchema = z.strictObject({
  till: z.union([codeSchema, z.literal('safe')]),
  /** Key of the group's first event; absent at the beginning of a till. */
  key: z.string().max(120).optional(),
  /** Lines of the group that were given already. */
  skip: z.int().min(0).max(100_000),
  number: z.int().min(0),
  balances: z.record(z.string().max(32), z.int()),
});
export type JournalCursor = z.infer<typeof cursorSchema>;

export function encodeCursor(cursor: unknown): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Null when the text is no cursor of a journal. */
export function decodeJournalCursor(text: string): JournalCursor | null {
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

type Placed = { readonly line: JournalLineDto; readonly cursorAfter: JournalCursor };

/** Events between two looks at whether there are lines enough: a rare method must not read years in one request. */
const MOST_EVENTS_PER_PAGE = 5000;

export type JournalPage = { readonly data: JournalLineDto[]; readonly next: string | null };

/** One page of the cash journal. May hold fewer lines than `limit`, or none, and still have a `next`. */
export async function journalPage(
  models: ReadModels,
  settings: CompanySettings,
  range: JournalRange,
  limit: number,
  cursor: JournalCursor | null,
): Promise<JournalPage> {
  const data: JournalLineDto[] = [];
  let events = 0;
  let last: JournalCursor | null = null;
  for await (const group of journalGroups(models, settings, range, cursor, limit + 1)) {
    for (const { line, cursorAfter } of group.lines) {
      if (data.length === limit) return { data, next: last && encodeCursor(last) };
      last = cursorAfter;
      if (range.method === undefined || line.method === range.method) data.push(line);
    }
    events += group.events;
    if (events >= MOST_EVENTS_PER_PAGE) return { data, next: last && encodeCursor(last) };
  }
  return { data, next: null };
}

/** All lines, one after the other, in constant memory. */
export async function* journalLines(
  models: ReadModels,
  settings: CompanySettings,
  range: JournalRange,
): AsyncGenerator<JournalLineDto> {
  for await (const { lines } of journalGroups(models, settings, range, null, LARGE_PAGE)) {
    for (const { line } of lines) if (range.method === undefined || line.method === range.method) yield line;
  }
}

/** Events that are read at a time where all lines are wanted. */
const LARGE_PAGE = 500;

type Group = { readonly events: number; readonly lines: readonly Placed[] };

async function* journalGroups(
  models: ReadModels,
  settings: CompanySettings,
  range: JournalRange,
  cursor: JournalCursor | null,
  page: number,
): AsyncGenerator<Group> {
  const tills = settings.tills
    .map(({ till }) => till)
    .filter((till) => range.till === undefined || till === range.till);
  const first = cursor ? Math.max(0, tills.indexOf(cursor.till)) : 0;
  for (const till of tills.slice(first)) {
    yield* groupsOfTill(models, settings, till, range, cursor?.till === till ? cursor : null, page);
  }
}

async function* groupsOfTill(
  models: ReadModels,
  settings: CompanySettings,
  till: string,
  { from, to }: JournalRange,
  cursor: JournalCursor | null,
  page: number,
): AsyncGenerator<Group> {
  const keys = {
    from: cursor?.key ?? `${till}/${from ?? ''}`,
    to: to === undefined ? `${till}0` : afterKey(`${till}/${to}/~`),
  };
  let place: { balances: Balances; number: number } | null = cursor && {
    balances: { ...cursor.balances },
    number: cursor.number,
  };
  let skip = cursor?.skip ?? 0;
  const sealed = new SealedDays(models, till);
  for await (const group of byEntry(models.all(journal, keys, page))) {
    const head = group[0] as Keyed<JournalEvent>;
    const { date } = placeOfKey(head.key);
    if (!place) {
      // A till has no line before its first day.
      const start = await startOfDay(models, { till, date, firstDay: date });
      place = { balances: { ...start.balances }, number: start.lines };
    }
    const before = { key: head.key, till, number: place.number, balances: { ...place.balances } };
    const isSealed = await sealed.has(date);
    const lines: Placed[] = [];
    for (const [index, row] of rowsOf(group).entries()) {
      place.number += 1;
      const line = lineOf(row, { till, date }, place, settings, !isSealed);
      lines.push({ line, cursorAfter: { ...before, skip: index + 1 } });
    }
    yield { events: group.length, lines: lines.slice(skip) };
    skip = 0;
  }
}

/** Consecutive events of one entry on one day: a correction's reversal and its replacement. */
async function* byEntry(events: AsyncIterable<Keyed<JournalEvent>>): AsyncGenerator<Keyed<JournalEvent>[]> {
  let group: Keyed<JournalEvent>[] = [];
  for await (const event of events) {
    const isSame = isOfSameEntry(group.at(-1), event);
    if (!isSame && group.length > 0) {
      yield group;
      group = [];
    }
    group.push(event);
  }
  if (group.length > 0) yield group;
}

function isOfSameEntry(left: Keyed<JournalEvent> | undefined, right: Keyed<JournalEvent>): boolean {
  if (!left || !right.body.entry || left.body.entry?.id !== right.body.entry.id) return false;
  return placeOfKey(left.key).date === placeOfKey(right.key).date;
}

type Row = { readonly event: JournalEvent; readonly line: Line; readonly isFirst: boolean };

function rowsOf(group: readonly Keyed<JournalEvent>[]): readonly Row[] {
  const rows = group.flatMap(({ body }) =>
    body.lines.map((line, index) => ({ event: body, line, isFirst: index === 0 })),
  );
  return group.length < 2 ? rows : incomingFirst(rows, ({ line }) => line.amount);
}

function lineOf(
  { event, line, isFirst }: Row,
  { till, date }: JournalPlace,
  place: { balances: Balances; number: number },
  settings: CompanySettings,
  provisional: boolean,
): JournalLineDto {
  const onTill = line.onTill !== false;
  if (onTill) addTo(place.balances, line.method, line.amount);
  const { timeZone } = settings.on('identity', date);
  return {
    number: place.number,
    provisional,
    till,
    date,
    ...localTime(event.at, timeZone),
    recordedAt: event.recordedAt ?? event.at,
    document: event.document ?? null,
    label: event.label,
    method: line.method === '' ? null : line.method,
    in: Math.max(0, line.amount),
    out: Math.max(0, -line.amount),
    balance: onTill ? (own(place.balances, line.method) ?? 0) : null,
    vat: isFirst ? [...event.vat] : [],
    operator: event.operator,
    entry: event.entry?.id ?? null,
    corrects: event.corrects,
    sequence: event.sequence,
    hash: event.hash,
  };
}

/** Which days of a till are sealed; asked for one day after the other. */
class SealedDays {
  private date = '';
  private isSealed = false;

  constructor(
    private readonly models: ReadModels,
    private readonly till: string,
  ) {}

  async has(date: Day): Promise<boolean> {
    if (date !== this.date) {
      const sheet = await this.models.get(daySheets, `${this.till}/${date}`);
      this.date = date;
      this.isSealed = sheet?.sealed !== undefined;
    }
    return this.isSealed;
  }
}
