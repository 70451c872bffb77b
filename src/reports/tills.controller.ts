import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { principalOf, requireTill } from '../access/principal';
import { Permit } from '../access/permit.decorator';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { Problem } from '../platform/http/problem';
import { LedgerWriter } from '../platform/ledger-writer';
import { Clock } from '../ports/clock';
import { BookReader } from './book-reader';
import { DaySheetDto } from './day-sheet.dto';
import { daySheetReport } from './day-reports';
import { ApiAfter, ApiAsOf, ApiCompany, ApiView } from './parameters';
import { asOfFields, dayField, readFields, readPath, readQuery, tillField, viewField } from './query';
import { TillsDto } from './tills.dto';
import { tillsReport } from './tills-report';

@ApiTags('Reading')
@ApiCompany()
@Controller('v1/companies/:company/tills')
export class TillsController {
  constructor(
    private readonly books: BookReader,
    private readonly writer: LedgerWriter,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Permit('till.read')
  @ApiOperation({
    operationId: 'listTills',
    summary: 'Live balances per till, safe and in transit',
    description:
      'From the state that decides: never behind what is recorded. An API key that is limited to tills sees these alone.',
  })
  @ApiAfter()
  @ApiOkResponse({ type: TillsDto })
  @ApiProblems(
    'invalid-input',
    'not-found',
    'after-not-reached',
    'overloaded',
    'store-unavailable',
    'ledger-behind-witness',
  )
  async list(
    @Param('company') company: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<TillsDto>> {
    const { after } = readQuery(readFields, query);
    const { tills } = principalOf(request);
    const report = await this.writer.inspect(company, (ledger) =>
      tillsReport(ledger, this.clock.now(), tills),
    );
    // What decides is always level with what is recorded: there is nothing to wait for.
    if (after !== undefined && report.sequence < after)
      throw new Problem('after-not-reached', { facts: { after, retryAfter: 1 } });
    return report;
  }

  @Get(':till/days/:date')
  @Permit('report.read')
  @ApiParam({ name: 'till', example: 'T1', description: 'Code of the till, or `safe`' })
  @ApiParam({ name: 'date', example: '2026-03-14', description: 'Business day' })
  @ApiOperation({
    operationId: 'readDaySheet',
    summary: 'The day sheet of a till',
    description:
      'Opening, each kind of movement by method, theoretical, counted, difference, ventilation, turnover, sales, basket, ' +
      'alerts and status. A day without entries has a sheet too: it carries its balances.',
  })
  @ApiView()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: DaySheetDto })
  @ApiProblems('invalid-input', 'till-not-allowed', 'not-found', 'after-not-reached')
  async daySheet(
    @Param('company') company: string,
    @Param('till') till: string,
    @Param('date') date: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<DaySheetDto>> {
    const code = readPath('till', tillField, till);
    const day = readPath('date', dayField, date);
    requireTill(principalOf(request), code);
    const { view, ...options } = readQuery({ ...asOfFields, view: viewField }, query);
    const { models, settings } = await this.books.open(company, options);
    if (!settings.till(code)) throw new Problem('not-found');
    const today = settings.today(this.clock.now());
    return daySheetReport(models, { settings, today, view }, code, day);
  }
}
