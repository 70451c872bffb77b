import { applyDecorators, Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Permit } from '../access/permit.decorator';
import { type Principal, principalOf, requireEntryType, requireTill } from '../access/principal';
import { answerTo } from '../platform/http/answer';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import { parseJson } from '../platform/http/json';
import { NDJSON_TYPE } from '../platform/http/json-body';
import { Problem, type ProblemBody, problemBody } from '../platform/http/problem';
import { inputErrors, parseInput } from '../platform/http/zod-problem';
import { openApiSchema, type SchemaObject } from '../platform/http/zod-schema';
import type { Outcome } from '../platform/ledger-writer';
import type { Replacement } from '../ledger/correction/entry';
import { type Entry, entrySchema } from '../ledger/entries';
import { answerOf, answerSchema } from './answer';
import { type BatchAnswer, type BatchItem, BatchRecorder } from './batch-recorder';
import { ANSWER_EXAMPLE, ENTRY_EXAMPLES } from './examples';
import type { NdjsonLine } from './ndjson';
import { NdjsonRecorder } from './ndjson-recorder';
import { payloadHash } from './payload-hash';
import { prepareEntry, type PreparedEntry } from './prepare-entry';
import { RecordEntries } from './recording.commands';

const MOST_ENTRIES = 1000;

const batchSchema = z.strictObject({
  atomic: z.boolean().optional(),
  entries: z.array(z.unknown()).min(1).max(MOST_ENTRIES),
});

const ENTRY_SCHEMA = openApiSchema(entrySchema);

const RECORDED = { 'application/json': { schema: openApiSchema(answerSchema), example: ANSWER_EXAMPLE } };

const RESULT_SCHEMA: SchemaObject & { properties: NonNullable<SchemaObject['properties']> } = {
  type: 'object',
  required: ['status'],
  properties: {
    id: { type: 'string', description: 'As it was sent, which may be no UUID; absent where there was none' },
    status: { type: 'string', enum: ['recorded', 'replayed', 'refused', 'not-recorded'] },
    sequence: { type: 'integer', description: 'Sequence of the entry’s last event' },
    problem: { $ref: '#/components/schemas/ProblemDto' },
  },
};

const examples = Object.fromEntries(Object.entries(ENTRY_EXAMPLES).map(([name, value]) => [name, { value }]));

/** The documentation of the batch route, apart from its code for its length. */
function DocumentBatch(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'recordBatch',
      summary: 'Record many entries',
      description:
        'JSON: at most 1,000 entries, judged by business day (Z-tickets before outflows, then by `occurredAt`, counts and ' +
        'closures last), answered in the order sent; `atomic: true` records all or nothing. NDJSON: one entry per line, any ' +
        'number, judged as they arrive, never atomic; a result line for each.',
    }),
    ApiConsumes('application/json', NDJSON_TYPE),
    ApiBody({
      schema: {
        type: 'object',
        required: ['entries'],
        properties: {
          atomic: { type: 'boolean', default: false },
          entries: { type: 'array', minItems: 1, maxItems: MOST_ENTRIES, items: ENTRY_SCHEMA },
        },
      },
      examples: { day: { value: { atomic: false, entries: [ENTRY_EXAMPLES.sale, ENTRY_EXAMPLES.expense] } } },
    }),
    ApiResponse({
      status: 200,
      description: 'What became of each entry',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: {
              results: { type: 'array', items: RESULT_SCHEMA },
              head: { type: 'integer', nullable: true },
            },
          },
          example: { results: [{ id: ENTRY_EXAMPLES.sale.id, status: 'recorded', sequence: 42 }], head: 42 },
        },
        [NDJSON_TYPE]: {
          schema: {
            ...RESULT_SCHEMA,
            properties: { ...RESULT_SCHEMA.properties, line: { type: 'integer' } },
          },
        },
      },
    }),
    ApiResponse({
      status: 422,
      description: 'An atomic batch with a refusal: nothing was recorded; each refused entry is named',
    }),
    ApiProblems(
      'invalid-input',
      'malformed-json',
      'not-found',
      'body-too-large',
      'batch-too-large',
      'overloaded',
      'store-unavailable',
    ),
  );
}

/** What anybody does all day: recording. The path of a sale from here on is `RecordEntries`, `LedgerWriter`, `decide`. */
@ApiTags('Recording')
@ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
@Controller('v1/companies/:company/entries')
export class RecordingController {
  constructor(
    private readonly commands: CommandBus,
    private readonly batches: BatchRecorder,
    private readonly ndjson: NdjsonRecorder,
  ) {}

