import {
  applyDecorators,
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Permit } from '../../access/permit.decorator';
import { principalOf } from '../../access/principal';
import { instantSchema } from '../../kernel/day';
import { Refusal } from '../../kernel/refusal';
import { codeSchema, hexDigestSchema, textSchema, uuidSchema } from '../../kernel/text';
import { ApiProblems } from '../../platform/http/api-problems.decorator';
import { Problem } from '../../platform/http/problem';
import { markReplay, RepeatableWrites } from '../../platform/http/repeatable-writes';
import { parseInput } from '../../platform/http/zod-problem';
import { openApiSchema, type SchemaObject } from '../../platform/http/zod-schema';
import { LedgerWriter, type Outcome, type Recorded } from '../../platform/ledger-writer';
import { Clock } from '../../ports/clock';
import { Ids } from '../../ports/ids';
import { Vault } from '../../ports/vault';
import { changeRequest } from '../../recording/change-request';
import { ApiAfter } from '../../reports/parameters';
import { monthField, readFields, readPath, readQuery } from '../../reports/query';
import { CompanyOpener } from './company-opener.service';
import {
  AddTill,
  ChangeSettings,
  EraseCustomer,
  RecordOpeningBalances,
  RegisterCustomer,
  SetBudget,
} from './company.commands';
import { companyView, companyViewSchema } from './company-view';
import { COMPANY_EXAMPLE, COMPANY_VIEW_EXAMPLE } from './examples';
import {
  budgetSchema,
  newCompanySchema,
  newTillSchema,
  openingBalancesSchema,
  settingsChangeSchema,
} from './requests';

const customerSchema = z.strictObject({
  name: textSchema(200),
  email: z.email().max(254).optional(),
  phone: textSchema(40).optional(),
  address: textSchema(500).optional(),
  note: textSchema(1000).optional(),
});

/** What any route may answer that needs the ledger as it is now. */
const OF_THE_LEDGER = ['overloaded', 'store-unavailable', 'ledger-behind-witness'] as const;

/** As it is documented: under another name Swagger would take it for a second header. */
const KEY_HEADER = 'Idempotency-Key';

const idempotencyHeader = ApiHeader({
  name: KEY_HEADER,
  required: false,
  description: 'The same key and body answer the first result again; another body is a 409',
});

const sequenceSchema = z.int().min(1).meta({ description: 'Of the last event; `?after` takes it' });

const writtenSchema = z.strictObject({
  sequence: sequenceSchema,
  recordedAt: instantSchema,
  hash: hexDigestSchema,
});

const WRITTEN_EXAMPLE = {
  sequence: 12,
  recordedAt: '2026-03-14T07:38:01.204Z',
  hash: '9f2b71cc0b6f4f6c24e1b1f7d1f2d1c1e52f3a4b5c6d7e8f90123456789abcde',
};

type ContentObject = Record<string, { schema: SchemaObject; example?: object }>;

/** Where the write stands in the ledger, and what else it answers. */
const written = (description: string, status = 201, more: z.ZodRawShape = {}, example: object = {}) => {
  const schema = openApiSchema(writtenSchema.extend(more));
  const content = { 'application/json': { schema, example: { ...example, ...WRITTEN_EXAMPLE } } };
  return answers(status, description, content);
};

/** What makes something answers 200 when it was made before, under the same key. */
function answers(status: number, description: string, content: ContentObject): MethodDecorator {
  const first = ApiResponse({ status, description, content });
  if (status !== 201) return first;
  return applyDecorators(
    first,
    ApiResponse({ status: 200, description: 'Done before, under the same key', content }),
  );
}

const CUSTOMER_EXAMPLE = { id: '0195f3a0-0000-7000-8000-00000000000c' };

const companyAnswer = (status: number, description: string, schema: z.ZodType, example: object) =>
  answers(status, description, { 'application/json': { schema: openApiSchema(schema), example } });

