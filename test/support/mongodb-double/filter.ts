import { type BSON, BSONRegExp } from 'mongodb';
import { pathOf, valueAt, withValue } from './paths';
import { Refused, unknownToTheDouble } from './refusal';
import { compare, isDocument, kindOf } from './values';

type Test<Subject> = (subject: Subject) => boolean;

/** Which documents a filter means. All of it is read before the first document is. @throws Refused */
export function testOf(filter: BSON.Document): Test<BSON.Document> {
  const tests = Object.entries(filter).map(([name, condition]): Test<BSON.Document> => {
    if (name === '$or') return anyOf(condition);
    if (name.startsWith('$')) throw new Refused('BadValue', `unknown top level operator: ${name}`);
    const path = pathOf(name);
    const holds = conditionOf(condition);
    return (document) => holds(valueAt(document, path));
  });
  return (document) => tests.every((test) => test(document));
}

/** What a filter says of a document that is not there yet. @throws Refused where that is not all that it says */
export function documentMeantBy(filter: BSON.Document): BSON.Document {
  return Object.entries(filter).reduce<BSON.Document>((document, [name, value]) => {
    if (name.startsWith('$') || hasOperators(value) || value instanceof BSONRegExp)
      throw unknownToTheDouble(`an upsert by ${name} with operators`);
    return withValue(document, pathOf(name), value);
  }, {});
}

export function hasOperators(value: unknown): boolean {
  return isDocument(value) && (Object.keys(value)[0]?.startsWith('$') ?? false);
}

function anyOf(filters: unknown): Test<BSON.Document> {
  if (!Array.isArray(filters) || filters.length === 0 || !filters.every(isDocument))
    throw new Refused('BadValue', '$or must be a nonempty array of documents');
  const tests = filters.map(testOf);
  return (document) => tests.some((test) => test(document));
}

/** Of the value that is found at a path, or of undefined. */
function conditionOf(condition: unknown): Test<unknown> {
  if (condition instanceof BSONRegExp) return matching(condition);
  if (!hasOperators(condition)) return equalTo(condition);
  const tests = Object.entries(condition as BSON.Document).map(([name, operand]) => {
    const operator = OPERATORS[name];
    if (!operator) throw new Refused('BadValue', `unknown operator: ${name}`);
    return operator(operand);
  });
  return (value) => tests.every((test) => test(value));
}

const OPERATORS: Readonly<Record<string, (operand: unknown) => Test<unknown>>> = {
  $ne: (operand) => not(equalTo(operand)),
  $in: (operand) => {
    if (!Array.isArray(operand)) throw new Refused('BadValue', '$in needs an array');
    const tests = operand.map(equalTo);
    return (value) => tests.some((test) => test(value));
  },
  $gt: (operand) => ordered(operand, (order) => order > 0),
  $gte: (operand) => ordered(operand, (order) => order >= 0),
  $lt: (operand) => ordered(operand, (order) => order < 0),
  $lte: (operand) => ordered(operand, (order) => order <= 0),
  $exists: (operand) => {
    if (typeof operand !== 'boolean') throw unknownToTheDouble('$exists without true or false');
    return (value) => (value !== undefined) === operand;
  },
};

function not(test: Test<unknown>): Test<unknown> {
  return (value) => !test(value);
}

/** What is not there equals null. */
function equalTo(operand: unknown): Test<unknown> {
  kindOf(operand);
  return (value) => oneOf(value).some((one) => compare(one, operand) === 0);
}

/** Only values of one kind are before or after each other. */
function ordered(operand: unknown, holds: Test<number>): Test<unknown> {
  const kind = kindOf(operand);
  return (value) => oneOf(value).some((one) => kindOf(one) === kind && holds(compare(one, operand)));
}

function matching({ pattern, options }: BSONRegExp): Test<unknown> {
  const expression = new RegExp(pattern, options);
  return (value) => oneOf(value).some((one) => typeof one === 'string' && expression.test(one));
}

/** Of an array any element will do, and the array itself. */
function oneOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? [...(value as unknown[]), value] : [value ?? null];
}
