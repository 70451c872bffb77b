import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Permit } from '../access/permit.decorator';
import { principalOf, requireTill } from '../access/principal';
import { addDays, type Day, daysBetween } from '../kernel/day';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { Problem } from '../platform/http/problem';
import { Clock } from '../ports/clock';
import { BookReader } from './book-reader';
import { DayPageDto, DaySynthesisDto, MonthSynthesisDto } from './day-sheet.dto';
import { dayRows, daysFrom, daySynthesis, monthSynthesis } from './day-reports';
import { ApiAfter, ApiAsOf, ApiCompany, ApiDay, ApiPage, ApiText, ApiView, OWN_TILL } from './parameters';
import {
  asOfFields,
  badCursor,
  dayField,
  monthField,
  pageFields,
  readPath,
  readQuery,
  requireOrder,
  tillField,
  viewField,
} from './query';

/** Days of a list that names no `from`, and the most that a list may span. */
const DEFAULT_DAYS = 31;
const MOST_DAYS = 3660;

@ApiTags('Reading')
@ApiCompany()
@Controller('v1/companies/:company')
export class DaysController {
  constructor(
    private readonly books: BookReader,
    private readonly clock: Clock,
  ) {}

  @Get('days')
  @Permit('report.read')
  @ApiOperation({
    operationId: 'listDays',
    summary: 'A row per day and till',
    description: `Default: the last ${DEFAULT_DAYS} days. \`missing\` days are those on which the calendar expects entries and there are none. ${OWN_TILL}`,
  })
  @ApiDay('from', 'First business day')
  @ApiDay('to', 'Last business day; default today')
  @ApiText('till', 'Only this till', 'T1')
  @ApiView()
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: DayPageDto })
  @ApiProblems('invalid-input', 'till-not-allowed', 'not-found', 'after-not-reached')
  async list(
    @Param('company') company: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<DayPageDto>> {
    const { limit, cursor, view, till, ...asked } = readQuery(
      {
        ...asOfFields,
        ...pageFields,
        view: viewField,
        till: tillField.optional(),
        from: dayField.optional(),
        to: dayField.optional(),
      },
      query,
    );
    requireTill(principalOf(request), till);
    const { models, settings } = await this.books.open(company, asked);
    const today = settings.today(this.clock.now());
    const { from, to } = spanOf(asked.from, asked.to, today);
    const codes = settings.tills
      .map((known) => known.till)
      .filter((code) => till === undefined || code === till);
    if (codes.length === 0) throw new Problem('not-found');
    const start = cursor === undefined ? { day: from, skip: 0 } : readCursor(cursor, from, to, codes.length);
    const wanted = Math.ceil((limit + start.skip) / codes.length);
    const last = addDays(start.day, wanted - 1);
    const days = daysFrom(start.day, last < to ? last : to);
    const rows = await dayRows(models, { settings, today, view }, codes, days);
    const data = rows.slice(start.skip, start.skip + limit);
    const given = start.skip + data.length;
    const whole = Math.floor(given / codes.length);
    const hasMore = whole <= daysBetween(start.day, to);
    return { view, data, next: hasMore ? `${addDays(start.day, whole)}.${given % codes.length}` : null };
  }

  @Get('syntheses/day/:date')
  @Permit('report.read')
  @ApiParam({ name: 'date', example: '2026-03-14', description: 'Business day' })
  @ApiOperation({
    operationId: 'readDaySynthesis',
    summary: 'The company’s day',
    description:
      'Turnover, sales, basket and balances of all tills and the safe together, in one request. An API key that is limited to ' +
      'tills does not read it.',
  })
  @ApiView()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: DaySynthesisDto })
  @ApiProblems('invalid-input', 'till-not-allowed', 'not-found', 'after-not-reached')
  async day(
    @Param('company') company: string,
    @Param('date') date: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<DaySynthesisDto>> {
    const day = readPath('date', dayField, date);
    requireTill(principalOf(request), undefined);
    const { view, ...options } = readQuery({ ...asOfFields, view: viewField }, query);
    const { models, settings } = await this.books.open(company, options);
    const today = settings.today(this.clock.now());
    return daySynthesis(models, { settings, today, view }, day);
  }

  @Get('syntheses/month/:month')
  @Permit('report.read')
  @ApiParam({ name: 'month', example: '2026-03', description: 'Month' })
  @ApiOperation({
    operationId: 'readMonthSynthesis',
    summary: 'A month: its opening, a row per day, its closing',
    description:
      '`cash` and `methods` go from the opening of the first day to the closing of the last, which is the next month’s ' +
      `opening: theoretical + difference = closing. ${OWN_TILL}`,
  })
  @ApiText('till', 'Only this till; default the company', 'T1')
  @ApiView()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: MonthSynthesisDto })
  @ApiProblems('invalid-input', 'till-not-allowed', 'not-found', 'after-not-reached')
  async month(
    @Param('company') company: string,
    @Param('month') text: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<MonthSynthesisDto>> {
    const month = readPath('month', monthField, text);
    const { view, till, ...options } = readQuery(
      { ...asOfFields, view: viewField, till: tillField.optional() },
      query,
    );
    const { models, settings } = await this.books.open(company, options);
    requireTill(principalOf(request), till);
    if (till !== undefined && !settings.till(till)) throw new Problem('not-found');
    const today = settings.today(this.clock.now());
    return monthSynthesis(models, { settings, today, view }, month, till);
  }
}

/** @throws Problem invalid-input */
function spanOf(from: Day | undefined, to: Day | undefined, today: Day): { from: Day; to: Day } {
  requireOrder(from, to);
  const last = to ?? (from !== undefined && from > today ? from : today);
  const first = from ?? addDays(last, 1 - DEFAULT_DAYS);
  if (daysBetween(first, last) < MOST_DAYS) return { from: first, to: last };
  throw Problem.invalidInput([
    { pointer: '/query/from', code: 'too-long', message: `Une liste porte sur ${MOST_DAYS} jours au plus.` },
  ]);
}

/** A day, and how many of its rows were given already. */
function readCursor(cursor: string, from: Day, to: Day, tills: number): { day: Day; skip: number } {
  const [day = '', skip = ''] = cursor.split('.');
  const isValid =
    dayField.safeParse(day).success &&
    day >= from &&
    day <= to &&
    /^\d{1,3}$/.test(skip) &&
    Number(skip) < tills;
  return isValid ? { day, skip: Number(skip) } : badCursor();
}
