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
    const known = token === undefined ? undefined : authenticator.recall(token);
    if (token !== undefined) request.token = token;
    if (token === undefined || known) next(admit(request, known, limiter));
    else
      findOut(request, token, authenticator, limiter).then(
        (problem) => next(problem),
        (error: unknown) => next(error),
      );
  };
}

export function isSignedIn(request: Request): boolean {
  return (request as AccessRequest).identity !== undefined;
}

/**
 * A token that this node has not met counts for its address until the vault has told whose it is: before the vault is asked, so
 * that whoever tries tokens out is turned away without it.
 */
async function findOut(
  request: AccessRequest,
  token: string,
  authenticator: Authenticator,
  limiter: RateLimiter,
): Promise<Error | undefined> {
  const isStranger = !authenticator.hasMet(token);
  const address = addressKey(request.ip);
  const tooMany = isStranger ? count(address, limiter) : undefined;
  if (tooMany) return tooMany;
  const identity = await identityOf(request, token, authenticator);
  if (identity instanceof Error) return (isStranger ? undefined : count(address, limiter)) ?? identity;
  if (!identity) return isStranger ? undefined : count(address, limiter);
  if (isStranger) limiter.giveBack(address);
  return admit(request, identity, limiter);
}

/** An error where it cannot be found out, and matters. */
async function identityOf(
  request: AccessRequest,
  token: string,
  authenticator: Authenticator,
): Promise<Identity | Error | null> {
  try {
    return await authenticator.authenticate(token);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    // Some routes are for anybody. A body is not read from somebody unknown: it may be larger than he may send.
    if (request.method !== 'GET' && request.method !== 'HEAD') return error;
    request.unidentified = error;
    return null;
  }
}

function admit(
  request: AccessRequest,
  identity: Identity | undefined,
  limiter: RateLimiter,
): Problem | undefined {
  if (identity) request.identity = identity;
  return count(identity?.credential ?? addressKey(request.ip), limiter);
}

function count(key: string, limiter: RateLimiter): Problem | undefined {
  const allowance = limiter.take(key);
  if (allowance.allowed) return undefined;
  return new Problem('too-many-requests', { facts: { retryAfter: allowance.retryAfter } });
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
