import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { NO_TILL } from '../../projections/journal';
import { Permit } from '../access/permit.decorator';
import { principalOf } from '../access/principal';
import { codeSchema, textSchema, uuidSchema } from '../kernel/text';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { Problem } from '../platform/http/problem';
import { EventStore } from '../ports/event-store';
import { BookReader } from './book-reader';
import { EntryDto, EntryPageDto } from './entries.dto';
import { entryReport, entryRows } from './entries-report';
import { ApiAfter, ApiCompany, ApiDay, ApiPage, ApiText } from './parameters';
import {
  cursorOf,
  dayField,
  keyCursor,
  KEYS,
  pageFields,
  readFields,
  readPath,
  readQuery,
  requireOrder,
  tillField,
} from './query';

@ApiTags('Reading')
@ApiCompany()
@Controller('v1/companies/:company/entries')
export class EntriesController {
  constructor(
    private readonly books: BookReader,
    private readonly events: EventStore,
  ) {}

  @Get()
  @Permit('entry.read')
  @ApiOperation({
    operationId: 'listEntries',
    summary: 'Entries by date, till, type, method, source or reference',
    description:
      'By till, business day and order; entries without a till last. A page may hold fewer rows than asked for, or none, ' +
      'and still have a `next`. An API key that is limited to tills sees their entries alone.',
  })
  @ApiDay('date', 'Only this business day')
  @ApiDay('from', 'First business day')
  @ApiDay('to', 'Last business day')
  @ApiText('till', 'Only this till, or `safe`', 'T1')
  @ApiText('type', 'Only entries of this type', 'expense')
  @ApiText('method', 'Only what moved this method', 'cash')
  @ApiText('source', 'Only what this system sent', 'pos-42')
  @ApiText('reference', 'Only this reference', 'F-2026-17')
  @ApiPage()
  @ApiAfter()
  @ApiOkResponse({ type: EntryPageDto })
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached')
  async list(
    @Param('company') company: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<EntryPageDto>> {
    const { limit, cursor, date, after, ...asked } = readQuery(
      {
        ...readFields,
        ...pageFields,
        date: dayField.optional(),
        from: dayField.optional(),
        to: dayField.optional(),
        till: tillField.optional(),
        type: codeSchema.optional(),
        method: codeSchema.optional(),
        source: textSchema(64).optional(),
        reference: textSchema(100).optional(),
      },
      query,
    );
    const filter = date === undefined ? asked : { ...asked, from: date, to: date };
    requireOrder(filter.from, filter.to);
    const { models, settings } = await this.books.open(company, { after });
    const { tills: visible } = principalOf(request);
    const tills = [...settings.tills.map(({ till }) => till), NO_TILL]
      .filter((till) => asked.till === undefined || till === asked.till)
      .filter((till) => visible?.includes(till) ?? true);
    const { rows, next } = await entryRows(models, tills, filter, limit, keyCursor(cursor, KEYS.journal));
    return { data: rows, next: next === null ? null : cursorOf(next) };
  }

  @Get(':id')
  @Permit('entry.read')
  @ApiParam({ name: 'id', format: 'uuid', description: 'Id of the entry' })
  @ApiOperation({
    operationId: 'readEntry',
    summary: 'An entry, its events, what corrects it, links to its proof',
  })
  @ApiAfter()
  @ApiOkResponse({ type: EntryDto })
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached')
  async read(
    @Param('company') company: string,
    @Param('id') text: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<EntryDto>> {
    const id = readPath('id', uuidSchema, text);
    const { models } = await this.books.open(company, readQuery(readFields, query));
    const entry = await entryReport(models, this.events, company, id);
    const { tills: visible } = principalOf(request);
    const isVisible =
      visible === null || entry?.events.some(({ till }) => till !== null && visible.includes(till));
    if (!entry || isVisible !== true) throw new Problem('not-found');
    return entry;
  }
}
