import type { BSON, Long } from 'mongodb';
import { Collection } from './collection';
import { Cursors } from './cursors';
import { documentMeantBy, testOf } from './filter';
import { Refused, requireOnly, unknownToTheDouble } from './refusal';
import { Retries } from './retries';
import { changeOf } from './update';
import { isDocument, numberIn } from './values';

type Document = BSON.Document;
type Changed = { readonly n: number; readonly nModified: number; readonly upserted?: unknown };

type Command = {
  /** The members that it may have beside those that any may have. */
  readonly takes: readonly string[];
  readonly run: (command: Document) => Document;
};

const OF_ANY = ['$db', 'lsid', '$readPreference'];
const READ = ['readConcern'];
const WRITE = ['writeConcern'];
const WRITE_ONCE = [...WRITE, 'txnNumber'];

/** The databases of a server, and the commands that Caisse and its tests send to it. */
export class Commands {
  private readonly databases = new Map<string, Map<string, Collection>>();
  private readonly cursors = new Cursors();
  private readonly retries = new Retries();

  /** @throws Refused */
  run(command: Document): Document {
    const [name = ''] = Object.keys(command);
    const known = Object.hasOwn(this.known, name) ? this.known[name] : undefined;
    if (!known) throw new Refused('CommandNotFound', `no such command: '${name}'`);
    requireOnly(name, command, [name, ...OF_ANY, ...known.takes]);
    requireConcern(command);
    return known.run(command);
  }

  sweep(now: number): void {
    for (const database of this.databases.values())
      for (const collection of database.values()) collection.sweep(now);
  }

  private readonly known: Readonly<Record<string, Command>> = {
    ping: { takes: [], run: () => ({}) },
    endSessions: {
      takes: [],
      run: ({ endSessions }) => {
        this.retries.end(endSessions as Document[]);
        return {};
      },
    },
    find: {
      takes: [...READ, 'filter', 'sort', 'limit', 'batchSize', 'singleBatch'],
      run: (command) => this.find(command),
    },
    aggregate: {
      takes: [...READ, 'pipeline', 'cursor'],
      run: (command) => this.count(command),
    },
    getMore: {
      takes: ['collection', 'batchSize'],
      run: ({ $db, getMore, collection, batchSize }) =>
        this.cursors.next(`${$db}.${collection}`, getMore as Long, optionalNumber(batchSize)),
    },
    killCursors: {
      takes: ['cursors'],
      run: ({ cursors }) => this.cursors.kill(cursors as Long[]),
    },
    insert: {
      takes: [...WRITE_ONCE, 'documents', 'ordered'],
      run: (command) => this.insert(command),
    },
    update: {
      takes: [...WRITE_ONCE, 'updates', 'ordered'],
      run: (command) => this.update(command),
    },
    delete: {
      takes: [...WRITE_ONCE, 'deletes', 'ordered'],
      run: (command) => this.delete(command),
    },
    findAndModify: {
      takes: [...WRITE_ONCE, 'query', 'update', 'new', 'upsert', 'remove'],
      run: (command) => this.retries.of(command)(0, () => this.findAndModify(command)),
    },
    createIndexes: {
      takes: [...WRITE, 'indexes'],
      run: (command) => this.createIndexes(command),
    },
    listIndexes: {
      takes: ['cursor'],
      run: ({ $db, listIndexes }) => {
        const collection = this.databases.get($db as string)?.get(listIndexes as string);
        if (!collection) throw new Refused('NamespaceNotFound', `ns does not exist: ${$db}.${listIndexes}`);
        return this.cursors.first(collection.namespace, collection.indexes);
      },
    },
    listCollections: {
      takes: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
      run: ({ $db, filter }) => {
        const names = [...(this.databases.get($db as string)?.keys() ?? [])];
        const found = names.map((name) => ({ name, type: 'collection' })).filter(testOf(filter ?? {}));
        return this.cursors.first(`${$db}.$cmd.listCollections`, found);
      },
    },
    drop: {
      takes: WRITE,
      run: ({ $db, drop }) => {
        this.databases.get($db as string)?.delete(drop as string);
        return {};
      },
    },
    dropDatabase: {
      takes: WRITE,
      run: ({ $db }) => (this.databases.delete($db as string) ? { dropped: $db as string } : {}),
    },
  };

  private find({ $db, find, filter, sort, limit, batchSize, singleBatch }: Document): Document {
    const collection = this.read($db, find);
    const found = collection.find((filter ?? {}) as Document, sort as Document | undefined, mostOf(limit));
    return this.cursors.first(collection.namespace, found, optionalNumber(batchSize), singleBatch === true);
  }

  /** Of aggregations the one that `countDocuments` asks for. */
  private count({ $db, aggregate, pipeline }: Document): Document {
    const [match, group, ...more] = pipeline as [Document?, Document?, ...Document[]];
    const isCount = JSON.stringify(group) === '{"$group":{"_id":1,"n":{"$sum":1}}}';
    if (!match?.$match || !isCount || more.length > 0) throw unknownToTheDouble('that pipeline');
    const collection = this.read($db, aggregate);
    const n = collection.find(match.$match as Document).length;
    return this.cursors.first(collection.namespace, n === 0 ? [] : [{ _id: 1, n }]);
  }

