import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { z } from 'zod';
import { parseInput } from './zod-problem';

/** Nest's own metadata key of a method's parameters; theirs are named `<kind>:<index>`, and a query is of kind 4. */
const PARAMETERS = '__routeArguments__';
const QUERY = '4:';

const NOTHING = z.strictObject({});

/**
 * A parameter that a route does not know is refused, as an unknown field of a body is: `?dryRun=true` must not record in
 * silence. Routes that take a query read it themselves; this is for all the others of the API.
 */
@Injectable()
export class NoQueryInterceptor implements NestInterceptor {
  private readonly takesQuery = new Map<unknown, boolean>();

  /** @throws Problem invalid-input with `/query/…` pointers */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.originalUrl.includes('?') && request.path.startsWith('/v1/') && !this.isAsked(context))
      parseInput(NOTHING, request.query, '/query');
    return next.handle();
  }

  private isAsked(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const known = this.takesQuery.get(handler);
    if (known !== undefined) return known;
    const parameters: unknown = Reflect.getMetadata(PARAMETERS, context.getClass(), handler.name);
    const isAsked = Object.keys(parameters ?? {}).some((name) => name.startsWith(QUERY));
    this.takesQuery.set(handler, isAsked);
    return isAsked;
  }
}
