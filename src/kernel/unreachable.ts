/**
 * Ends an exhaustive switch: a case that was forgotten does not compile, and an old program that meets a newer
 * event stops instead of guessing.
 */
export function unreachable(value: never): never {
  throw new Error(`not understood by this version: ${JSON.stringify(value)}`);
}
