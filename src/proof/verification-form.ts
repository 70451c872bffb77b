import type { z } from 'zod';
import type { LedgerEvent } from '../ledger/events';
import { EVENTS } from '../ledger/events';
import { canonicalJson } from './canonical-json';

export type FormError = 'not-canonical' | 'unknown-event' | 'schema';

/** What is wrong with the form of an event: its code, and the member that is it. */
export type FormFinding = { readonly code: FormError; readonly detail: string };

type Predicate = (value: unknown) => boolean;

/**
 * Predicates made from the events' own schemas: zod takes ten times as long to say yes. They answer yes only if an
 * object's members stand in canonical order as well; on a no, the schemas themselves and the canonical writer say why.
 */
const predicates = new Map<string, Predicate>();

/**
 * Whether a text is the canonical JSON (RFC 8785) of an event that fits the schema of its type. Null when it is;
 * otherwise the first thing that is wrong.
 */
export function formFinding(event: LedgerEvent, text: string): FormFinding | null {
  const definition = Object.hasOwn(EVENTS, event.type) ? EVENTS[event.type] : undefined;
  if (!definition || event.schemaVersion !== definition.schemaVersion) {
    return { code: 'unknown-event', detail: `${event.type}/${event.schemaVersion}` };
  }
  let predicate = predicates.get(event.type);
  if (!predicate) predicates.set(event.type, (predicate = predicateOf(definition.schema)));
  if (predicate(event) && isWrittenCanonically(event, text)) return null;
  const parsed = definition.schema.safeParse(event);
  if (!parsed.success) return { code: 'schema', detail: issueText(parsed.error) };
  return canonicalText(event) === text ? null : { code: 'not-canonical', detail: '' };
}

/** For members that are in order already: the engine writes what RFC 8785 prescribes, but for lone surrogates. */
function isWrittenCanonically(event: LedgerEvent, text: string): boolean {
  return JSON.stringify(event) === text && !text.includes('\\u');
}

function canonicalText(event: LedgerEvent): string | null {
  try {
    return canonicalJson(event);
  } catch {
    return null;
  }
}

function issueText(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `/${issue.path.map(String).join('/')}: ${issue.message}`.slice(0, 200) : '';
}

/** What is used of a schema's definition: zod's documented way for tools to read a schema. */
type Definition = {
  readonly type: string;
  readonly format?: string;
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDefinition } }[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly transform?: (value: unknown, context: object) => unknown;
};

type CheckDefinition = {
  readonly check: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly pattern?: RegExp;
  readonly fn?: (value: unknown) => unknown;
};

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def;
}

// One row per kind of schema that events use; any other is asked itself.
 
function predicateOf(schema: z.ZodType): Predicate {
  const definition = definitionOf(schema);
  const checks = checksOf(definition);
  if (checks === null) return byItself(schema);
  switch (definition.type) {
    case 'string':
      return both((value) => typeof value === 'string', checks);
    case 'number':
      return definition.format === 'safeint' ? both(Number.isSafeInteger, checks) : byItself(schema);
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'literal':
      return oneOf(definition.values ?? []);
    case 'enum':
      return oneOf(Object.values(definition.entries ?? {}));
    case 'optional':
    case 'nonoptional':
      return predicateOf(definition.innerType as z.ZodType);
    case 'array':
      return arrayOf(predicateOf(definition.element as z.ZodType), checks);
    case 'record':
      return recordOf(
        predicateOf(definition.keyType as z.ZodType),
        predicateOf(definition.valueType as z.ZodType),
      );
    case 'object':
      return isStrict(definition) && checks.length === 0
        ? objectOf(definition.shape ?? {})
        : byItself(schema);
    case 'union':
      return unionOf(definition);
    case 'pipe':
      return pipeOf(schema, definition);
    default:
      return byItself(schema);
  }
}

/** What is stored is what came out of the schema: taken through it once more it must not change. */
function byItself(schema: z.ZodType): Predicate {
  return (value) => {
    const result = schema.safeParse(value);
    return result.success && isSame(result.data, value);
  };
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || (typeof left === 'object' && JSON.stringify(left) === JSON.stringify(right));
}

