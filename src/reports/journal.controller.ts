import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Permit } from '../access/permit.decorator';
import { principalOf, requireTill } from '../access/principal';
import { codeSchema } from '../kernel/text';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { Problem } from '../platform/http/problem';
import { BookReader } from './book-reader';
import { journalCsv } from './csv';
import { JournalPageDto } from './journal.dto';
import { decodeJournalCursor, journalLines, journalPage } from './journal-report';
import { ApiAfter, ApiAsOf, ApiCompany, ApiDay, ApiPage, ApiText, OWN_TILL } from './parameters';
import { asOfFields, badCursor, dayField, pageFields, readQuery, requireOrder, tillField } from './query';

const rangeFields = {
  ...asOfFields,
  from: dayField.optional(),
  to: dayField.optional(),
  till: tillField.optional(),
  method: codeSchema.optional(),
} as const;

@ApiTags('Reading')
@ApiCompany()
@Controller('v1/companies/:company')
export class JournalController {
  constructor(private readonly books: BookReader) {}

  @Get('journal')
  @Permit('report.read')
  @ApiOperation({
    operationId: 'readJournal',
    summary: 'The cash journal',
    description:
      'By till, business day and the till’s own order, as recorded: a correction stands where it was made. `number` is the ' +
      'rank in the till’s journal, `provisional` until the day is sealed. A page may hold fewer lines than asked for and ' +
      `still have a \`next\`. ${OWN_TILL}`,
  })
  @ApiDay('from', 'First business day')
  @ApiDay('to', 'Last business day')
  @ApiText('till', 'Only this till, or `safe`', 'T1')
  @ApiText('method', 'Only this method; numbers and balances stay those of the whole journal', 'cash')
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: JournalPageDto })
  @ApiProblems('invalid-input', 'till-not-allowed', 'not-found', 'after-not-reached')
  async page(
    @Param('company') company: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<JournalPageDto>> {
    const { limit, cursor, ...range } = readQuery({ ...rangeFields, ...pageFields }, query);
    requireOrder(range.from, range.to);
    requireTill(principalOf(request), range.till);
    const place = cursor === undefined ? null : (decodeJournalCursor(cursor) ?? badCursor());
    const { models, settings } = await this.books.open(company, range);
    if (range.till !== undefined && !settings.till(range.till)) throw new Problem('not-found');
    return journalPage(models, settings, range, limit, place);
  }

  @Get('journal.csv')
  @Permit('report.read')
  @ApiOperation({
    operationId: 'exportJournalCsv',
    summary: 'The cash journal as CSV',
    description: `For a French spreadsheet: semicolons, decimal comma, UTF-8 with its mark. Any length. ${OWN_TILL}`,
  })
  @ApiDay('from', 'First business day')
  @ApiDay('to', 'Last business day')
  @ApiText('till', 'Only this till, or `safe`', 'T1')
  @ApiText('method', 'Only this method', 'cash')
  @ApiAfter()
  @ApiAsOf()
  @ApiProduces('text/csv')
  @ApiOkResponse({ description: 'CSV', schema: { type: 'string' } })
  @ApiProblems('invalid-input', 'till-not-allowed', 'not-found', 'after-not-reached')
  async csv(
    @Param('company') company: string,
    @Query() query: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const range = readQuery(rangeFields, query);
    requireOrder(range.from, range.to);
    requireTill(principalOf(request), range.till);
    const { models, settings } = await this.books.open(company, range);
    if (range.till !== undefined && !settings.till(range.till)) throw new Problem('not-found');
    response.setHeader('Content-Type', 'text/csv; charset=utf-8');
    response.setHeader('Content-Disposition', 'attachment; filename="journal-de-caisse.csv"');
    return new StreamableFile(journalCsv(journalLines(models, settings, range)));
  }
}