const CHANGED_COMPANY_EXAMPLE = { ...COMPANY_VIEW_EXAMPLE, sequence: COMPANY_VIEW_EXAMPLE.head };

/** A write answers the company as it is after it. */
const changedCompanySchema = companyViewSchema.extend({ sequence: sequenceSchema });

/** Companies and their settings: everything that is a fact of the ledger and no entry. */
@ApiTags('Company')
@Controller('v1/companies')
export class CompanyController {
  constructor(
    private readonly commands: CommandBus,
    private readonly opener: CompanyOpener,
    private readonly writer: LedgerWriter,
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly repeatable: RepeatableWrites,
  ) {}

  @Post()
  @Permit('company.create')
  @ApiOperation({ operationId: 'createCompany', summary: 'Open a company and its ledger' })
  @idempotencyHeader
  @ApiBody({ schema: openApiSchema(newCompanySchema), examples: { bakery: { value: COMPANY_EXAMPLE } } })
  @companyAnswer(201, 'Opened', changedCompanySchema, CHANGED_COMPANY_EXAMPLE)
  @ApiProblems(
    'invalid-input',
    'malformed-json',
    'siren-taken',
    'setting-not-valid',
    'idempotency-mismatch',
    ...OF_THE_LEDGER,
  )
  async create(
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Headers(KEY_HEADER) key?: string,
  ) {
    const input = parseInput(newCompanySchema, required(body));
    const change = changeRequest('company-creation', key, body, this.ids);
    const opened = await this.opener.open(input, change, principalOf(request).actor);
    if (opened.replayed) markReplay(response);
    const view = await this.writer.inspect(opened.company, (ledger) => companyView(ledger, this.clock.now()));
    return { ...view, sequence: opened.sequence };
  }

  @Get(':company')
  @Permit('company.read')
  @ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
  @ApiOperation({
    operationId: 'readCompany',
    summary: 'Settings, tills, categories, methods, features, calendar',
  })
  @ApiAfter()
  @companyAnswer(200, 'As they count today', companyViewSchema, COMPANY_VIEW_EXAMPLE)
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached', ...OF_THE_LEDGER)
  async read(@Param('company') company: string, @Query() query: unknown) {
    const { after } = readQuery(readFields, query);
    const view = await this.writer.inspect(company, (ledger) => companyView(ledger, this.clock.now()));
    // What decides is always level with what is recorded: there is nothing to wait for.
    if (after !== undefined && view.head < after)
      throw new Problem('after-not-reached', { facts: { after, retryAfter: 1 } });
    return view;
  }

  @Patch(':company')
  @Permit('company.settings')
  @ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
  @ApiOperation({
    operationId: 'changeSettings',
    summary: 'Change any part of the settings',
    description:
      'Lists are replaced whole, objects are merged. Counts from `effectiveFrom`: by default today, or, where a till has closed today, the business day after its `closedThrough`. A closed day cannot be named; the past keeps what was valid then. The kind of a method never changes, and a method that a till holds cannot be dropped.',
  })
  @idempotencyHeader
  @ApiBody({
    schema: openApiSchema(settingsChangeSchema),
    examples: { thresholds: { value: { thresholds: { cashMax: 50_000 } } } },
  })
  @companyAnswer(200, 'As they count today', changedCompanySchema, CHANGED_COMPANY_EXAMPLE)
  @ApiProblems(
    'invalid-input',
    'malformed-json',
    'not-found',
    'setting-not-valid',
    'day-closed',
    'idempotency-mismatch',
    ...OF_THE_LEDGER,
  )
  async change(
    @Param('company') company: string,
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Headers(KEY_HEADER) key?: string,
  ) {
    const input = parseInput(settingsChangeSchema, required(body));
    const change = changeRequest('settings-change', key, body, this.ids);
    const { actor } = principalOf(request);
    const { sequence } = await this.execute(new ChangeSettings(company, input, change, actor), key, response);
    const view = await this.writer.inspect(company, (ledger) => companyView(ledger, this.clock.now()));
    return { ...view, sequence };
  }

