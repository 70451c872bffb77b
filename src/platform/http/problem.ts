import { REFUSAL_CODES, type Refusal, type RefusalCode, type RefusalFacts } from '../../kernel/refusal';
import { PLATFORM_PROBLEMS, type PlatformCode, type ProblemFacts } from './platform-problems';
import type { ProblemRow } from './problem-row';
import { REFUSAL_PROBLEMS } from './refusal-problems';

export type ProblemCode = PlatformCode | RefusalCode;

/** One thing that is wrong with the input, and where: a JSON pointer (RFC 6901) into the body; "" is all of it. */
export type InputError = { readonly pointer: string; readonly code: string; readonly message: string };

/** Body of an error answer (RFC 9457), as `application/problem+json`. */
export type ProblemBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly InputError[];
  /** What the detail says, for programs: amounts in cents, days, codes. */
  readonly facts?: Readonly<Record<string, unknown>>;
};

export const PROBLEM_TYPE = 'application/problem+json';

export const PROBLEM_CODES = [...Object.keys(PLATFORM_PROBLEMS), ...REFUSAL_CODES] as ProblemCode[];

export type ProblemOptions = {
  readonly facts?: ProblemFacts;
  readonly errors?: readonly InputError[];
  readonly cause?: unknown;
};

/**
 * An answer that is not the ledger's: a bad request, a missing right, a service that cannot. Throw it anywhere
 * below a controller; `facts.retryAfter` (seconds) becomes the header.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly facts: ProblemFacts;
  readonly errors: readonly InputError[];

  constructor(
    readonly code: PlatformCode,
    { facts = {}, errors = [], cause }: ProblemOptions = {},
  ) {
    super(code, { cause });
    this.facts = facts;
    this.errors = errors;
  }

  /** Input that does not fit its schema: 400 with all errors, not the first. */
  static invalidInput(errors: readonly InputError[]): Problem {
    return new Problem('invalid-input', { facts: { count: errors.length }, errors });
  }
}

export function statusOf(code: ProblemCode): number {
  return rowOf(code).status;
}

function rowOf(code: ProblemCode): ProblemRow<RefusalFacts & ProblemFacts> {
  return isPlatformCode(code) ? PLATFORM_PROBLEMS[code] : REFUSAL_PROBLEMS[code];
}

function isPlatformCode(code: ProblemCode): code is PlatformCode {
  return Object.hasOwn(PLATFORM_PROBLEMS, code);
}

/** The body of a problem. */
export function problemBody({ code, facts, errors }: Problem): ProblemBody {
  return bodyOf(code, facts, errors);
}

/** The body of a refusal; a pointer among its facts becomes its one error. Batches embed it per entry. */
export function refusalBody({ code, facts }: Refusal): ProblemBody {
  const { pointer, ...others } = facts;
  // The detail may depend on the place, which stands beside it and not among the facts.
  const body = { ...bodyOf(code, others, []), detail: REFUSAL_PROBLEMS[code].detail(facts) };
  return pointer === undefined ? body : { ...body, errors: [{ pointer, code, message: body.detail }] };
}

function bodyOf(
  code: ProblemCode,
  facts: RefusalFacts & ProblemFacts,
  errors: readonly InputError[],
): ProblemBody {
  const { status, title, detail } = rowOf(code);
  return {
    type: `urn:caisse:problem:${code}`,
    title,
    status,
    detail: detail(facts),
    code,
    ...(errors.length > 0 ? { errors } : {}),
    ...(Object.values(facts).some((fact) => fact !== undefined) ? { facts } : {}),
  };
}
