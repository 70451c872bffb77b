import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { readCookie } from '../platform/http/cookies';
import { Problem } from '../platform/http/problem';
import { addressKey, type RateLimiter } from '../platform/http/rate-limiter';
import type { Authenticator } from './authenticator';
import type { AccessRequest, Identity } from './principal';
import { SESSION_COOKIE } from './session-cookie';

/** Longer than any token of ours; what is longer is not looked up. */
const LONGEST_TOKEN = 100;

/**
 * Tells who is calling and counts the request, before its body is read. It turns nobody away for being unknown:
 * that is the guard's business, which knows the route.
 */
export function authentication(authenticator: Authenticator, limiter: RateLimiter): RequestHandler {
  return (request: AccessRequest, _response: Response, next: NextFunction) => {
    const token = tokenOf(request);
    if (token !== undefined) request.token = token;
    if (token === undefined) {
      admit(request, undefined, limiter, next);
      return;
    }
    const known = authenticator.recall(token);
    if (known) admit(request, known, limiter, next);
    else
      authenticator.authenticate(token).then(
        (identity) => admit(request, identity ?? undefined, limiter, next),
        (error: unknown) => {
          // Some routes are for anybody. A body is not read from somebody unknown: it may be larger than he may send.
          if (request.method !== 'GET') return next(error);
          request.unidentified = error instanceof Error ? error : new Error(String(error));
          admit(request, undefined, limiter, next);
        },
      );
  };
}

export function isSignedIn(request: Request): boolean {
  return (request as AccessRequest).identity !== undefined;
}

function admit(
  request: AccessRequest,
  identity: Identity | undefined,
  limiter: RateLimiter,
  next: NextFunction,
): void {
  if (identity) request.identity = identity;
  const allowance = limiter.take(identity?.credential ?? addressKey(request.ip));
  if (allowance.allowed) next();
  else next(new Problem('too-many-requests', { facts: { retryAfter: allowance.retryAfter } }));
}

/** A header says more than a cookie that the browser adds by itself. */
function tokenOf(request: AccessRequest): string | undefined {
  const { authorization, cookie } = request.headers;
  const bearer = authorization === undefined ? undefined : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (authorization !== undefined) return acceptable(bearer);
  const session = acceptable(readCookie(cookie, SESSION_COOKIE));
  if (session !== undefined) request.fromCookie = true;
  return session;
}

function acceptable(token: string | undefined): string | undefined {
  return token !== undefined && token !== '' && token.length <= LONGEST_TOKEN ? token : undefined;
}
