import type { z } from 'zod';
import type { LedgerEvent } from '../ledger/events';
import { EVENTS } from '../ledger/events';
import { canonicalJson } from './canonical-json';

export type FormError = 'not-canonical' | 'unknown-event' | 'schema';

/** What is wrong with the form of an event: its code, and the member that is it. */
export type FormFinding = { readonly code: FormError; readonly detail: string };

/**
 * The canonical texts (RFC 8785) of the events of one type are a regular language: members stand in one order, without
 * spaces, and nothing nests without end. So an expression that is made from the schema itself says yes in a tenth of
 * the time that the schema and a canonical writer take. It may say no too often: then those two are asked.
 */
const expressions = new Map<string, RegExp>();

/**
 * Whether a text is the canonical JSON of an event that fits the schema of its type. Null when it is; otherwise the
 * first thing that is wrong. `event` is what the text was parsed into.
 */
export function formFinding(event: LedgerEvent, text: string): FormFinding | null {
  const definition = definitionOfEvent(event);
  if (!definition) return { code: 'unknown-event', detail: `${event.type}/${event.schemaVersion}` };
  let expression = expressions.get(event.type);
  if (!expression) expressions.set(event.type, (expression = expressionOf(definition.schema)));
  if (expression.test(text)) return null;
  const parsed = definition.schema.safeParse(event);
  if (!parsed.success) return { code: 'schema', detail: issueText(parsed.error) };
  return canonicalText(parsed.data) === text ? null : { code: 'not-canonical', detail: '' };
}

function definitionOfEvent({ type, schemaVersion }: LedgerEvent) {
  const definition = Object.hasOwn(EVENTS, type) ? EVENTS[type] : undefined;
  return definition?.schemaVersion === schemaVersion ? definition : undefined;
}

