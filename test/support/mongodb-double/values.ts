import { Binary, type BSON, Double, Int32, Long, ObjectId } from 'mongodb';
import { unknownToTheDouble } from './refusal';

/** Kinds in the order in which BSON values of different kinds are sorted. */
const KINDS = ['null', 'number', 'string', 'document', 'array', 'binary', 'id', 'boolean', 'date'] as const;

export type Kind = (typeof KINDS)[number];

export function isDocument(value: unknown): value is BSON.Document {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Date) && !('_bsontype' in value);
}

/** @throws Refused */
export function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'string' | 'boolean';
  if (value instanceof Int32 || value instanceof Long || value instanceof Double) return 'number';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value instanceof Binary) return 'binary';
  if (value instanceof ObjectId) return 'id';
  if (isDocument(value)) return 'document';
  throw unknownToTheDouble(`how ${JSON.stringify(value)} compares`);
}

/** Below zero when `left` comes first. Documents go member by member: the kind of the value, the name, the value. */
export function compare(left: unknown, right: unknown): number {
  const kind = kindOf(left);
  if (kind !== kindOf(right)) return KINDS.indexOf(kind) - KINDS.indexOf(kindOf(right));
  switch (kind) {
    case 'null':
      return 0;
    case 'number':
      return byOrder(exactly(left), exactly(right));
    case 'string':
      return compareTexts(left as string, right as string);
    case 'boolean':
      return Number(left) - Number(right);
    case 'date':
      return (left as Date).getTime() - (right as Date).getTime();
    case 'id':
      return Buffer.compare((left as ObjectId).id, (right as ObjectId).id);
    case 'binary':
      return compareBytes(left as Binary, right as Binary);
    case 'array':
      return compareMembers((left as unknown[]).entries(), (right as unknown[]).entries());
    case 'document':
      return compareMembers(
        Object.entries(left as BSON.Document).values(),
        Object.entries(right as BSON.Document).values(),
      );
  }
}

/** A text that two values have in common if and only if they are equal: an int64 may equal a double. */
export function keyOf(value: unknown): string {
  return JSON.stringify(tagged(value));
}

/** Of a number of any BSON type, for limits and sizes. */
export function numberIn(value: unknown): number {
  if (kindOf(value) !== 'number') throw unknownToTheDouble(`the number ${String(value)}`);
  return Number(exactly(value));
}

function exactly(value: unknown): number | bigint {
  if (value instanceof Long) return value.toBigInt();
  const number = (value as Int32 | Double).value;
  if (Number.isNaN(number)) throw unknownToTheDouble('how NaN compares');
  return Number.isInteger(number) ? BigInt(number) : number;
}

function byOrder(left: number | bigint, right: number | bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By their UTF-8 bytes: not the order of JavaScript, which goes by halves of characters. */
function compareTexts(left: string, right: string): number {
  return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function compareBytes(left: Binary, right: Binary): number {
  return (
    left.position - right.position ||
    left.sub_type - right.sub_type ||
    Buffer.compare(left.value(), right.value())
  );
}

type Members = Iterator<[string | number, unknown]>;

function compareMembers(left: Members, right: Members): number {
  for (;;) {
    const [ours, theirs] = [left.next(), right.next()];
    if (ours.done === true || theirs.done === true) return Number(theirs.done) - Number(ours.done);
    const [[ourName, ourValue], [theirName, theirValue]] = [ours.value, theirs.value];
    const order =
      KINDS.indexOf(kindOf(ourValue)) - KINDS.indexOf(kindOf(theirValue)) ||
      (ourName === theirName ? 0 : compareTexts(String(ourName), String(theirName))) ||
      compare(ourValue, theirValue);
    if (order !== 0) return order;
  }
}

function tagged(value: unknown): unknown {
  switch (kindOf(value)) {
    case 'null':
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      return { number: exactly(value).toString() };
    case 'date':
      return { date: (value as Date).getTime() };
    case 'id':
      return { id: (value as ObjectId).toHexString() };
    case 'binary':
      return { binary: [(value as Binary).sub_type, (value as Binary).toString('base64')] };
    case 'array':
      return (value as unknown[]).map(tagged);
    case 'document':
      return {
        document: Object.entries(value as BSON.Document).map(([name, member]) => [name, tagged(member)]),
      };
  }
}
