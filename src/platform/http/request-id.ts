import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const HEADER = 'X-Request-Id';
const ACCEPTABLE = /^[A-Za-z0-9._-]{1,64}$/;

/** Gives each request a number that its answer and its log lines share; a caller's own is kept if it is harmless. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const received = request.headers['x-request-id'];
  const id = typeof received === 'string' && ACCEPTABLE.test(received) ? received : randomUUID();
  response.setHeader(HEADER, id);
  next();
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader(HEADER) ?? '');
}
