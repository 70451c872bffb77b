import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type CustomerAccount, customers } from '../../projections/customers';
import { type DepositPlace, deposits } from '../../projections/deposits';
import type { Projection } from '../../projections/projection';
import { statementKey } from '../../projections/statements';
import { type VoucherAccount, vouchers } from '../../projections/vouchers';
import { Permit } from '../access/permit.decorator';
import { codeSchema, uuidSchema } from '../kernel/text';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { Problem } from '../platform/http/problem';
import { Vault } from '../ports/vault';
import {
  CustomerPageDto,
  CustomerStatementDto,
  DEPOSIT_STATUSES,
  DepositPageDto,
  VoucherHistoryDto,
  VoucherPageDto,
} from './accounts.dto';
import {
  type CustomerNames,
  customerRows,
  customerStatement,
  depositRows,
  inTransitToBank,
  receivable,
  statementLineDto,
  voucherRows,
  voucherStatement,
  voucherTotal,
} from './accounts-report';
import { BookReader } from './book-reader';
import { ApiAfter, ApiAsOf, ApiCompany, ApiDay, ApiPage, ApiText } from './parameters';
import {
  asOfFields,
  badCursor,
  cursorOf,
  dayField,
  keyCursor,
  KEYS,
  pageFields,
  readPath,
  readQuery,
  requireOrder,
} from './query';
import { afterKey, type Keyed, type ReadModels } from './read-models';
import { balanceBefore, type Statement, statementLines, type StatementPlace } from './statement-report';

const listFields = { ...asOfFields, ...pageFields, at: dayField.optional() } as const;
const statementFields = { ...listFields, from: dayField.optional() } as const;
const ANONYMOUS = z.literal('-');

@ApiTags('Reading')
@ApiCompany()
@Controller('v1/companies/:company')
export class AccountsController {
  constructor(
    private readonly books: BookReader,
    private readonly vault: Vault,
  ) {}

