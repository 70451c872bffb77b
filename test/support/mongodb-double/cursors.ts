import { BSON, Long } from 'mongodb';
import { Refused } from './refusal';

type Open = { readonly namespace: string; readonly documents: BSON.Document[] };

/** Documents that the first answer has, unless it is told otherwise. */
const FIRST_BATCH = 101;

/** Bytes that one answer has at most; a document that is larger comes alone. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Answers that take several commands. They are of what was found when the first one came. */
export class Cursors {
  private readonly open = new Map<string, Open>();
  private last = 0;

  /** What a command answers that found these. */
  first(namespace: string, found: BSON.Document[], batchSize = FIRST_BATCH, isOnly = false): BSON.Document {
    const documents = [...found];
    const firstBatch = take(documents, batchSize);
    const id = documents.length > 0 && !isOnly ? (this.last += 1) : 0;
    if (id !== 0) this.open.set(String(id), { namespace, documents });
    return { cursor: { id: Long.fromNumber(id), ns: namespace, firstBatch } };
  }

  next(namespace: string, id: Long, batchSize = Infinity): BSON.Document {
    const cursor = this.open.get(id.toString());
    if (cursor?.namespace !== namespace)
      throw new Refused('CursorNotFound', `cursor id ${id.toString()} not found`);
    const nextBatch = take(cursor.documents, batchSize);
    const isOver = cursor.documents.length === 0;
    if (isOver) this.open.delete(id.toString());
    return { cursor: { id: isOver ? Long.ZERO : id, ns: namespace, nextBatch } };
  }

  kill(ids: readonly Long[]): BSON.Document {
    const cursorsKilled = ids.filter((id) => this.open.delete(id.toString()));
    const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id));
    return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] };
  }
}

function take(documents: BSON.Document[], count: number): BSON.Document[] {
  let bytes = 0;
  const end = documents.findIndex((document, index) => {
    bytes += BSON.calculateObjectSize(document);
    return index >= count || (index > 0 && bytes > MOST_BYTES);
  });
  return documents.splice(0, end < 0 ? documents.length : end);
}
