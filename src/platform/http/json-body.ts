import { isUtf8 } from 'node:buffer';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { parseJson } from './json';
import { Problem } from './problem';

export const NDJSON_TYPE = 'application/x-ndjson';

/** The largest body that is read to its end before 413 is answered: 64 MiB. Past it the connection is cut. */
const MOST_DISCARDED_BYTES = 64 * 1024 * 1024;

/** How long a client that sends without end has for reading its answer. */
const CUT_AFTER_MS = 1000;

const BYTE_ORDER_MARK = '\ufeff';

type Reading = { readonly chunks: Buffer[]; size: number };

export type BodyRules = {
  /** The most bytes that this request's body may have. */
  readonly limitOf: (request: Request) => number;
  /** Whether the request's route reads NDJSON. */
  readonly takesLines: (request: Request) => boolean;
  /** Whether the request's lines may take as long as they will: who is not signed in has the time of other bodies. */
  readonly mayTakeLong: (request: Request) => boolean;
  /** How long other bodies may take to arrive, in milliseconds. */
  readonly longestMs: number;
};

/**
 * Reads and parses JSON bodies into `request.body`, exactly as received. NDJSON is left in the stream for a
 * route that reads it line by line; a request without a body has `body` undefined.
 */
export function jsonBody({ limitOf, takesLines, mayTakeLong, longestMs }: BodyRules): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (!hasBody(request)) {
      next();
      return;
    }
    const { type, charset } = contentType(request.headers['content-type']);
    const isStream = type === NDJSON_TYPE && takesLines(request);
    if (!isStream || !mayTakeLong(request)) limitTime(request, longestMs);
    const limit = isStream ? Number.POSITIVE_INFINITY : limitOf(request);
    const problem = (isStream ? undefined : typeProblem(type)) ?? headerProblem(request, charset, limit);
    if (problem) discard(request, response, 0, () => next(problem));
    else if (isStream) next();
    else read(request, response, limit, next);
  };
}

/** A body that trickles in holds its connection no longer than this. Node's own clock would stop streams as well. */
function limitTime(request: Request, longestMs: number): void {
  const timer = setTimeout(() => request.socket.destroy(), longestMs).unref();
  request.once('close', () => clearTimeout(timer));
}

/** RFC 9112 §6.3: a request has a body when one of these says so. */
function hasBody(request: Request): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

function contentType(header: string | undefined): { type: string; charset: string | undefined } {
  if (header === 'application/json') return { type: header, charset: undefined };
  const [type = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1]);
  return { type: type.trim(), charset: charset.find((value) => value !== undefined) };
}

function typeProblem(type: string): Problem | undefined {
  if (type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type)) return undefined;
  return new Problem('unsupported-media-type', { facts: { expected: 'application/json' } });
}

function headerProblem(request: Request, charset: string | undefined, limit: number): Problem | undefined {
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    return new Problem('unsupported-charset', { facts: { charset } });
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    return new Problem('unsupported-content-encoding', { facts: { encoding } });
  return Number(request.headers['content-length'] ?? 0) > limit ? tooLarge(limit) : undefined;
}

function tooLarge(limit: number): Problem {
  return new Problem('body-too-large', { facts: { limit } });
}

function read(request: Request, response: Response, limit: number, next: NextFunction): void {
  const reading: Reading = { chunks: [], size: 0 };
  const onData = (chunk: Buffer): void => {
    reading.size += chunk.length;
    if (reading.size <= limit) {
      reading.chunks.push(chunk);
      return;
    }
    request.off('data', onData);
    request.off('end', onEnd);
    reading.chunks.length = 0;
    discard(request, response, reading.size, () => next(tooLarge(limit)));
  };
  const onEnd = (): void => {
    try {
      request.body = bodyOf(reading);
    } catch (error) {
      next(error);
      return;
    }
    next();
  };
  // A client that goes away before the end has nobody to answer: neither `end` nor `next` comes.
  request.on('data', onData).on('end', onEnd);
}

function bodyOf({ chunks, size }: Reading): unknown {
  if (size === 0) return undefined;
  const [first] = chunks;
  const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks, size);
  if (!isUtf8(bytes)) throw new Problem('invalid-encoding');
  const text = bytes.toString('utf8');
  return parseJson(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
}

/**
 * Lets the rest of a refused body pass by before answering: a connection that is closed while its client is still
 * sending is reset, and the client never sees why. Bounded, since a body may have no end: past the bound the answer
 * is sent, time is left for reading it, and the connection is cut.
 */
function discard(request: Request, response: Response, alreadyRead: number, answer: () => void): void {
  let size = alreadyRead;
  let answered = false;
  let cut: NodeJS.Timeout | undefined;
  const answerOnce = (): void => {
    if (answered) return;
    answered = true;
    answer();
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MOST_DISCARDED_BYTES || answered) return;
    response.once('finish', () => {
      cut = setTimeout(() => request.socket.destroy(), CUT_AFTER_MS);
    });
    answerOnce();
  });
  request.on('end', answerOnce);
  request.on('close', () => clearTimeout(cut));
}
