import { Controller, Get, Header, HttpCode, Logger, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiQuery,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Permit } from '../access/permit.decorator';
import { CheckpointSigner, originOf, parseNote } from '../platform/checkpoints';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import { drained } from '../platform/http/drained';
import { NDJSON_TYPE } from '../platform/http/json-body';
import { Problem } from '../platform/http/problem';
import { verifyLedger } from '../platform/verify-ledger';
import { Clock } from '../ports/clock';
import { EventStore } from '../ports/event-store';
import { Witness } from '../ports/witness';
import { exportLine } from '../proof/chain';
import { ApiAfter } from '../reports/parameters';
import { flagField, readFields, readQuery, requireOrder, sequenceField } from '../reports/query';
import { CheckpointDto, VerificationDto } from './proof.dto';

const PAGE = 1000;

/** Verifications that run at once: each reads a whole ledger on the thread that serves. */
const MOST_VERIFICATIONS = 2;

/** Seconds after which a verification that found no room may be asked for again. */
const RETRY_AFTER_SECONDS = 5;

/** What lets a stranger check the ledger: its signed head, a verification, and the raw events. */
@ApiTags('Proof')
@ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
@Controller('v1/companies/:company')
export class ProofController {
  private readonly log = new Logger('Proof');
  private verifications = 0;

  constructor(
    private readonly store: EventStore,
    private readonly witness: Witness,
    private readonly signer: CheckpointSigner,
    private readonly clock: Clock,
  ) {}

  @Get('proof/checkpoint')
  @Permit('proof.read')
  @ApiOperation({
    operationId: 'readCheckpoint',
    summary: 'The signed head of the ledger',
    description: 'A C2SP signed note as `text/plain`; its parts as JSON when `Accept` asks for it.',
  })
  @ApiAfter()
  @ApiProduces('text/plain', 'application/json')
  @ApiExtraModels(CheckpointDto)
  @ApiResponse({
    status: 200,
    description: 'Origin, size, Merkle root and signature',
    content: {
      'text/plain': { schema: { type: 'string' } },
      'application/json': { schema: { $ref: getSchemaPath(CheckpointDto) } },
    },
  })
  @ApiProblems('invalid-input', 'not-found', 'not-acceptable', 'after-not-reached')
  async checkpoint(
    @Param('company') company: string,
    @Query() query: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { after } = readQuery(readFields, query);
    const type = request.accepts(['text/plain', 'application/json']);
    if (type === false) throw new Problem('not-acceptable');
    const checkpoint = await this.store.latestCheckpoint(company);
    const parsed = checkpoint === null ? null : parseNote(checkpoint.note);
    if (checkpoint === null || parsed === null) throw new Problem('not-found');
    const { size, root } = parsed;
    // Each append comes with its checkpoint: what was answered is covered, and there is nothing to wait for.
    if (after !== undefined && size < after)
      throw new Problem('after-not-reached', { facts: { after, retryAfter: 1 } });
    if (type === 'text/plain') {
      response.type('text/plain').send(checkpoint.note);
      return;
    }
    // Of the event that the checkpoint ends with, though others may have followed it by now.
    const [last] = await this.store.read(company, size, 1);
    response.json({
      origin: originOf(company),
      size,
      root,
      hash: last?.hash,
      verifierKey: this.signer.verifierKey,
      note: checkpoint.note,
    });
  }

  @Post('proof/verify')
  @HttpCode(200)
  @Permit('proof.verify')
  @ApiOperation({
    operationId: 'verifyLedger',
    summary: 'Verify the whole ledger from its raw events',
    description:
      'Hashes, links, numbers, postings, closures, signed checkpoints, the witness. Lists all errors. A few at once; one more is answered 503.',
  })
  @ApiQuery({
    name: 'all',
    required: false,
    schema: { type: 'boolean' },
    description: 'Every signature and the form of each event',
  })
  @ApiAfter()
  @ApiOkResponse({ type: VerificationDto, description: 'The report' })
  @ApiProblems('invalid-input', 'not-found', 'overloaded', 'after-not-reached')
  async verify(@Param('company') company: string, @Query() query: unknown) {
    const { all = false, after } = readQuery({ ...readFields, all: flagField.optional() }, query);
    await this.requireReached(company, after);
    const started = Date.now();
    const report = await this.verified(company, all);
    const intact = report.errors.length === 0;
    const [first] = report.errors;
    if (first) {
      const errors = report.errors.length + report.moreErrors;
      this.log.error({ message: 'a ledger does not verify', ledger: company, errors, first });
    }
    return { intact, ...report, verifiedAt: this.clock.now(), durationMs: Date.now() - started };
  }

  /**
   * What a write answered is durable in the store that is read here, and there is nothing to wait for.
   *
   * @throws Problem after-not-reached
   */
  private async requireReached(company: string, after: number | undefined): Promise<void> {
    if (after === undefined) return;
    const head = await this.store.head(company);
    if ((head?.sequence ?? 0) < after)
      throw new Problem('after-not-reached', { facts: { after, retryAfter: 1 } });
  }

  /** @throws Problem overloaded */
  private async verified(company: string, all: boolean): ReturnType<typeof verifyLedger> {
    if (this.verifications >= MOST_VERIFICATIONS)
      throw new Problem('overloaded', { facts: { retryAfter: RETRY_AFTER_SECONDS } });
    this.verifications += 1;
    try {
      return await verifyLedger(this.store, company, { all, witness: this.witness.read(company) });
    } finally {
      this.verifications -= 1;
    }
  }

  @Get('exports/events')
  @Permit('export.events')
  @Header('Content-Type', NDJSON_TYPE)
  @ApiOperation({
    operationId: 'exportEvents',
    summary: 'The raw events, exactly as they were hashed',
    description:
      'One per line, with `hash` put in as the last member; without it and with the closing brace back, the line is the hashed text.',
  })
  @ApiQuery({ name: 'from', required: false, schema: { type: 'integer' }, description: 'First sequence' })
  @ApiQuery({ name: 'to', required: false, schema: { type: 'integer' }, description: 'Last sequence' })
  @ApiAfter()
  @ApiProduces(NDJSON_TYPE)
  @ApiResponse({ status: 200, description: 'NDJSON', schema: { type: 'string' } })
  @ApiProblems('invalid-input', 'not-found', 'after-not-reached')
  async events(
    @Param('company') company: string,
    @Query() query: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const { from, to, after } = readQuery(
      { ...readFields, from: sequenceField.optional(), to: sequenceField.optional() },
      query,
    );
    requireOrder(from, to);
    await this.requireReached(company, after);
    const first = from ?? 1;
    const last = to ?? Number.MAX_SAFE_INTEGER;
    response.setHeader('Content-Disposition', `attachment; filename="${company}.ndjson"`);
    for (let next = first; next <= last && !response.destroyed; next += PAGE) {
      const limit = Math.min(PAGE, last - next + 1);
      const page = await this.store.read(company, next, limit);
      const text = page.map((event) => `${exportLine(event.text, event.hash)}\n`).join('');
      if (text !== '' && !response.write(text)) await drained(response);
      if (page.length < limit) break;
    }
    response.end();
  }
}
