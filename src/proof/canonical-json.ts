/** Characters that a JSON string must escape, and surrogates, which must come in pairs. */
const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/**
 * JSON Canonicalization Scheme (RFC 8785) for what events hold: well-formed strings, safe integers, booleans, arrays
 * and plain objects. Members that are undefined are left out. The hash of an event is over these characters in UTF-8.
 *
 * @throws TypeError for null, a float, an unsafe integer, a lone surrogate, a hole in an array, an object that is not
 *   plain (a Date, a Map, an instance of a class) or any other value
 */
export function canonicalJson(value: unknown): string {
  return write(value, true);
}

/**
 * The same for any JSON as it was received, null and floats included: for the payload hash of a request.
 *
 * @throws TypeError for what JSON cannot hold, and for a lone surrogate
 */
export function canonicalJsonOfReceived(value: unknown): string {
  return write(value, false);
}

function write(value: unknown, strict: boolean): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return writeNumber(value, strict);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value !== null)
        return Array.isArray(value) ? writeArray(value, strict) : writeObject(value, strict);
      if (!strict) return 'null';
      throw new TypeError('null has no place in an event');
    default:
      throw new TypeError(`no JSON value: ${typeof value}`);
  }
}

/** A string of JSON. @throws TypeError for a lone surrogate */
export function quote(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`;
  if (LONE_SURROGATE.test(text)) throw new TypeError('a lone surrogate has no UTF-8 form');
  // RFC 8785 §3.2.2.2 prescribes just the escapes that ECMAScript makes.
  return JSON.stringify(text);
}

/**
 * What stands before a member's value, as the first of an object and as a later one. There are few names, and they
 * come again and again; the fewer pieces a text is made of, the sooner it is hashed. Bounded against hostile bodies.
 */
const leads = new Map<string, readonly [first: string, later: string]>();
const MOST_KEYS = 1000;

function leadsOf(key: string): readonly [first: string, later: string] {
  const known = leads.get(key);
  if (known) return known;
  const quoted = quote(key);
  const made = [`{${quoted}:`, `,${quoted}:`] as const;
  if (leads.size < MOST_KEYS && key.length < 40) leads.set(key, made);
  return made;
}

/** A number that has a place in an event. @throws TypeError for a float or an unsafe integer */
export function integer(value: number): string {
  return writeNumber(value, true);
}

/** RFC 8785 §3.2.2.3: numbers as ECMAScript writes them, minus zero as zero. */
function writeNumber(value: number, strict: boolean): string {
  if (strict ? !Number.isSafeInteger(value) : !Number.isFinite(value))
    throw new TypeError(`not allowed: ${value}`);
  return String(value);
}

function writeArray(items: readonly unknown[], strict: boolean): string {
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0) text += ',';
    text += write(items[index], strict);
  }
  return `${text}]`;
}

function writeObject(members: object, strict: boolean): string {
  if (strict && !isPlain(members)) throw new TypeError('only plain objects have a place in an event');
  let text = '';
  for (const key of sortedKeys(members)) {
    const member = (members as Record<string, unknown>)[key];
    if (member === undefined) continue;
    const [first, later] = leadsOf(key);
    text += (text === '' ? first : later) + write(member, strict);
  }
  return text === '' ? '{}' : `${text}}`;
}

/** Whether an object is plain, in whichever realm it was made: its prototype, if any, is the root of a chain. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Beyond, the engine's own sort is the faster one. */
const FEW_KEYS = 16;

/** Keys by UTF-16 code units (RFC 8785 §3.2.3). An object has few of them, mostly in order: they are inserted. */
function sortedKeys(members: object): string[] {
  const keys = Object.keys(members);
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let index = 1; index < keys.length; index += 1) {
    const key = keys[index] as string;
    let at = index;
    for (; at > 0 && (keys[at - 1] as string) > key; at -= 1) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}
