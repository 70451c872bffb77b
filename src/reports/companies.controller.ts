import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Permit } from '../access/permit.decorator';
import { companiesOf, principalOf } from '../access/principal';
import { SAFE } from '../kernel/account';
import { addDays, type Instant } from '../kernel/day';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { Clock } from '../ports/clock';
import { EventStore } from '../ports/event-store';
import { Vault } from '../ports/vault';
import { openAlerts } from './alerts-report';
import { BookReader } from './book-reader';
import { COMPANY_ROW_EXAMPLE, CompanyPageDto, type CompanyRowDto } from './companies.dto';
import { dayRows, daysFrom } from './day-reports';
import { ApiPage } from './parameters';
import { cursorOf, keyCursor, KEYS, pageFields, readQuery } from './query';

/** How far back a missing day is looked for: what a firm chases is the month that it is about to close. */
const DAYS_WATCHED = 31;

/** All companies that somebody sees, with what needs him today: the firm's first page. */
@ApiTags('Company')
@Controller('v1/companies')
export class CompaniesController {
  constructor(
    private readonly books: BookReader,
    private readonly vault: Vault,
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Permit('company.list')
  @ApiOperation({
    operationId: 'listCompanies',
    summary: 'Companies that I may see, with today’s state',
    description: `Missing days are those of the last ${DAYS_WATCHED} days. An API key that is limited to tills sees days and alerts of these alone.`,
  })
  @ApiPage()
  @ApiOkResponse({ type: CompanyPageDto, example: { data: [COMPANY_ROW_EXAMPLE], next: null } })
  @ApiProblems('invalid-input')
  async list(@Req() request: Request, @Query() query: unknown): Promise<Plain<CompanyPageDto>> {
    const { limit, cursor } = readQuery(pageFields, query);
    const now = this.clock.now();
    const ids = await this.idsAfter(request, now, keyCursor(cursor, KEYS.company), limit);
    const { tills } = principalOf(request);
    const data = await Promise.all(ids.map((id) => this.row(id, now, tills)));
    const last = ids.at(-1);
    return { data, next: last !== undefined && ids.length === limit ? cursorOf(last) : null };
  }

  private async idsAfter(
    request: Request,
    now: Instant,
    after: string | null,
    limit: number,
  ): Promise<readonly string[]> {
    const mine = companiesOf(principalOf(request).identity, Date.parse(now));
    if (mine === null) return this.vault.companies(after, limit);
    const ids = [...mine.keys()].filter((id) => after === null || id > after);
    return ids.sort().slice(0, limit);
  }

  private async row(
    id: string,
    now: Instant,
    visible: readonly string[] | null,
  ): Promise<Plain<CompanyRowDto>> {
    const { models, settings } = await this.books.open(id, {});
    const today = settings.today(now);
    const { name, siren } = settings.on('identity', today);
    const isVisible = (till: string) => visible?.includes(till) ?? true;
    const codes = settings.tills.map(({ till }) => till).filter((till) => till !== SAFE && isVisible(till));
    const context = { settings, today, view: 'corrected' as const };
    const rows = await dayRows(models, context, codes, daysFrom(addDays(today, 1 - DAYS_WATCHED), today));
    const daysThat = (...statuses: readonly string[]) => [
      ...new Set(rows.filter(({ status }) => statuses.includes(status)).map(({ date }) => date)),
    ];
    const [alerts, head] = await Promise.all([openAlerts(models), this.store.head(id)]);
    return {
      id,
      name,
      siren,
      businessDate: today,
      missingDays: daysThat('missing'),
      daysToCheck: daysThat('to-check'),
      openDays: daysThat('open'),
      openAlerts: alerts.filter(({ till }) => isVisible(till)).length,
      head: head?.sequence ?? 0,
    };
  }
}
