import { type BSON, Double, Int32, Long } from 'mongodb';
import { hasOperators } from './filter';
import { type Path, pathOf, valueAt, withValue } from './paths';
import { Refused, unknownToTheDouble } from './refusal';
import { compare, isDocument, kindOf } from './values';

/** What becomes of a document; `isNew` where an upsert makes it. */
type Change = (document: BSON.Document, isNew: boolean) => BSON.Document;

type Step = { readonly operator: string; readonly path: Path; readonly operand: unknown };

/** All of an update is read before the first document is changed: operators, or what takes its place. @throws Refused */
export function changeOf(update: unknown): Change {
  if (!isDocument(update)) throw unknownToTheDouble('an update by a pipeline');
  if (!hasOperators(update)) return (document) => ({ _id: document._id, ...update });
  const steps = Object.entries(update).flatMap(([operator, fields]) => stepsOf(operator, fields));
  steps.sort((left, right) => (left.path.join('.') < right.path.join('.') ? -1 : 1));
  requireApart(steps);
  return (document, isNew) => {
    const taken = steps.filter(({ operator }) => isNew || operator !== '$setOnInsert');
    return taken.reduce((changed, { operator, path, operand }) => {
      const old = valueAt(changed, path);
      const value = OPERATORS[operator]?.(old, operand, path.join('.'));
      return value === old ? changed : withValue(changed, path, value);
    }, document);
  };
}

function stepsOf(operator: string, fields: unknown): Step[] {
  if (!Object.hasOwn(OPERATORS, operator))
    throw new Refused('FailedToParse', `Unknown modifier: ${operator}. Expected a valid update modifier`);
  if (!isDocument(fields)) throw new Refused('FailedToParse', `${operator} needs a document`);
  return Object.entries(fields).map(([name, operand]) => ({ operator, path: pathOf(name), operand }));
}

/** They are sorted, so that what lies within another comes after it. */
function requireApart(steps: readonly Step[]): void {
  for (const [index, { path }] of steps.entries()) {
    const within = steps.slice(index + 1).find((later) => path.every((name, at) => later.path[at] === name));
    if (!within) continue;
    const message = `Updating the path '${within.path.join('.')}' would create a conflict at '${path.join('.')}'`;
    throw new Refused('ConflictingUpdateOperators', message);
  }
}

/** From the value that was there, or undefined, to the one that will be. */
const OPERATORS: Readonly<Record<string, (old: unknown, operand: unknown, path: string) => unknown>> = {
  $set: (_old, operand) => operand,
  $setOnInsert: (_old, operand) => operand,
  $unset: () => undefined,
  $max: (old, operand) => (old === undefined || compare(operand, old) > 0 ? operand : old),
  $inc: (old, operand, path) => {
    if (kindOf(operand) !== 'number') throw new Refused('TypeMismatch', `Cannot increment ${path} by that`);
    if (old === undefined) return operand;
    if (kindOf(old) !== 'number')
      throw new Refused('TypeMismatch', `Cannot apply $inc to a value of non-numeric type: ${path}`);
    return sum(old as Int32 | Long | Double, operand as Int32 | Long | Double);
  },
  $push: (old, operand, path) => {
    if (hasOperators(operand)) throw unknownToTheDouble('$push with operators');
    if (old !== undefined && !Array.isArray(old))
      throw new Refused('BadValue', `The field '${path}' must be an array`);
    return [...((old as unknown[] | undefined) ?? []), operand];
  },
};

/** A sum of integers stays one: of 32 bits where both were and it fits. */
function sum(left: Int32 | Long | Double, right: Int32 | Long | Double): Int32 | Long | Double {
  if (left instanceof Double || right instanceof Double) return new Double(Number(left) + Number(right));
  const exact = [left, right].reduce((total, one) => total + BigInt(one.toString()), 0n);
  if (BigInt.asIntN(64, exact) !== exact) throw new Refused('BadValue', '$inc beyond 64 bits');
  const isSmall = left instanceof Int32 && right instanceof Int32 && BigInt.asIntN(32, exact) === exact;
  return isSmall ? new Int32(Number(exact)) : Long.fromBigInt(exact);
}
