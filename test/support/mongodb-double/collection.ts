import { BSON, ObjectId } from 'mongodb';
import { testOf } from './filter';
import { pathOf, valueAt } from './paths';
import { Refused, requireOnly, unknownToTheDouble } from './refusal';
import { compare, isDocument, keyOf, numberIn } from './values';

export type Index = {
  readonly v: 2;
  readonly key: BSON.Document;
  readonly name: string;
  readonly unique?: boolean;
  readonly expireAfterSeconds?: unknown;
};

/** A document is never changed, but replaced: whoever has read it keeps it as it was. */
type Stored = { readonly document: BSON.Document; readonly bytes: Uint8Array };

const ID: Index = { v: 2, key: { _id: 1 }, name: '_id_' };
const MOST_BYTES = 16 * 1024 * 1024;

/** Documents in the order of their arrival. Each call is done when it returns: nothing comes between. */
export class Collection {
  readonly indexes = [ID];
  private readonly stored = new Map<string, Stored>();
  /** What unique indexes hold, by index and value: the key of the document's `_id`. */
  private readonly owners = new Map<string, string>();

  /** `namespace` is the name with that of the database. */
  constructor(readonly namespace: string) {}

  find(filter: BSON.Document, sort: BSON.Document = {}, limit = Infinity): BSON.Document[] {
    const found = this.candidates(filter._id).filter(testOf(filter));
    return found.sort(orderOf(sort)).slice(0, limit);
  }

  /** Answers its `_id`, which it may be given here. @throws Refused */
  insert(document: BSON.Document): unknown {
    const { _id = new ObjectId(), ...rest } = document;
    this.put({ _id, ...rest }, null);
    return _id;
  }

  /** Answers whether it is another one than it was. @throws Refused */
  replace(old: BSON.Document, document: BSON.Document): boolean {
    const key = keyOf(old._id);
    if (keyOf(document._id) !== key)
      throw new Refused('ImmutableField', "Performing an update on the path '_id' would modify it");
    const before = this.stored.get(key)?.bytes;
    return document !== old && Buffer.compare(before ?? Buffer.alloc(0), this.put(document, old)) !== 0;
  }

  remove(document: BSON.Document): void {
    this.disown(document);
    this.stored.delete(keyOf(document._id));
  }

  /** @throws Refused when it differs from one of that name, or from one of these keys */
  addIndex(description: BSON.Document): void {
    const index = indexOf(description);
    for (const known of this.indexes) {
      const [isSameKey, isSameName] = [isEqual(known.key, index.key), known.name === index.name];
      if (isSameKey && isSameName && isEqual(known, index)) return;
      if (isSameKey) throw new Refused('IndexOptionsConflict', `another index of ${known.name} exists`);
      if (isSameName) throw new Refused('IndexKeySpecsConflict', `another index named ${known.name} exists`);
    }
    const documents = [...this.stored.values()].map(({ document }) => document);
    const seen = new Set<string>();
    for (const document of documents) {
      const entry = entryOf(index, document);
      if (index.unique === true && seen.has(entry)) throw duplicateKey(this.namespace, index, document);
      seen.add(entry);
    }
    this.indexes.push(index);
    for (const document of documents) this.own(document);
  }

  /** Removes what an index lets expire, as a server does once a minute. */
  sweep(now: number): void {
    for (const { key, expireAfterSeconds } of this.indexes) {
      const [field] = Object.keys(key);
      if (expireAfterSeconds === undefined || field === undefined) continue;
      for (const document of this.find({})) {
        const since = valueAt(document, pathOf(field));
        if (since instanceof Date && since.getTime() + numberIn(expireAfterSeconds) * 1000 <= now)
          this.remove(document);
      }
    }
  }

