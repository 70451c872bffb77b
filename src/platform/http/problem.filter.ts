import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { answerTo, sendProblem } from './answer';
import { requestIdOf } from './request-id';

/** Every error leaves as `application/problem+json` (RFC 9457); only bugs and unavailable stores are logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const requestId = requestIdOf(response);
    const answer = answerTo(error, requestId);
    if (answer.unexpected) this.log.error({ message: 'unexpected error', requestId, error });
    else if (answer.body.status >= 500) this.log.warn({ message: answer.body.code, requestId, error });
    sendProblem(response, answer);
  }
}
