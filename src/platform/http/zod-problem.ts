import type { z } from 'zod';
import { type InputError, Problem } from './problem';

/** More than anybody reads; a hostile body could earn a hundred thousand. */
const MOST_ERRORS = 100;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
type Verdict = { readonly code: string; readonly message: string };

/**
 * What a zod schema has against a body: stable codes, French messages, JSON pointers into `body` below `base`.
 * `body` is needed to tell a missing field from one of the wrong type.
 */
export function inputErrors(error: z.core.$ZodError, body: unknown, base = ''): InputError[] {
  return error.issues.flatMap((issue) => errorsOf(issue, [], body, base)).slice(0, MOST_ERRORS);
}

/** @throws Problem invalid-input when the body does not fit; else the parsed value */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  base = '',
): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw Problem.invalidInput(inputErrors(result.error, body, base));
}

/** A JSON pointer (RFC 6901 §3). */
export function pointerTo(path: Path, base = ''): string {
  return path.reduce<string>(
    (pointer, step) => `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    base,
  );
}

function errorsOf(issue: Issue, above: Path, body: unknown, base: string): InputError[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: pointerTo([...path, key], base), ...UNKNOWN_FIELD }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = likeliest(issue.errors);
    return branch.flatMap((inner) => errorsOf(inner, path, body, base));
  }
  return [{ pointer: pointerTo(path, base), ...verdictOn(issue, valueAt(body, path)) }];
}

/** Of the alternatives of a union, the one that got furthest into the value. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const reach = (branch: readonly Issue[]) => Math.max(0, ...branch.map((issue) => issue.path.length));
  return branches.reduce((best, branch) => (reach(branch) > reach(best) ? branch : best));
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<PropertyKey, unknown>)[step]
        : undefined,
    body,
  );
}

const REQUIRED: Verdict = { code: 'required', message: 'Ce champ est nécessaire.' };
const UNKNOWN_FIELD: Verdict = { code: 'unknown-field', message: "Ce champ n'existe pas ici : retirez-le." };
const BAD_FORMAT: Verdict = { code: 'bad-format', message: "Cette valeur n'a pas la forme attendue." };

function verdictOn(issue: Issue, value: unknown): Verdict {
  if (value === undefined && issue.code !== 'invalid_key') return REQUIRED;
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue, value);
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'invalid_value':
      return unknownValue(issue.values);
    case 'invalid_union':
      return unknownValue('options' in issue && Array.isArray(issue.options) ? issue.options : []);
    case 'custom':
      return customVerdict(issue.params?.code);
    case 'invalid_key':
      return { code: 'bad-key', message: "Ce nom n'est pas possible ici." };
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'unrecognized_keys':
      return BAD_FORMAT;
    default:
      return BAD_FORMAT;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'un texte',
  number: 'un nombre',
  int: 'un nombre entier',
  boolean: 'true ou false',
  object: 'un objet',
  record: 'un objet',
  array: 'une liste',
};

function wrongType(issue: z.core.$ZodIssueInvalidType, value: unknown): Verdict {
  const expected = TYPE_NAMES[issue.expected] ?? 'une autre sorte de valeur';
  if (issue.expected === 'int' && typeof value === 'number') {
    return { code: 'not-an-integer', message: 'Il faut un nombre entier (les montants sont en centimes).' };
  }
  return { code: 'wrong-type', message: `Il faut ${expected}.` };
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): Verdict {
  const least = String(minimum);
  if (origin === 'string') return { code: 'too-short', message: `Il faut au moins ${least} caractère(s).` };
  if (origin === 'array') return { code: 'too-short', message: `Il faut au moins ${least} élément(s).` };
  return { code: 'too-small', message: `La valeur est au moins ${least}.` };
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): Verdict {
  const most = String(maximum);
  if (origin === 'string') return { code: 'too-long', message: `Il faut au plus ${most} caractères.` };
  if (origin === 'array') return { code: 'too-long', message: `Il faut au plus ${most} éléments.` };
  return { code: 'too-large', message: `La valeur est au plus ${most}.` };
}

function unknownValue(values: readonly unknown[]): Verdict {
  const known = values.map((value) => String(value)).join(', ');
  return {
    code: 'unknown-value',
    message: known === '' ? 'Valeur inconnue.' : `Valeurs possibles : ${known}.`,
  };
}

const CUSTOM_MESSAGES: Readonly<Record<string, string>> = {
  'amount-zero': 'Un montant nul ne paie rien : retirez ce règlement.',
  'too-many-decimals': 'Il faut au plus trois décimales.',
  'not-a-day': 'Il faut un jour qui existe, AAAA-MM-JJ.',
  'not-an-instant': 'Il faut un instant RFC 3339, par exemple 2026-03-14T18:30:00+01:00.',
  'not-a-siren': 'Ce SIREN est faux : neuf chiffres, dont une clé de contrôle.',
  'not-a-time-zone': 'Ce fuseau horaire est inconnu : par exemple Europe/Paris.',
  'text-not-well-formed': 'Ce texte contient un caractère impossible (U+0000 ou un demi-caractère).',
};

/** A schema names its own code in `params`; one without a French message here still has its code. */
function customVerdict(code: unknown): Verdict {
  if (typeof code !== 'string') return BAD_FORMAT;
  return { code, message: CUSTOM_MESSAGES[code] ?? 'Cette valeur ne convient pas.' };
}