  @Post()
  @Permit('entry.record')
  @ApiOperation({
    operationId: 'recordEntry',
    summary: 'Record one entry',
    description:
      'The id is made by the client and counts for ever: the same id and body answer 200 with the first result and ' +
      '`Idempotent-Replayed: true`, another body 409. A 503 means that the outcome is unknown: send the same id again.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Serves as the id; both must agree' })
  @ApiBody({ schema: ENTRY_SCHEMA, examples })
  @ApiResponse({
    status: 201,
    description: 'Recorded',
    content: RECORDED,
  })
  @ApiResponse({
    status: 200,
    description: 'Recorded before',
    content: RECORDED,
  })
  @ApiProblems(
    'invalid-input',
    'malformed-json',
    'idempotency-key-mismatch',
    'not-found',
    'idempotency-mismatch',
    'day-closed',
    'feature-disabled',
    'voucher-insufficient',
    'cash-balance-negative',
    'unbalanced-entry',
    'unknown-method',
    'body-too-large',
    'unsupported-media-type',
    'overloaded',
    'store-unavailable',
    'ledger-behind-witness',
  )
  async record(
    @Param('company') company: string,
    @Body() body: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    if (body === undefined) throw new Problem('body-required');
    const principal = principalOf(request);
    const key = idempotencyKeyOf(request);
    const prepared = prepareEntry(body, payloadHash, key);
    if ('issues' in prepared) throw inputProblem(prepared.issues, body);
    if (key !== undefined && prepared.entry.id !== key.toLowerCase())
      throw new Problem('idempotency-key-mismatch');
    const authorised = authorise(principal, prepared);
    const [outcome] = await this.commands.execute<RecordEntries, readonly Outcome[]>(
      new RecordEntries(company, [authorised], principal.actor),
    );
    if (!outcome) throw new Error('an entry has an outcome');
    if (outcome.status === 'refused') throw outcome.refusal;
    response.status(outcome.status === 'recorded' ? 201 : 200);
    if (outcome.status === 'replayed') response.setHeader('Idempotent-Replayed', 'true');
    return answerOf(outcome);
  }

  @Post('batch')
  @HttpCode(200)
  @Permit('entry.record')
  @DocumentBatch()
  async recordBatch(
    @Param('company') company: string,
    @Body() body: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (request.is(NDJSON_TYPE) !== false && request.is(NDJSON_TYPE) !== null) {
      await this.recordLines(company, request, response);
      return;
    }
    if (body === undefined) throw new Problem('body-required');
    const { atomic = false, entries } = parseInput(batchSchema, body);
    const principal = principalOf(request);
    const items = entries.map((entry, index) => itemOf(entry, principal, `/entries/${index}`));
    const answer = await this.batches.record(company, items, atomic, principal.actor);
    const isRefused = atomic && answer.results.some(({ status }) => status === 'refused');
    if (isRefused) sendRefusedBatch(response, answer);
    else response.status(200).json(answer);
  }

  private async recordLines(company: string, request: Request, response: Response): Promise<void> {
    const principal = principalOf(request);
    response.status(200).setHeader('Content-Type', NDJSON_TYPE);
    response.setHeader('X-Accel-Buffering', 'no');
    try {
      await this.ndjson.record(company, request, response, principal.actor, (line, read) =>
        read ? authorisedItem(read, principal) : lineItem(line, principal),
      );
      response.end();
    } catch (error) {
      // A client that goes away half-way has nobody to answer: what it sent until then is recorded.
      if (error === request.errored) return;
      // The rest of the body passes by, so that the answer can be read.
      request.resume();
      throw error;
    }
  }
}

function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return undefined;
  // A structured-field string comes in quotation marks.
  return key.replace(/^"(.*)"$/, '$1');
}

function inputProblem(issues: readonly z.core.$ZodIssue[], body: unknown): Problem {
  return Problem.invalidInput(inputErrors({ issues } as z.core.$ZodError, body));
}

/**
 * What the role may record, and on which tills. The till of an entry that is commented on is known where it is decided,
 * which is told the limit.
 *
 * @throws Problem not-allowed, till-not-allowed
 */
function authorise(principal: Principal, prepared: PreparedEntry): PreparedEntry {
  const { entry } = prepared;
  requireEntryType(principal, entry.type);
  if (principal.tills === null) return prepared;
  requireTill(principal, ...tillsOf(entry));
  return { ...prepared, tills: principal.tills };
}

/** The tills that an entry may touch; undefined stands for one that it does not say. */
function tillsOf(entry: Entry | Replacement): readonly (string | undefined)[] {
  if (entry.type === 'transfer') return [entry.from.till ?? entry.till, entry.to.till ?? entry.till];
  if (entry.type !== 'correction') return [entry.till];
  // The till of what is corrected is the original's, whatever the correction names.
  if (entry.corrects !== undefined) return [undefined];
  return entry.replacement
    ? tillsOf({ ...entry.replacement, till: entry.replacement.till ?? entry.till })
    : [];
}

function itemOf(body: unknown, principal: Principal, base: string): BatchItem {
  const prepared = prepareEntry(body, payloadHash);
  if ('issues' in prepared) return { id: prepared.id, problem: issuesBody(prepared.issues, body, base) };
  return authorisedItem(prepared, principal);
}

function issuesBody(issues: readonly z.core.$ZodIssue[], body: unknown, base: string): ProblemBody {
  return problemBody(Problem.invalidInput(inputErrors({ issues } as z.core.$ZodError, body, base)));
}

function authorisedItem(prepared: PreparedEntry, principal: Principal): BatchItem {
  try {
    return { prepared: authorise(principal, prepared) };
  } catch (error) {
    return { id: prepared.entry.id, problem: answerTo(error, '').body };
  }
}

function lineItem(line: NdjsonLine, principal: Principal): BatchItem {
  if ('unreadable' in line) {
    const code = line.unreadable === 'too-long' ? 'body-too-large' : 'invalid-encoding';
    return { problem: problemBody(new Problem(code, { facts: { limit: 64 * 1024 } })) };
  }
  try {
    return itemOf(parseJson(line.text), principal, '');
  } catch (error) {
    return { problem: answerTo(error, '').body };
  }
}

function sendRefusedBatch(response: Response, { results }: BatchAnswer): void {
  const problem = problemBody(new Problem('batch-refused'));
  response.status(422).setHeader('Content-Type', 'application/problem+json');
  response.end(JSON.stringify({ ...problem, results }));
}
