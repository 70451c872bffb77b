import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
  type OpenAPIObject,
} from '@nestjs/swagger';
import { Refusal, REFUSAL_CODES, type RefusalCode } from '../../kernel/refusal';
import type { PlatformCode } from './platform-problems';
import {
  Problem,
  PROBLEM_TYPE,
  type ProblemBody,
  type ProblemCode,
  problemBody,
  refusalBody,
  statusOf,
} from './problem';

export class InputErrorDto {
  @ApiProperty({ description: 'JSON pointer (RFC 6901) into the body; "" is all of it', example: '/amount' })
  readonly pointer!: string;

  @ApiProperty({ example: 'required' })
  readonly code!: string;

  @ApiProperty({ example: 'Ce champ est nécessaire.' })
  readonly message!: string;
}

export class ProblemDto {
  @ApiProperty({ example: 'urn:caisse:problem:day-closed' })
  readonly type!: string;

  @ApiProperty({ description: 'French, the same for each code', example: 'La journée est clôturée' })
  readonly title!: string;

  @ApiProperty({ example: 409 })
  readonly status!: number;

  @ApiProperty({ description: 'French: what happened, and the way out' })
  readonly detail!: string;

  @ApiProperty({ description: 'Stable; programs branch on it', example: 'day-closed' })
  readonly code!: string;

  @ApiPropertyOptional({ type: [InputErrorDto] })
  readonly errors?: InputErrorDto[];

  @ApiPropertyOptional({
    description: 'What the detail says, for programs',
    type: 'object',
    additionalProperties: true,
  })
  readonly facts?: Record<string, unknown>;
}

/** What any route that needs a principal may answer. */
const EVERYWHERE: readonly ProblemCode[] = [
  // A query that the route does not take.
  'invalid-input',
  'not-signed-in',
  'not-allowed',
  'too-many-requests',
  'internal-error',
];

/** Documents the problems of a route, one response per status with an example per code. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  return documented([...codes, ...EVERYWHERE]);
}

/** The same for a route that anybody may call. */
export function ApiPublicProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  return documented([...codes, 'invalid-input', 'too-many-requests', 'internal-error']);
}

function documented(codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const responses = [...byStatus(codes)].map(([status, group]) =>
    ApiResponse({ status, ...responseOf(group) }),
  );
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}

function byStatus(codes: readonly ProblemCode[]): ReadonlyMap<number, readonly ProblemCode[]> {
  const statuses = [...new Set(codes.map(statusOf))];
  return new Map(
    statuses.map((status) => [status, [...new Set(codes)].filter((code) => statusOf(code) === status)]),
  );
}

function responseOf(codes: readonly ProblemCode[]) {
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    content: {
      [PROBLEM_TYPE]: {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}

/** What may be wrong with any body, before its route looks at it. */
const OF_ANY_BODY: readonly ProblemCode[] = [
  'invalid-input',
  'body-required',
  'malformed-json',
  'invalid-encoding',
  'too-deep',
  'duplicate-field',
  'unknown-field',
  'body-too-large',
  'unsupported-media-type',
  'unsupported-charset',
  'unsupported-content-encoding',
];

/** Adds them to the operations of a document that have a body, beside what these say themselves. */
export function documentBodyProblems({ paths }: OpenAPIObject): void {
  for (const { responses, requestBody } of Object.values(paths).flatMap(operationsOf)) {
    if (requestBody === undefined) continue;
    for (const [status, codes] of byStatus(OF_ANY_BODY)) {
      const said = responses[status] as ReturnType<typeof responseOf> | undefined;
      const examples = said?.content[PROBLEM_TYPE].examples ?? {};
      responses[status] = responseOf([...new Set([...(Object.keys(examples) as ProblemCode[]), ...codes])]);
    }
  }
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

function operationsOf({ get, post, put, patch, delete: erase }: OpenAPIObject['paths'][string]): Operation[] {
  return [get, post, put, patch, erase].filter((operation) => operation !== undefined);
}

function exampleOf(code: ProblemCode): ProblemBody {
  return isRefusal(code) ? refusalBody(new Refusal(code, EXAMPLE_FACTS)) : problemBody(exampleProblem(code));
}

function isRefusal(code: ProblemCode): code is RefusalCode {
  return (REFUSAL_CODES as readonly string[]).includes(code);
}

function exampleProblem(code: PlatformCode): Problem {
  if (code !== 'invalid-input')
    return new Problem(code, { facts: { retryAfter: 1, limit: 65_536, till: 'T1', role: 'user' } });
  return Problem.invalidInput([{ pointer: '/name', code: 'required', message: 'Ce champ est nécessaire.' }]);
}

const EXAMPLE_FACTS = {
  till: 'T1',
  businessDate: '2026-03-14',
  tomorrow: '2026-03-15',
  method: 'cash',
  methods: ['cash'],
  category: 'pain',
  vatRate: 550,
  feature: 'vouchers',
  voucher: 'BON-001',
  expiresOn: '2026-01-31',
  missing: 1250,
  lines: 5000,
  payments: 3750,
  total: 12_000,
  amount: 12_500,
  owed: 1500,
  repaid: 2000,
  outstanding: 2000,
  gap: -10,
  difference: -2000,
  inTransit: 30_000,
  confirmed: 30_100,
  gross: 1200,
  net: 1000,
  vat: 100,
  number: 57,
} as const;
