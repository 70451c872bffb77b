import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerTo, sendProblem } from './answer';
import { Problem } from './problem';
import { requestIdOf } from './request-id';

/** Every error leaves as `application/problem+json` (RFC 9457); only bugs and unavailable stores are logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const requestId = requestIdOf(response);
    const answer = answerTo(
      withMethods(error, host.switchToHttp().getRequest<Request>(), response),
      requestId,
    );
    if (answer.unexpected) this.log.error({ message: 'unexpected error', requestId, error });
    else if (answer.body.status >= 500) this.log.warn({ message: answer.body.code, requestId, error });
    sendProblem(response, answer);
  }
}

type Layer = {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  readonly match: (path: string) => boolean;
};

/**
 * Where no route has answered, the address may still be one of another method: that is 405, with those that it has
 * (RFC 9110 §15.5.6). Routes throw problems of their own, so this exception is the framework's.
 */
function withMethods(error: unknown, request: Request, response: Response): unknown {
  if (!(error instanceof NotFoundException)) return error;
  const { stack } = request.app.router as unknown as { readonly stack: readonly Layer[] };
  const allowed = new Set(
    stack.flatMap(({ route, match }, index) =>
      route && match.call(stack[index], request.path) ? Object.keys(route.methods) : [],
    ),
  );
  if (allowed.size === 0) return error;
  if (allowed.has('get')) allowed.add('head');
  response.setHeader('Allow', [...allowed].map((method) => method.toUpperCase()).join(', '));
  return new Problem('http-method-not-allowed', { cause: error });
}