function canonicalText(event: unknown): string | null {
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

/** An expression for canonical texts of a schema, which are known to be JSON. Says no to what it cannot decide. */
export function expressionOf(schema: z.ZodType): RegExp {
  return new RegExp(`^${patternOf(schema)}$`);
}

/** Matches nothing. */
const NEVER = '(?!)';

/** What is used of a schema's definition: zod's documented way for tools to read a schema. */
type Definition = {
  readonly type: string;
  readonly format?: string;
  readonly checks?: readonly { readonly _zod: { readonly def: Check } }[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly in?: z.ZodType;
};

type Check = {
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

// One row per kind of schema that events use.
function patternOf(schema: z.ZodType): string {
  const definition = definitionOf(schema);
  const checks = (definition.checks ?? []).map(({ _zod: { def } }) => def);
  switch (definition.type) {
    case 'string':
      return stringPattern(checks);
    case 'number':
      return definition.format === 'safeint' ? integerPattern(checks) : NEVER;
    case 'boolean':
      return '(?:true|false)';
    case 'literal':
      return anyOf((definition.values ?? []).map((value) => literal(JSON.stringify(value))));
    case 'enum':
      return anyOf(Object.values(definition.entries ?? {}).map((value) => literal(JSON.stringify(value))));
    case 'optional':
    case 'nonoptional':
      return patternOf(definition.innerType as z.ZodType);
    case 'array':
      return arrayPattern(definition.element as z.ZodType, checks);
    case 'object':
      return checks.length === 0 ? objectPattern(definition.shape ?? {}) : NEVER;
    case 'union':
      return anyOf((definition.options ?? []).map(patternOf));
    case 'pipe':
      return normalPattern(definition);
    default:
      // Records among them: their names would have to be sorted.
      return NEVER;
  }
}

function anyOf(patterns: readonly string[]): string {
  return patterns.length === 1 ? (patterns[0] as string) : `(?:${patterns.join('|')})`;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Since the text is JSON, a comma that ends a member is followed by another one. */
function memberEnd(closing: string): string {
  return `(?:,|(?=\\${closing}))`;
}

function objectPattern(shape: Readonly<Record<string, z.ZodType>>): string {
  const members = Object.keys(shape)
    .sort()
    .map((name) => {
      const member = shape[name] as z.ZodType;
      const pattern = `"${literal(name)}":${patternOf(member)}${memberEnd('}')}`;
      return definitionOf(member).type === 'optional' ? `(?:${pattern})?` : pattern;
    });
  return `\\{${members.join('')}\\}`;
}

function arrayPattern(element: z.ZodType, checks: readonly Check[]): string {
  const { least, most, isKnown } = lengthsOf(checks);
  if (!isKnown) return NEVER;
  return `\\[(?:${patternOf(element)}${memberEnd(']')}){${least},${most ?? ''}}\\]`;
}

function lengthsOf(checks: readonly Check[]) {
  const least = checks.find(({ check }) => check === 'min_length')?.minimum ?? 0;
  const most = checks.find(({ check }) => check === 'max_length')?.maximum;
  const isKnown = checks.every(({ check }) => check === 'min_length' || check === 'max_length');
  return { least, most, isKnown, isAny: least === 0 && most === undefined };
}

/** Integers in canonical form and of so few digits that their bounds cannot be passed; others are left to the schema. */
function integerPattern(checks: readonly Check[]): string {
  const bounds = boundsOf(checks);
  // Small bounds of their own (a weekday) are not worth a pattern, but for 0 and 1.
  if (!bounds || bounds.least > 1) return NEVER;
  const { least, most } = bounds;
  const patterns = least <= 0 ? ['0'] : [];
  if (most === 1) patterns.push('1');
  if (most > 9) patterns.push(`[1-9]\\d{0,${String(most).length - 2}}`);
  if (least < -9) patterns.push(`-[1-9]\\d{0,${String(-least).length - 2}}`);
  return patterns.length === 0 ? NEVER : anyOf(patterns);
}

/** Null when a check is none of these. */
function boundsOf(checks: readonly Check[]): { readonly least: number; readonly most: number } | null {
  let least = -Number.MAX_SAFE_INTEGER;
  let most = Number.MAX_SAFE_INTEGER;
  for (const { check, value = 0, inclusive } of checks) {
    if (inclusive !== true) return null;
    if (check === 'greater_than') least = Math.max(least, value);
    else if (check === 'less_than') most = Math.min(most, value);
    else return null;
  }
  return { least, most };
}

/** Any character that needs no escape, and is no surrogate: those that do are left to the canonical writer. */
const PLAIN = '[^"\\\\\\u0000-\\u001f\\ud800-\\udfff]';

/** Days from 1970 on; of February only those that it always has. */
const DAY =
  '(?:19[7-9]\\d|[2-9]\\d{3})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))';

function stringPattern(checks: readonly Check[]): string {
  const own = checks.filter(({ pattern }) => pattern !== undefined);
  const custom = checks.filter(({ check }) => check === 'custom');
  const { least, most, isKnown, isAny } = lengthsOf(
    checks.filter((check) => !own.includes(check) && !custom.includes(check)),
  );
  if (!isKnown || own.length > 1) return NEVER;
  if (own[0]?.pattern) return custom.length === 0 && isAny ? `"${inner(own[0].pattern)}"` : NEVER;
  if (custom.length === 0) return `"${PLAIN}{${least},${most ?? ''}}"`;
  if (custom.every(isAboutDays)) return `"${DAY}"`;
  return custom.every(isAboutText) ? `"${PLAIN}{${least},${most ?? ''}}"` : NEVER;
}

/** A schema's own expression without its anchors, unless a wildcard in it could run over the closing quote. */
function inner({ source, flags }: RegExp): string {
  const isWhole = source.startsWith('^') && source.endsWith('$') && flags === '';
  const body = source.slice(1, -1);
  const withoutClasses = body.replaceAll(/\\[.]|\[(?!\^)[^\]]*\]/g, '');
  return isWhole && !/[.[]|\\[DWS]/.test(withoutClasses) ? `(?:${body})` : NEVER;
}

/** What a refinement is about is told by what it says of samples: it is a function, and cannot be read. */
function isAboutDays({ fn }: Check): boolean {
  return fn?.('2026-03-14') === true && fn('2026-02-30') !== true && fn('x') !== true;
}

/** Free text, well-formed and without U+0000: plain characters always are. */
function isAboutText({ fn }: Check): boolean {
  return fn?.('é "x" ') === true && fn('\u0000') !== true && fn('\ud800') !== true;
}

/** A text that is normalised when it comes in (an id to lower case): what is stored is normal already. */
function normalPattern(definition: Definition): string {
  const pattern = patternOf(definition.in as z.ZodType);
  return pattern === `"${inner(UUID)}"` ? pattern.replaceAll('A-F', '') : NEVER;
}

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