  /** All, unless a filter names those that it can mean. */
  private candidates(id: unknown): BSON.Document[] {
    const wanted = isDocument(id) && Array.isArray(id.$in) ? (id.$in as unknown[]) : [id];
    const isByRange = wanted.some((one) => one === undefined || !isPlain(one));
    const found = isByRange
      ? [...this.stored.values()]
      : [...new Set(wanted.map(keyOf))].flatMap((key) => this.stored.get(key) ?? []);
    return found.map(({ document }) => document);
  }

  private put(document: BSON.Document, old: BSON.Document | null): Uint8Array {
    const bytes = BSON.serialize(document);
    if (bytes.length > MOST_BYTES) throw new Refused('BSONObjectTooLarge', `${bytes.length} bytes`);
    const key = keyOf(document._id);
    for (const index of this.uniqueIndexes()) {
      const owner = this.owners.get(entryOf(index, document));
      if (owner !== undefined && (owner !== key || old === null))
        throw duplicateKey(this.namespace, index, document);
    }
    if (old) this.disown(old);
    this.own(document);
    this.stored.set(key, { document, bytes });
    return bytes;
  }

  private own(document: BSON.Document): void {
    const key = keyOf(document._id);
    for (const index of this.uniqueIndexes()) this.owners.set(entryOf(index, document), key);
  }

  private disown(document: BSON.Document): void {
    for (const index of this.uniqueIndexes()) this.owners.delete(entryOf(index, document));
  }

  private uniqueIndexes(): Index[] {
    return this.indexes.filter((index) => index === ID || index.unique === true);
  }
}

/** @throws Refused for a kind of index that the double does not know */
function indexOf(description: BSON.Document): Index {
  requireOnly('createIndexes.indexes', description, ['key', 'name', 'unique', 'expireAfterSeconds']);
  const { key, name, unique, expireAfterSeconds } = description;
  const isAscending = isDocument(key) && Object.values(key).every((order) => numberIn(order) === 1);
  if (!isAscending || typeof name !== 'string') throw unknownToTheDouble('such an index');
  if (expireAfterSeconds !== undefined && Object.keys(key).length > 1)
    throw unknownToTheDouble('an index of several fields that lets documents expire');
  return {
    v: 2,
    key,
    name,
    ...(unique === true ? { unique } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
  };
}

/** What an index holds of a document. What is not there is indexed as null. */
function entryOf({ name, key }: Index, document: BSON.Document): string {
  const values = Object.keys(key).map((field) => valueAt(document, pathOf(field)) ?? null);
  if (values.some(Array.isArray)) throw unknownToTheDouble(`an index of arrays, ${name}`);
  return `${name} ${keyOf(values)}`;
}

function duplicateKey(namespace: string, { name, key }: Index, document: BSON.Document): Refused {
  const keyValue = Object.fromEntries(
    Object.keys(key).map((field) => [field, valueAt(document, pathOf(field)) ?? null]),
  );
  const message = `E11000 duplicate key error collection: ${namespace} index: ${name} dup key: ${JSON.stringify(keyValue)}`;
  return new Refused('DuplicateKey', message, { keyPattern: key, keyValue });
}

function isEqual(left: object, right: object): boolean {
  return Buffer.compare(BSON.serialize(left), BSON.serialize(right)) === 0;
}

/** Neither a range nor an expression. */
function isPlain(value: unknown): boolean {
  return typeof value === 'string' || value instanceof ObjectId;
}

function orderOf(sort: BSON.Document): (left: BSON.Document, right: BSON.Document) => number {
  const fields = Object.entries(sort).map(([name, direction]) => {
    const sign = numberIn(direction);
    if (sign !== 1 && sign !== -1) throw unknownToTheDouble(`sorting by ${name} ${sign}`);
    return { path: pathOf(name), sign };
  });
  return (left, right) => {
    for (const { path, sign } of fields) {
      const [one, other] = [left, right].map((document) => valueAt(document, path) ?? null);
      if (Array.isArray(one) || Array.isArray(other)) throw unknownToTheDouble('sorting by arrays');
      const order = sign * compare(one, other);
      if (order !== 0) return order;
    }
    return 0;
  };
}
