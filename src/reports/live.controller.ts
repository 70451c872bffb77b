import { performance } from 'node:perf_hooks';
import { Controller, Get, Headers, type OnModuleDestroy, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Permit } from '../access/permit.decorator';
import { isStillAllowed, principalOf } from '../access/principal';
import type { LedgerEvent } from '../ledger/events';
import { decodeStoredEvent } from '../platform/codec';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import { drained } from '../platform/http/drained';
import { Problem } from '../platform/http/problem';
import { EventStore } from '../ports/event-store';
import { ApiCompany } from './parameters';
import { readQuery } from './query';

const PAGE = 200;
const PING_MS = 15_000;

/** What a listener is told of an event: enough to know what to read again, with `?after` = its id. */
export type LiveMessage = {
  readonly sequence: number;
  readonly type: string;
  readonly till: string | null;
  readonly businessDate: string | null;
  readonly entry: { readonly id: string; readonly type: string } | null;
  readonly recordedAt: string;
  readonly hash: string;
  /** Of alerts: what they say. */
  readonly alert?: unknown;
};

/** A ledger, and the tills of it that are heard; null is all of it. */
type Heard = { readonly company: string; readonly tills: readonly string[] | null };

@ApiTags('Reading')
@ApiCompany()
@Controller('v1/companies/:company/live')
export class LiveController implements OnModuleDestroy {
  /** Between two pings, and two looks at whether the listener may still listen, in milliseconds. */
  pingMs = PING_MS;
  private readonly listeners = new Set<Listener>();

  constructor(private readonly events: EventStore) {}

  /** Connections without end would keep the service from stopping. */
  onModuleDestroy(): void {
    for (const listener of this.listeners) listener.end();
  }

  @Get()
  @Permit('live.read')
  @ApiOperation({
    operationId: 'listen',
    summary: 'What is being recorded, as Server-Sent Events',
    description:
      'One message per event of the ledger: `event` is its type, `id` its sequence, `data` a JSON summary. Reads follow with ' +
      '`?after=<id>`. `Last-Event-ID` resumes without a gap, read from the ledger itself; without it, listening begins now. ' +
      'One that the ledger has not reached, as after a backup was restored, is answered by an event `reset`, whose `id` is the ' +
      'ledger’s end: read everything again; listening goes on from there. ' +
      `A \`ping\` comes every ${PING_MS / 1000} seconds; the stream ends when the session, the key or the membership has ended. ` +
      'An API key that is limited to tills hears of these alone.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Sequence of the last message that was read',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'A stream without end', schema: { type: 'string' } })
  @ApiProblems('invalid-input', 'not-found')
  async listen(
    @Param('company') company: string,
    @Query() query: unknown,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    readQuery({}, query);
    const head = await this.events.head(company);
    if (!head) throw new Problem('not-found');
    const after = lastEventId === undefined ? head.sequence : readLastEventId(lastEventId);
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    // Proxies that gather answers would hold messages back.
    response.setHeader('X-Accel-Buffering', 'no');
    response.flushHeaders();
    response.write(': bienvenue\n\n');
    if (after > head.sequence) response.write(resetTo(head.sequence, after));
    await this.follow(company, Math.min(after, head.sequence), request, response);
  }

  private async follow(company: string, after: number, request: Request, response: Response): Promise<void> {
    const listener = new Listener();
    this.listeners.add(listener);
    const unsubscribe = this.events.onAppended((heads) => {
      if (heads.some(({ ledger }) => ledger === company)) listener.call();
    });
    request.once('close', () => listener.end());
    response.once('close', () => listener.end());
    try {
      const { tills } = principalOf(request);
      let next = after + 1;
      let asked = performance.now();
      while (!listener.ended) {
        next = await this.sendFrom({ company, tills }, next, response, listener);
        // Append hints may be late or missing: the ping is also when the ledger is looked at again.
        const called = await listener.wait(this.pingMs);
        // A busy ledger leaves no time for pings, and access ends all the same.
        if (!called || performance.now() - asked >= this.pingMs) {
          if (!(await isStillAllowed(request))) return;
          asked = performance.now();
        }
        if (!called) await send(response, 'event: ping\ndata:\n\n');
      }
    } finally {
      unsubscribe();
      this.listeners.delete(listener);
      response.end();
    }
  }

  /** Sends what is there from a sequence on; answers the next one. */
  private async sendFrom(
    { company, tills }: Heard,
    from: number,
    response: Response,
    listener: Listener,
  ): Promise<number> {
    let next = from;
    while (!listener.ended) {
      const page = await this.events.read(company, next, PAGE);
      for (const stored of page) {
        const message = messageOf(decodeStoredEvent(stored), stored.hash);
        if (tills !== null && (message.till === null || !tills.includes(message.till))) continue;
        await send(
          response,
          `id: ${message.sequence}\nevent: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`,
        );
      }
      next += page.length;
      if (page.length < PAGE) return next;
    }
    return next;
  }
}

/**
 * A ledger that ends before what was read is another one than it was: a backup was restored. To refuse would end a browser's
 * `EventSource` for good (HTML, 9.2.3: it reconnects after an end, not after an error status); its new id sets it right.
 */
function resetTo(head: number, lastEventId: number): string {
  return `id: ${head}\nevent: reset\ndata: ${JSON.stringify({ head, lastEventId })}\n\n`;
}

/** @throws Problem invalid-input */
function readLastEventId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw Problem.invalidInput([
    {
      pointer: '/headers/last-event-id',
      code: 'bad-format',
      message: 'Il faut le numéro du dernier message lu.',
    },
  ]);
}

/** Waits until a slow listener has room, so that memory stays bounded. */
async function send(response: Response, text: string): Promise<void> {
  if (response.destroyed || response.writableEnded) return;
  if (!response.write(text)) await drained(response);
}

function messageOf(event: LedgerEvent, hash: string): LiveMessage {
  const { sequence, type, till, businessDate, entry, recordedAt } = event;
  return {
    sequence,
    type,
    till: till ?? null,
    businessDate: businessDate ?? null,
    entry: entry ? { id: entry.id, type: entry.type } : null,
    recordedAt,
    hash,
    alert: type === 'AlertRaised' || type === 'AlertCleared' ? event.data : undefined,
  };
}

/** Wakes one reader when something was appended, and ends it when its connection is gone. */
class Listener {
  ended = false;
  private isCalled = false;
  private wake: (() => void) | null = null;

  call(): void {
    this.isCalled = true;
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  /** True when it was called or ended, false when the time was up. */
  wait(milliseconds: number): Promise<boolean> {
    if (this.isCalled || this.ended) {
      this.isCalled = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(false), milliseconds);
      const done = (called: boolean) => {
        clearTimeout(timer);
        this.wake = null;
        this.isCalled = false;
        resolve(called);
      };
      this.wake = () => done(true);
    });
  }
}