  @Get('customers')
  @Permit('customer.read')
  @ApiOperation({ operationId: 'listCustomers', summary: 'What customers owe' })
  @ApiDay('at', 'Balances at the end of this day; default now')
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: CustomerPageDto })
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached')
  async customers(
    @Param('company') company: string,
    @Query() query: unknown,
  ): Promise<Plain<CustomerPageDto>> {
    const { limit, cursor, at, ...options } = readQuery(listFields, query);
    const { models } = await this.books.open(company, options);
    const { rows, next } = await accountPage(models, customers, limit, cursor);
    const accounts = rows as readonly CustomerAccount[];
    return {
      data: await customerRows(models, accounts, this.names(company), at),
      next,
      total: await receivable(models, at),
      at: at ?? null,
    };
  }

  @Get('customers/:customer')
  @Permit('customer.read')
  @ApiParam({ name: 'customer', description: 'Customer id, or `-` for the global account' })
  @ApiOperation({ operationId: 'readCustomer', summary: 'A customer’s statement with its running balance' })
  @ApiDay('from', 'First business day')
  @ApiDay('at', 'Last business day; default now')
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: CustomerStatementDto })
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached')
  async customer(
    @Param('company') company: string,
    @Param('customer') id: string,
    @Query() query: unknown,
  ): Promise<Plain<CustomerStatementDto>> {
    const customer = readPath('customer', z.union([ANONYMOUS, uuidSchema]), id);
    const { limit, cursor, at, from, ...options } = readQuery(statementFields, query);
    requireOrder(from, at);
    const { models } = await this.books.open(company, options);
    const account = (await models.get(customers, statementKey.account(customer))) as CustomerAccount | null;
    if (!account) throw new Problem('not-found');
    const [row] = await customerRows(models, [account], this.names(company), at);
    if (!row) throw new Problem('not-found');
    const statement = await statementPage(
      models,
      customerStatement(customer),
      { from, to: at },
      limit,
      cursor,
    );
    return { ...row, at: at ?? null, ...statement };
  }

  @Get('vouchers')
  @Permit('voucher.read')
  @ApiOperation({ operationId: 'listVouchers', summary: 'What vouchers still hold' })
  @ApiDay('at', 'Balances at the end of this day; default now')
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: VoucherPageDto })
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached')
  async vouchers(@Param('company') company: string, @Query() query: unknown): Promise<Plain<VoucherPageDto>> {
    const { limit, cursor, at, ...options } = readQuery(listFields, query);
    const { models } = await this.books.open(company, options);
    const { rows, next } = await accountPage(models, vouchers, limit, cursor);
    const accounts = rows as readonly VoucherAccount[];
    return {
      data: await voucherRows(models, accounts, at),
      next,
      total: await voucherTotal(models, at),
      at: at ?? null,
    };
  }

  @Get('vouchers/:voucher')
  @Permit('voucher.read')
  @ApiParam({ name: 'voucher', example: 'BON-001', description: 'Code of the voucher' })
  @ApiOperation({ operationId: 'readVoucher', summary: 'A voucher’s history with its running balance' })
  @ApiDay('from', 'First business day')
  @ApiDay('at', 'Last business day; default now')
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: VoucherHistoryDto })
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached')
  async voucher(
    @Param('company') company: string,
    @Param('voucher') text: string,
    @Query() query: unknown,
  ): Promise<Plain<VoucherHistoryDto>> {
    const code = readPath('voucher', z.union([ANONYMOUS, codeSchema]), text);
    const { limit, cursor, at, from, ...options } = readQuery(statementFields, query);
    requireOrder(from, at);
    const { models } = await this.books.open(company, options);
    const account = (await models.get(vouchers, statementKey.account(code))) as VoucherAccount | null;
    if (!account) throw new Problem('not-found');
    const [row] = await voucherRows(models, [account], at);
    if (!row) throw new Problem('not-found');
    const statement = await statementPage(models, voucherStatement(code), { from, to: at }, limit, cursor);
    return { ...row, at: at ?? null, ...statement };
  }

  @Get('deposits')
  @Permit('deposit.read')
  @ApiOperation({
    operationId: 'listDeposits',
    summary: 'Remittance slips: in transit and confirmed, newest first',
  })
  @ApiText('status', `Only deposits of this state: ${DEPOSIT_STATUSES.join(', ')}`, 'in-transit')
  @ApiPage()
  @ApiAfter()
  @ApiAsOf()
  @ApiOkResponse({ type: DepositPageDto })
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached')
  async deposits(@Param('company') company: string, @Query() query: unknown): Promise<Plain<DepositPageDto>> {
    const { limit, cursor, status, ...options } = readQuery(
      { ...asOfFields, ...pageFields, status: z.enum(DEPOSIT_STATUSES).optional() },
      query,
    );
    const { models } = await this.books.open(company, options);
    const last = keyCursor(cursor, KEYS.slip);
    const found = await models.list(deposits, {
      from: 'l/',
      to: last ?? 'l0',
      limit: limit + 1,
      descending: true,
    });
    const { rows: places, next } = cutPage(found as readonly Keyed<DepositPlace>[], limit);
    const rows = await depositRows(
      models,
      places.map(({ body }) => body),
    );
    return {
      data: rows.filter((row) => status === undefined || row.status === status),
      next,
      inTransit: await inTransitToBank(models),
    };
  }

  private names(company: string): CustomerNames {
    return async (ids) => {
      const identities = ids.length === 0 ? [] : await this.vault.customers(company, ids);
      return new Map(identities.map(({ customer, name }) => [customer, name]));
    };
  }
}

/** A page of what was read with one row more, which tells whether another page follows. */
function cutPage<Body>(found: readonly Keyed<Body>[], limit: number) {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: last && found.length > limit ? cursorOf(last.key) : null };
}

async function accountPage(
  models: ReadModels,
  projection: Projection,
  limit: number,
  cursor: string | undefined,
) {
  const after = keyCursor(cursor, KEYS.account);
  const from = after === null ? 'a/' : afterKey(after);
  const { rows, next } = cutPage(await models.list(projection, { from, to: 'a0', limit: limit + 1 }), limit);
  return { rows: rows.map(({ body }) => body), next };
}

const placeSchema = z.strictObject({ key: z.string().min(1).max(200), balance: z.int() });

async function statementPage(
  models: ReadModels,
  statement: Statement,
  range: { readonly from: string | undefined; readonly to: string | undefined },
  limit: number,
  cursor: string | undefined,
) {
  const place = cursor === undefined ? null : readPlace(cursor, `r/${statement.account}/`);
  const found = await statementLines(models, statement, range, limit + 1, place);
  const lines = found.slice(0, limit);
  const last = lines.at(-1);
  const hasMore = last !== undefined && found.length > limit;
  return {
    opening: range.from === undefined ? 0 : await balanceBefore(models, statement, range.from),
    data: lines.map(statementLineDto),
    next: hasMore ? cursorOf(JSON.stringify({ key: last.key, balance: last.balance })) : null,
  };
}

function readPlace(cursor: string, prefix: string): StatementPlace {
  try {
    const parsed = placeSchema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (parsed.success && parsed.data.key.startsWith(prefix)) return parsed.data;
  } catch {
    // Not JSON: not a cursor of ours.
  }
  return badCursor();
}
