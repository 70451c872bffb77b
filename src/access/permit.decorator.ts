import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiExtension } from '@nestjs/swagger';
import type { Action } from './permissions';

export const ACTION = 'caisse:action';
export const PUBLIC = 'caisse:public';

/** What a route does, as the matrix in `permissions.ts` calls it. Each route has this or `@Public()`. */
export function Permit(action: Action): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(ACTION, action),
    ApiBearerAuth(),
    ApiCookieAuth(),
    ApiExtension('x-action', action),
  );
}

/** A route for anybody, signed in or not. */
export function Public(): MethodDecorator & ClassDecorator {
  return SetMetadata(PUBLIC, true);
}