  @Post(':company/tills')
  @Permit('till.add')
  @ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
  @ApiOperation({ operationId: 'addTill', summary: 'Add a till, with what was in it before its first day' })
  @idempotencyHeader
  @ApiBody({
    schema: openApiSchema(newTillSchema),
    examples: { till: { value: { code: 'T2', name: 'Caisse 2', opening: { cash: 15_000 } } } },
  })
  @written('Added', 201, { code: codeSchema, name: textSchema(100) }, { code: 'T2', name: 'Caisse 2' })
  @ApiProblems(
    'invalid-input',
    'malformed-json',
    'not-found',
    'till-exists',
    'unknown-method',
    'idempotency-mismatch',
    ...OF_THE_LEDGER,
  )
  async addTill(
    @Param('company') company: string,
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Headers(KEY_HEADER) key?: string,
  ) {
    const input = parseInput(newTillSchema, required(body));
    const change = changeRequest('till-addition', key, body, this.ids);
    const { actor } = principalOf(request);
    const recorded = await this.execute(new AddTill(company, input, change, actor), key, response);
    return { code: input.code, name: input.name ?? input.code, ...answerOf(recorded) };
  }

  @Post(':company/opening-balances')
  @Permit('opening-balances.record')
  @ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
  @ApiOperation({
    operationId: 'recordOpeningBalances',
    summary: 'What was owed and outstanding before the first day; once',
  })
  @idempotencyHeader
  @ApiBody({
    schema: openApiSchema(openingBalancesSchema),
    examples: { opening: { value: { date: '2026-01-01', customers: [{ amount: 4000 }], vouchers: [] } } },
  })
  @written('Recorded')
  @ApiProblems(
    'invalid-input',
    'not-found',
    'malformed-json',
    'opening-balances-recorded',
    'opening-balances-late',
    'day-in-future',
    'unknown-customer',
    'voucher-exists',
    'idempotency-mismatch',
    'body-too-large',
    'batch-too-large',
    ...OF_THE_LEDGER,
  )
  async recordOpeningBalances(
    @Param('company') company: string,
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Headers(KEY_HEADER) key?: string,
  ) {
    const input = parseInput(openingBalancesSchema, required(body));
    const change = changeRequest('opening-balances', key, body, this.ids);
    const { actor } = principalOf(request);
    return answerOf(
      await this.execute(new RecordOpeningBalances(company, input, change, actor), key, response),
    );
  }

  @Put(':company/budgets/:month')
  @Permit('budget.set')
  @ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
  @ApiParam({ name: 'month', example: '2026-03', description: 'Month' })
  @ApiOperation({
    operationId: 'setBudget',
    summary: 'Set the expected turnover of a month, gross, in cents',
  })
  @idempotencyHeader
  @ApiBody({ schema: openApiSchema(budgetSchema), examples: { budget: { value: { turnover: 4_500_000 } } } })
  @written('Set', 200)
  @ApiProblems('invalid-input', 'not-found', 'idempotency-mismatch', ...OF_THE_LEDGER)
  async setBudget(
    @Param('company') company: string,
    @Param('month') month: string,
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Headers(KEY_HEADER) key?: string,
  ) {
    const of = readPath('month', monthField, month);
    const { turnover } = parseInput(budgetSchema, required(body));
    const change = changeRequest('budget', key, { month: of, turnover }, this.ids);
    const { actor } = principalOf(request);
    return answerOf(await this.execute(new SetBudget(company, of, turnover, change, actor), key, response));
  }

