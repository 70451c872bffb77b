import { Collection, FindCursor } from 'mongodb';
import { bendMethod } from './bent';

/** A document, a filter or a change as the driver takes it. */
export type Fields = Readonly<Record<string, unknown>>;

/** One document that is to be changed: which, and how. */
export type Change = { readonly filter: Fields; readonly update: Fields };

/**
 * What becomes of the commands to some collections between an adapter and the server, seen alike whichever method of the
 * driver sends them. Null is acknowledged and not done.
 */
export type MongoFault = {
  /** How the names of the collections begin. */
  readonly of: string;
  readonly change?: (asked: Change, collection: Collection) => Change | null | Promise<Change | null>;
  readonly insert?: (document: Fields, collection: Collection) => Fields | null | Promise<Fields | null>;
  readonly remove?: (filter: Fields) => Fields | null;
  readonly look?: (filter: Fields) => Fields;
  /** Of what is read in lists. */
  readonly found?: (documents: readonly Fields[]) => readonly Fields[];
  readonly index?: (index: Fields) => Fields;
};

type Method =
  | 'updateOne'
  | 'findOneAndUpdate'
  | 'bulkWrite'
  | 'insertOne'
  | 'deleteOne'
  | 'deleteMany'
  | 'find'
  | 'createIndexes';
type Send = (...request: unknown[]) => unknown;
type Bend = (send: Send, collection: Collection) => Send;

/** Plants it in the driver of this process, until `jest.restoreAllMocks`. */
export function plantInMongo(fault: MongoFault): void {
  const { of, change, insert, remove, look, found, index } = fault;
  const bend = (method: Method, bent: Bend) =>
    bendMethod(Collection.prototype, method, (send, collection) =>
      collection.collectionName.startsWith(of) ? bent(send, collection) : send,
    );
  if (change) {
    bend('updateOne', changing(change));
    bend('findOneAndUpdate', changing(change));
    bend('bulkWrite', changingMany(change));
  }
  if (insert) bend('insertOne', inserting(insert));
  if (remove) for (const method of ['deleteOne', 'deleteMany'] as const) bend(method, removing(remove));
  if (look) bend('find', (send) => (filter, options) => send(look(filter as Fields), options));
  if (index) bend('createIndexes', (send) => (indexes) => send((indexes as Fields[]).map(index)));
  if (found)
    bendMethod(FindCursor.prototype, 'toArray', (send, cursor) => async () => {
      const documents = (await send()) as Fields[];
      return cursor.namespace.collection?.startsWith(of) === true ? found(documents) : documents;
    });
}

function changing(change: NonNullable<MongoFault['change']>): Bend {
  return (send, collection) => async (filter, update, options) => {
    const changed = await change({ filter, update } as Change, collection);
    return changed ? send(changed.filter, changed.update, options) : { matchedCount: 1, modifiedCount: 1 };
  };
}

function changingMany(change: NonNullable<MongoFault['change']>): Bend {
  return (send, collection) => async (operations, options) => {
    const asked = (operations as { readonly updateOne: Change }[]).map(({ updateOne }) => updateOne);
    const changes = await Promise.all(asked.map(async (each) => change(each, collection)));
    const kept = asked.flatMap((each, index) => {
      const changed = changes[index];
      return changed ? [{ updateOne: { ...each, ...changed } }] : [];
    });
    const lost = asked.length - kept.length;
    if (kept.length === 0) return { matchedCount: lost };
    const { matchedCount } = (await send(kept, options)) as { readonly matchedCount: number };
    return { matchedCount: matchedCount + lost };
  };
}

function inserting(insert: NonNullable<MongoFault['insert']>): Bend {
  return (send, collection) => async (document, options) => {
    const inserted = await insert(document as Fields, collection);
    return inserted ? send(inserted, options) : { acknowledged: true };
  };
}

function removing(remove: NonNullable<MongoFault['remove']>): Bend {
  return (send) => async (filter, options) => {
    const removed = remove(filter as Fields);
    return removed ? send(removed, options) : { deletedCount: 1 };
  };
}