function both(first: Predicate, checks: readonly Predicate[]): Predicate {
  const [check, ...others] = checks;
  if (!check) return first;
  if (others.length === 0) return (value) => first(value) && check(value);
  return (value) => first(value) && checks.every((each) => each(value));
}

function oneOf(values: readonly unknown[]): Predicate {
  if (values.length === 1) {
    const [only] = values;
    return (value) => value === only;
  }
  const known = new Set(values);
  return (value) => known.has(value);
}

function arrayOf(element: Predicate, checks: readonly Predicate[]): Predicate {
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (const item of value) if (!element(item)) return false;
    return checks.every((check) => check(value));
  };
}

/** Names of members in the order of RFC 8785 are checked by the writer: those that look like integers move. */
function recordOf(key: Predicate, member: Predicate): Predicate {
  return (value) => {
    if (!isObject(value)) return false;
    for (const name in value) if (!key(name) || !member(value[name])) return false;
    return true;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrict({ catchall }: Definition): boolean {
  return catchall !== undefined && definitionOf(catchall).type === 'never';
}

/** Known members, in order, and none that is missing: one walk along both lists. */
function objectOf(shape: Readonly<Record<string, z.ZodType>>): Predicate {
  const names = Object.keys(shape).sort();
  const members = names.map((name) => predicateOf(shape[name] as z.ZodType));
  const required = names.map((name) => definitionOf(shape[name] as z.ZodType).type !== 'optional');
  const isRequired = (from: number, to: number) => {
    for (let index = from; index < to; index += 1) if (required[index] === true) return true;
    return false;
  };
  return (value) => {
    if (!isObject(value)) return false;
    let at = 0;
    for (const name in value) {
      const found = names.indexOf(name, at);
      if (found < 0 || (found > at && isRequired(at, found))) return false;
      if (!(members[found] as Predicate)(value[name])) return false;
      at = found + 1;
    }
    return !isRequired(at, names.length);
  };
}

function unionOf({ options = [], discriminator }: Definition): Predicate {
  if (discriminator === undefined) {
    const alternatives = options.map(predicateOf);
    return (value) => alternatives.some((alternative) => alternative(value));
  }
  const byName = new Map<unknown, Predicate>();
  for (const option of options) {
    const member = definitionOf(option).shape?.[discriminator];
    for (const name of (member && definitionOf(member).values) ?? []) byName.set(name, predicateOf(option));
  }
  return (value) => isObject(value) && byName.get(value[discriminator])?.(value) === true;
}

/** A text that is normalised when it comes in (an id to lower case): what is stored is normal already. */
function pipeOf(schema: z.ZodType, definition: Definition): Predicate {
  const { transform } = definitionOf(definition.out as z.ZodType);
  if (!transform || definitionOf(definition.in as z.ZodType).type !== 'string') return byItself(schema);
  const incoming = predicateOf(definition.in as z.ZodType);
  return (value) => incoming(value) && transform(value, {}) === value;
}

/** Null when a check is of a kind that is not known here. */
function checksOf({ checks = [] }: Definition): Predicate[] | null {
  const predicates = checks.map(({ _zod: { def } }) => checkOf(def));
  return predicates.includes(null) ? null : (predicates as Predicate[]);
}

function checkOf({ check, minimum = 0, maximum = 0, value = 0, inclusive, pattern, fn }: CheckDefinition) {
  const lengthOf = (text: unknown) => (text as { readonly length: number }).length;
  switch (check) {
    case 'min_length':
      return (text: unknown) => lengthOf(text) >= minimum;
    case 'max_length':
      return (text: unknown) => lengthOf(text) <= maximum;
    case 'greater_than':
      return inclusive === true
        ? (amount: unknown) => (amount as number) >= value
        : (amount: unknown) => (amount as number) > value;
    case 'less_than':
      return inclusive === true
        ? (amount: unknown) => (amount as number) <= value
        : (amount: unknown) => (amount as number) < value;
    case 'string_format':
      return pattern ? (text: unknown) => pattern.test(text as string) : null;
    case 'custom':
      return fn ? (given: unknown) => fn(given) === true : null;
    default:
      return null;
  }
}
