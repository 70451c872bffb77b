import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
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
  return documented([...codes, 'too-many-requests', 'internal-error']);
}

function documented(codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(codes.map(statusOf))];
  const responses = statuses.map((status) => {
    const group = [...new Set(codes)].filter((code) => statusOf(code) === status);
    return ApiResponse({
      status,
      description: group.map((code) => `\`${code}\``).join(', '),
      content: {
        [PROBLEM_TYPE]: {
          schema: { $ref: getSchemaPath(ProblemDto) },
          examples: Object.fromEntries(group.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    });
  });
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
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
