import type { Response } from 'express';
import { HttpException } from '@nestjs/common';
import { Refusal } from '../../kernel/refusal';
import { StoreUnavailable, WrongRevision } from '../../ports/event-store';
import { DamagedEvent, UnknownEvent } from '../codec';
import { LedgerBehindWitness, LedgerContradicted } from '../ledger-loader';
import { Overloaded, UnknownLedger } from '../ledger-writer';
import { AfterNotReached } from '../projector';
import type { PlatformCode } from './platform-problems';
import { Problem, PROBLEM_TYPE, type ProblemBody, problemBody, refusalBody } from './problem';

/** Every error is one of these over HTTP; `unexpected` ones are bugs, to be logged. */
export type ErrorAnswer = {
  readonly body: ProblemBody;
  readonly retryAfter?: number | undefined;
  readonly unexpected: boolean;
};

/** Seconds after which a write whose outcome is unknown may be sent again. */
const RETRY_AFTER_SECONDS = 1;

/** What is answered for an error, whatever threw it. */
export function answerTo(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof Refusal) return { body: refusalBody(error), unexpected: false };
  const problem = problemOf(error, requestId);
  const retryAfter = problem.facts.retryAfter;
  return {
    body: problemBody(problem),
    retryAfter: typeof retryAfter === 'number' ? retryAfter : undefined,
    unexpected: problem.code === 'internal-error',
  };
}

function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailable)
    return new Problem('store-unavailable', { facts: { retryAfter: RETRY_AFTER_SECONDS }, cause: error });
  if (error instanceof WrongRevision)
    return new Problem('overloaded', { facts: { retryAfter: RETRY_AFTER_SECONDS }, cause: error });
  const ofLedger = ledgerProblem(error);
  if (ofLedger) return ofLedger;
  const status = error instanceof HttpException ? error.getStatus() : 500;
  const code = CODE_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'bad-request' : 'internal-error');
  const facts = code === 'internal-error' ? { requestId } : code === 'overloaded' ? { retryAfter: 1 } : {};
  return new Problem(code, { facts, cause: error });
}

/** Seconds after which a ledger that is refused is looked at again. */
const REFUSED_LEDGER_SECONDS = 30;

/** A ledger that cannot be written or read now: the others serve. */
function ledgerProblem(error: unknown): Problem | null {
  const retryAfter = RETRY_AFTER_SECONDS;
  if (error instanceof Overloaded) return new Problem('overloaded', { facts: { retryAfter }, cause: error });
  if (error instanceof UnknownLedger) return new Problem('not-found', { cause: error });
  if (error instanceof AfterNotReached) {
    const { sequence, reached, reason } = error;
    return new Problem('after-not-reached', {
      facts: { retryAfter, sequence, reached, reason },
      cause: error,
    });
  }
  if (error instanceof LedgerBehindWitness) {
    const { from, to } = error.missing;
    const facts = { retryAfter: REFUSED_LEDGER_SECONDS, missingFrom: from, missingTo: to };
    return new Problem('ledger-behind-witness', { facts, cause: error });
  }
  if (error instanceof LedgerContradicted || error instanceof DamagedEvent || error instanceof UnknownEvent) {
    return new Problem('ledger-damaged', {
      facts: { retryAfter: REFUSED_LEDGER_SECONDS, reason: error.message },
      cause: error,
    });
  }
  return null;
}

/** For what Nest, Express and their like throw by themselves. */
const CODE_OF_STATUS: Readonly<Record<number, PlatformCode>> = {
  401: 'not-signed-in',
  403: 'not-allowed',
  404: 'not-found',
  405: 'http-method-not-allowed',
  406: 'not-acceptable',
  408: 'request-timeout',
  409: 'conflict',
  410: 'gone',
  412: 'precondition-failed',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  422: 'unprocessable',
  428: 'precondition-required',
  431: 'headers-too-large',
  503: 'overloaded',
};

/** Sends an error's answer. Once an answer has begun there is nothing left but to cut it short visibly. */
export function sendProblem(response: Response, { body, retryAfter }: ErrorAnswer): void {
  // For who counts answers.
  response.locals.problem = body.code;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
  if (body.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="caisse"');
  response.statusCode = body.status;
  response.setHeader('Content-Type', PROBLEM_TYPE);
  response.setHeader('Cache-Control', 'no-store');
  response.end(JSON.stringify(body));
}
