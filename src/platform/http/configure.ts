import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, RequestHandler } from 'express';
import type { Config } from '../../config';
import { jsonBody } from './json-body';
import { requestId } from './request-id';
import { noStore, securityHeaders } from './security-headers';

/** Bodies other than batches and opening balances, and whatever is sent by somebody who is not signed in: 64 KiB. */
export const BODY_LIMIT_BYTES = 64 * 1024;

/** A JSON batch: 8 MiB. */
export const BATCH_LIMIT_BYTES = 8 * 1024 * 1024;

/** What was outstanding before the first day, thousands of vouchers and customers, is told at once: 2 MiB. */
const OPENING_BALANCES_LIMIT_BYTES = 2 * 1024 * 1024;

/** A body that is no stream arrives within five minutes, as Node has it for every request. */
const LONGEST_BODY_MS = 300_000;

const BATCH_PATH = /^\/v1\/companies\/[^/]+\/entries\/batch\/?$/;
const OPENING_BALANCES_PATH = /^\/v1\/companies\/[^/]+\/opening-balances\/?$/;

export type HttpOptions = {
  readonly config: Pick<Config, 'publicUrl' | 'trustedProxies'>;
  /** Tells who is calling and counts it, before a single byte of the body is read. */
  readonly authenticate: RequestHandler;
  /** Whether `authenticate` found somebody: only they may send large bodies. */
  readonly isSignedIn: (request: Request) => boolean;
  readonly longestBodyMs?: number;
};

/**
 * The middleware of the service, in order. The application must be made with `bodyParser: false`.
 * Nothing here answers by itself: problems go to the filter.
 */
export function configureHttp(app: NestExpressApplication, options: HttpOptions): void {
  // Lines are sent for as long as there are any; all other bodies have a clock of their own.
  app.getHttpServer().requestTimeout = 0;
  app.disable('x-powered-by');
  // Answers say by `sequence` and their own ETags what they show; hashing each body would cost more than making it.
  app.disable('etag');
  app.set('trust proxy', options.config.trustedProxies);
  app.use(requestId);
  app.use(securityHeaders(options.config.publicUrl));
  app.use('/v1', noStore);
  app.use(options.authenticate);
  app.use(
    jsonBody({
      limitOf: (request) => limitOf(request, options.isSignedIn),
      takesLines: isBatch,
      mayTakeLong: options.isSignedIn,
      longestMs: options.longestBodyMs ?? LONGEST_BODY_MS,
    }),
  );
}

function isBatch({ path }: Request): boolean {
  return BATCH_PATH.test(path);
}

function limitOf(request: Request, isSignedIn: (request: Request) => boolean): number {
  if (!isSignedIn(request)) return BODY_LIMIT_BYTES;
  if (isBatch(request)) return BATCH_LIMIT_BYTES;
  return OPENING_BALANCES_PATH.test(request.path) ? OPENING_BALANCES_LIMIT_BYTES : BODY_LIMIT_BYTES;
}