  @Post(':company/customers')
  @Permit('customer.create')
  @ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
  @ApiOperation({
    operationId: 'createCustomer',
    summary: 'Open a customer’s account',
    description: 'The name goes to the vault, where it can be erased; the ledger knows the id alone.',
  })
  @idempotencyHeader
  @ApiBody({
    schema: openApiSchema(customerSchema),
    examples: { customer: { value: { name: 'Mme Dupont' } } },
  })
  @written('Opened', 201, { id: uuidSchema }, CUSTOMER_EXAMPLE)
  @ApiProblems('invalid-input', 'not-found', 'idempotency-mismatch', ...OF_THE_LEDGER)
  async createCustomer(
    @Param('company') company: string,
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Headers(KEY_HEADER) key?: string,
  ) {
    const identity = parseInput(customerSchema, required(body));
    const change = changeRequest('customer-registration', key, body, this.ids);
    // The account has the request's id: a repeat after a crash finds the same account and puts the name again.
    const customer = change.id;
    // Where the vault does not answer, no account is opened whose name nobody would know.
    await this.vault.customer(company, customer);
    const { actor } = principalOf(request);
    const recorded = await this.execute(
      new RegisterCustomer(company, customer, change, actor),
      key,
      response,
    );
    const state = await this.writer.inspect(company, (ledger) => ledger.customers.get(customer));
    if (state === 'open') {
      const { name, email = null, phone = null, address = null, note = null } = identity;
      await this.vault.putCustomer({ company, customer, name, email, phone, address, note });
    }
    return { ...answerOf(recorded), id: customer };
  }

  @Delete(':company/customers/:customer')
  @HttpCode(200)
  @Permit('customer.erase')
  @ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
  @ApiParam({ name: 'customer', format: 'uuid', description: 'Id of the customer' })
  @ApiOperation({
    operationId: 'eraseCustomer',
    summary: 'Erase a customer’s identity; the account and its movements stay',
  })
  @idempotencyHeader
  @written('Erased', 200, { id: uuidSchema }, CUSTOMER_EXAMPLE)
  @ApiProblems('not-found', 'idempotency-mismatch', ...OF_THE_LEDGER)
  async eraseCustomer(
    @Param('company') company: string,
    @Param('customer') customer: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Headers(KEY_HEADER) key?: string,
  ) {
    const id = uuidSchema.safeParse(customer);
    if (!id.success) throw new Problem('not-found');
    const change = changeRequest('customer-erasure', key, { customer: id.data }, this.ids);
    const { actor } = principalOf(request);
    const recorded = await this.execute(
      new EraseCustomer(company, id.data, change, actor),
      key,
      response,
    ).catch((error: unknown) => {
      // Here the address names the customer: one that is unknown is an address of nothing.
      if (error instanceof Refusal && error.code === 'unknown-customer') throw new Problem('not-found');
      throw error;
    });
    await this.vault.eraseCustomer(company, id.data);
    return { ...answerOf(recorded), id: id.data };
  }

  /**
   * What changes something is remembered by the ledger, in its events. What changes nothing leaves no event: that
   * its key was used is remembered beside the ledger, so that it answers the same and takes no other body.
   */
  private async execute(
    command: CompanyCommand,
    key: string | undefined,
    response: Response,
  ): Promise<Recorded> {
    const { id, type, payloadHash } = command.request;
    const repeatable = {
      scope: `${command.company}/changes`,
      key: key === undefined || key === '' ? undefined : id,
      request: [type, payloadHash],
    };
    const { answer, replayed } = await this.repeatable.once(repeatable, async () => {
      const outcome = await this.commands.execute<CompanyCommand, Outcome>(command);
      if (outcome.status === 'refused') throw outcome.refusal;
      return { answer: outcome, isKeptElsewhere: outcome.sequences.length > 0 };
    });
    if (replayed || answer.status === 'replayed') markReplay(response);
    return answer;
  }
}

type CompanyCommand =
  ChangeSettings | AddTill | RecordOpeningBalances | SetBudget | RegisterCustomer | EraseCustomer;

function required(body: unknown): unknown {
  if (body === undefined) throw new Problem('body-required');
  return body;
}

function answerOf({ sequence, recordedAt, hash }: Recorded) {
  return { sequence, recordedAt, hash };
}
