import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { type AlertRow, alerts } from '../../projections/alerts';
import { type Closure, closures } from '../../projections/closures';
import { Permit } from '../access/permit.decorator';
import { principalOf, requireTill } from '../access/principal';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { AlertPageDto } from './alerts.dto';
import { historyRow, openAlerts } from './alerts-report';
import { BookReader } from './book-reader';
import { ClosurePageDto } from './closures.dto';
import { closureDto } from './closures-report';
import { ApiAfter, ApiAsOf, ApiCompany, ApiDay, ApiPage, ApiText, OWN_TILL } from './parameters';
import {
  asOfFields,
  badCursor,
  cursorOf,
  dayField,
  flagField,
  keyCursor,
  KEYS,
  pageFields,
  readQuery,
  requireOrder,
  tillField,
} from './query';
import { afterKey, type Keyed } from './read-models';

@ApiTags('Reading')
@ApiCompany()
@Controller('v1/companies/:company')
export class AlertsController {
  constructor(private readonly books: BookReader) {}

  @Get('alerts')
  @Permit('report.read')
  @ApiOperation({
    operationId: 'listAlerts',
    summary: 'Alerts that hold, or their history',
    description:
      'With `open=true` those that hold now, oldest first; else each raise and clear, newest first. ' +
      OWN_TILL,
  })
  @ApiQuery({
    name: 'open',
    required: false,
    schema: { type: 'boolean' },
    description: 'Only alerts that still hold (`true`), or only those that are over',
  })
  @ApiText('till', 'Only this till', 'T1')
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: AlertPageDto })
  @ApiProblems('invalid-input', 'till-not-allowed', 'not-found', 'after-not-reached')
  async list(
    @Param('company') company: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<AlertPageDto>> {
    const { limit, cursor, open, till, ...options } = readQuery(
      { ...asOfFields, ...pageFields, open: flagField.optional(), till: tillField.optional() },
      query,
    );
    requireTill(principalOf(request), till);
    const { models } = await this.books.open(company, options);
    const isWanted = (alert: { readonly till: string }) => till === undefined || alert.till === till;
    if (open === true) {
      const after = cursor === undefined ? 0 : sequenceCursor(cursor);
      const rest = (await openAlerts(models)).filter((alert) => isWanted(alert) && alert.sequence > after);
      const data = rest.slice(0, limit);
      const last = data.at(-1);
      return { data, next: last && rest.length > limit ? String(last.sequence) : null };
    }
    const before = keyCursor(cursor, KEYS.alert);
    const range = { from: 'row/', to: before ?? 'row0', limit: limit + 1, descending: true };
    const found = (await models.list(alerts, range)) as readonly Keyed<AlertRow>[];
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    return {
      data: rows.map(({ body }) => historyRow(body)).filter(isWanted),
      next: last && found.length > limit ? cursorOf(last.key) : null,
    };
  }

  @Get('closures')
  @Permit('report.read')
  @ApiOperation({
    operationId: 'listClosures',
    summary: 'Closures as they were sealed',
    description: OWN_TILL,
  })
  @ApiDay('from', 'First business day')
  @ApiDay('to', 'Last business day')
  @ApiText('till', 'Only this till, or `safe`', 'T1')
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: ClosurePageDto })
  @ApiProblems('invalid-input', 'till-not-allowed', 'not-found', 'after-not-reached')
  async closures(
    @Param('company') company: string,
    @Query() query: unknown,
    @Req() request: Request,
  ): Promise<Plain<ClosurePageDto>> {
    const { limit, cursor, till, from, to, ...options } = readQuery(
      {
        ...asOfFields,
        ...pageFields,
        till: tillField.optional(),
        from: dayField.optional(),
        to: dayField.optional(),
      },
      query,
    );
    requireOrder(from, to);
    requireTill(principalOf(request), till);
    const { models } = await this.books.open(company, options);
    const after = keyCursor(cursor, KEYS.closure);
    const found: Keyed<Closure>[] = [];
    const range = { from: after === null ? from : afterKey(after), to: to && `${to}0` };
    for await (const closure of models.all(closures, range)) {
      if (till !== undefined && closure.body.till !== till) continue;
      found.push(closure);
      if (found.length > limit) break;
    }
    const last = found[limit - 1];
    return {
      data: found.slice(0, limit).map(({ body }) => closureDto(body)),
      next: last && found.length > limit ? cursorOf(last.key) : null,
    };
  }
}

function sequenceCursor(cursor: string): number {
  return /^\d{1,15}$/.test(cursor) ? Number(cursor) : badCursor();
}
