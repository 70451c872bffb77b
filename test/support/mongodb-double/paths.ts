import type { BSON } from 'mongodb';
import { Refused, unknownToTheDouble } from './refusal';
import { isDocument } from './values';

/** The names from a document to a value in it. */
export type Path = readonly string[];

/** @throws Refused for a path that goes by a place in an array, which is written with a `$` */
export function pathOf(text: string): Path {
  const path = text.split('.');
  if (path.some((name) => name.startsWith('$'))) throw unknownToTheDouble(`the path ${text}`);
  return path;
}

/** Undefined where there is none. @throws Refused where the path leads through an array */
export function valueAt(document: BSON.Document, path: Path): unknown {
  return path.reduce<unknown>((within, name) => {
    if (Array.isArray(within)) throw unknownToTheDouble(`a path through an array, ${path.join('.')}`);
    return isDocument(within) && Object.hasOwn(within, name) ? within[name] : undefined;
  }, document);
}

/** A copy with another value there; undefined takes it away. Documents on the way are made. @throws Refused */
export function withValue(document: BSON.Document, path: Path, value: unknown): BSON.Document {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0 && value === undefined) {
    return Object.fromEntries(Object.entries(document).filter(([member]) => member !== name));
  }
  if (rest.length === 0) return { ...document, [name]: value };
  const found = valueAt(document, [name]);
  const within = found === undefined ? {} : found;
  if (!isDocument(within)) {
    const where = `{${name}: ${JSON.stringify(within)}}`;
    throw new Refused('PathNotViable', `Cannot create field '${rest[0] ?? ''}' in element ${where}`);
  }
  return { ...document, [name]: withValue(within, rest, value) };
}
