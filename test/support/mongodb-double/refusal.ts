import type { BSON } from 'mongodb';

/** Errors by the names and numbers that MongoDB gives them. */
const CODES = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  NamespaceNotFound: 26,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  CommandNotFound: 59,
  ImmutableField: 66,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CommandNotSupported: 115,
  TransactionTooOld: 225,
  UnsupportedOpQueryCommand: 352,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  IDLUnknownField: 40415,
} as const;

/** What a server answers instead of doing it. */
export class Refused extends Error {
  readonly code: number;

  constructor(
    readonly codeName: keyof typeof CODES,
    message: string,
    readonly details: BSON.Document = {},
  ) {
    super(message);
    this.code = CODES[codeName];
  }
}

/** Something that MongoDB may well know. Whoever begins to use it teaches it to the double, or tests on another server. */
export function unknownToTheDouble(what: string): Refused {
  return new Refused('CommandNotSupported', `the double of MongoDB does not know ${what}`);
}

/** Nothing that is asked for is ignored. @throws Refused */
export function requireOnly(what: string, given: BSON.Document, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name))
      throw new Refused('IDLUnknownField', `BSON field '${what}.${name}' is an unknown field to the double`);
  }
}