  private insert(command: Document): Document {
    const collection = this.written(command.$db, command.insert);
    const { results, failures } = this.each(command, command.documents, (document) =>
      collection.insert(document),
    );
    return { n: results.length, ...failures };
  }

  private update(command: Document): Document {
    const { results, failures } = this.each(command, command.updates, (statement) => {
      requireOnly('update.updates', statement, ['q', 'u', 'multi', 'upsert']);
      return this.updateOne(command.$db, command.update, statement);
    });
    const upserted = results.flatMap(({ index, result }) =>
      result.upserted === undefined ? [] : [{ index, _id: result.upserted }],
    );
    return {
      n: results.reduce((sum, { result }) => sum + result.n, 0),
      nModified: results.reduce((sum, { result }) => sum + result.nModified, 0),
      ...(upserted.length > 0 ? { upserted } : {}),
      ...failures,
    };
  }

  private updateOne($db: unknown, name: unknown, { q, u, multi, upsert }: Document): Changed {
    const change = changeOf(u);
    const collection = this.read($db, name);
    const found = collection.find(q as Document, {}, multi === true ? Infinity : 1);
    if (found.length === 0 && upsert === true) {
      const upserted = this.written($db, name).insert(change(documentMeantBy(q as Document), true));
      return { n: 1, nModified: 0, upserted };
    }
    const modified = found.filter((document) => collection.replace(document, change(document, false)));
    return { n: found.length, nModified: modified.length };
  }

  private delete(command: Document): Document {
    const { results, failures } = this.each(command, command.deletes, (statement) => {
      requireOnly('delete.deletes', statement, ['q', 'limit']);
      const collection = this.read(command.$db, command.delete);
      const found = collection.find(statement.q as Document, {}, mostOf(statement.limit));
      for (const document of found) collection.remove(document);
      return found.length;
    });
    return { n: results.reduce((sum, { result }) => sum + result, 0), ...failures };
  }

  private findAndModify(command: Document): Document {
    const { $db, findAndModify: name, query, update, remove } = command;
    if (remove === true) throw unknownToTheDouble('findAndModify that removes');
    const [before = null] = this.read($db, name).find(query as Document, {}, 1);
    const statement = {
      q: before ? { _id: before._id as unknown } : query,
      u: update,
      upsert: command.upsert,
    };
    const { n, upserted } = this.updateOne($db, name, statement);
    const _id: unknown = before?._id ?? upserted;
    const value = command.new === true && n > 0 ? this.read($db, name).find({ _id })[0] : before;
    const lastErrorObject = { n, updatedExisting: before !== null, upserted };
    return { lastErrorObject, value: value ?? null };
  }

  private createIndexes({ $db, createIndexes, indexes }: Document): Document {
    const collection = this.written($db, createIndexes);
    const numIndexesBefore = collection.indexes.length;
    for (const index of indexes as Document[]) collection.addIndex(index);
    return { numIndexesBefore, numIndexesAfter: collection.indexes.length };
  }

  /** The statements of a bulk: after one that is refused the others are done too, unless they are in order. */
  private each<Result>(command: Document, statements: unknown, work: (statement: Document) => Result) {
    const results: { readonly index: number; readonly result: Result }[] = [];
    const writeErrors: Document[] = [];
    const once = this.retries.of(command);
    for (const [index, statement] of (statements as Document[]).entries()) {
      try {
        results.push({ index, result: once(index, () => work(statement)) });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.details });
        if (command.ordered !== false) break;
      }
    }
    return { results, failures: writeErrors.length > 0 ? { writeErrors } : {} };
  }

  private read($db: unknown, name: unknown): Collection {
    const known = this.databases.get($db as string)?.get(name as string);
    return known ?? new Collection(`${$db as string}.${name as string}`);
  }

  /** The first write makes a collection, and its database. */
  private written($db: unknown, name: unknown): Collection {
    const database = this.databases.get($db as string) ?? new Map<string, Collection>();
    const collection = this.read($db, name);
    this.databases.set($db as string, database.set(name as string, collection));
    return collection;
  }
}

/** One member is a majority, so that what is asked for holds in any case; what cannot be had is refused. */
function requireConcern({ readConcern, writeConcern }: Document): void {
  if (isDocument(readConcern)) {
    requireOnly('readConcern', readConcern, ['level']);
    if (!['local', 'majority'].includes(readConcern.level as string))
      throw unknownToTheDouble(`the read concern ${String(readConcern.level)}`);
  }
  if (isDocument(writeConcern)) {
    requireOnly('writeConcern', writeConcern, ['w', 'wtimeout']);
    if (writeConcern.w !== 'majority' && numberIn(writeConcern.w) !== 1)
      throw unknownToTheDouble(`the write concern ${String(writeConcern.w)}`);
  }
}

function optionalNumber(value: unknown): number | undefined {
  return value === undefined ? undefined : numberIn(value);
}

/** To MongoDB a limit of 0 is none. */
function mostOf(limit: unknown): number {
  const most = optionalNumber(limit);
  return most === undefined || most === 0 ? Infinity : most;
}
