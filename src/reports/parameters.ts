import { applyDecorators } from '@nestjs/common';
import { ApiParam, ApiQuery } from '@nestjs/swagger';
import { DEFAULT_LIMIT, LARGEST_LIMIT } from './query';

/** How an API key that is limited to tills reads what is of one till or of all. */
export const OWN_TILL = 'An API key that is limited to tills names one of them in `till`.';

/** Documents `?after`, which every read takes. */
export function ApiAfter(): MethodDecorator & ClassDecorator {
  return ApiQuery({
    name: 'after',
    required: false,
    description: 'Waits until the read reflects this ledger sequence, as a write answered it',
    schema: { type: 'integer', minimum: 1 },
  });
}

export function ApiAsOf(): MethodDecorator & ClassDecorator {
  return ApiQuery({
    name: 'asOf',
    required: false,
    description: 'As known then: a ledger sequence or an RFC 3339 instant',
    schema: { type: 'string' },
    example: '2026-03-31T22:00:00Z',
  });
}

export function ApiView(): MethodDecorator & ClassDecorator {
  return ApiQuery({
    name: 'view',
    required: false,
    description:
      'How corrections are shown: on the day that they restate (`corrected`) or where they were recorded',
    schema: { type: 'string', enum: ['corrected', 'recorded'], default: 'corrected' },
  });
}

export function ApiPage(): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'Most rows of a page',
      schema: { type: 'integer', minimum: 1, maximum: LARGEST_LIMIT, default: DEFAULT_LIMIT },
    }),
    ApiQuery({
      name: 'cursor',
      required: false,
      description: '`next` of the page before',
      schema: { type: 'string' },
    }),
  );
}

export function ApiDay(
  name: string,
  description: string,
  required = false,
): MethodDecorator & ClassDecorator {
  return ApiQuery({
    name,
    required,
    description,
    schema: { type: 'string', format: 'date' },
    example: '2026-03-14',
  });
}

export function ApiText(
  name: string,
  description: string,
  example: string,
): MethodDecorator & ClassDecorator {
  return ApiQuery({ name, required: false, description, schema: { type: 'string' }, example });
}

export function ApiCompany(): MethodDecorator & ClassDecorator {
  return ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' });
}
