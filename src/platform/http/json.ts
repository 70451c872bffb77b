import { Problem } from './problem';

/** How far objects and lists may nest: far more than any entry, far less than a stack. */
export const DEEPEST_JSON = 32;

/** Names that reach an object's machinery in careless code; no schema of ours has them. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses the JSON of a stranger: bounded depth, no name twice in an object (the payload hash of RFC 8785 is only
 * defined for I-JSON, RFC 7493 §2.3), no prototype names. The value is otherwise as received.
 *
 * @throws Problem malformed-json, too-deep, duplicate-field, unknown-field
 */
export function parseJson(text: string): unknown {
  const { depth, members } = shapeOf(text);
  if (depth > DEEPEST_JSON) throw new Problem('too-deep', { facts: { limit: DEEPEST_JSON } });
  const value = parsed(text);
  if (membersOf(value) !== members) throw new Problem('duplicate-field');
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const facts = position === undefined ? {} : { position: Number(position) };
    throw new Problem('malformed-json', { facts, cause: error });
  }
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Depth and number of object members of a JSON text, by its brackets and colons outside strings. */
function shapeOf(text: string): { depth: number; members: number } {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) index = endOfString(text, index);
    else if (unit === COLON) members += 1;
    else if (unit === 0x5b || unit === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if (unit === 0x5d || unit === 0x7d) depth -= 1;
  }
  return { depth: deepest, members };
}

/** Index of the quotation mark that ends the string begun at `start`; the text's end if none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((end - first) % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/** Counts the members of all objects within; the depth is known to be bounded. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') members += membersOf(item);
    return members;
  }
  for (const name of Object.keys(value)) {
    if (FORBIDDEN_NAMES.has(name)) throw forbidden(name);
    members += 1;
    const member = (value as Record<string, unknown>)[name];
    if (typeof member === 'object') members += membersOf(member);
  }
  return members;
}

/** Such a name is an attack or a mistake of a program: where in the body it stands is not worth a pointer. */
function forbidden(name: string): Problem {
  return new Problem('unknown-field', { facts: { name } });
}
