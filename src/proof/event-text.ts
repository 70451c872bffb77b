import type { EntryReference, Envelope } from '../kernel/event';
import type { Posting } from '../kernel/postings';
import { canonicalJson, integer, quote } from './canonical-json';

/** An event of any type, as it is about to be stored. */
export type EventToWrite = Envelope & {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: object;
};

/**
 * The canonical text of an event (RFC 8785): what `canonicalJson` writes, and faster, since the members of an envelope and
 * their order are known; the service writes one for each entry. What stands between quotes as it is was made or checked by
 * the service and holds nothing that JSON escapes: ids, digests, instants, days, roles, names of types.
 *
 * @throws TypeError for what has no place in an event, as `canonicalJson` does
 */
export function eventText(event: EventToWrite): string {
  const { actor, businessDate, correction, data, document, entry, occurredAt, postings } = event;
  let text = `{"actor":{"id":${quote(actor.id)},"role":"${actor.role}","via":"${actor.via}"}`;
  if (businessDate !== undefined) text += `,"businessDate":"${businessDate}"`;
  if (correction !== undefined) text += `,"correction":${canonicalJson(correction)}`;
  text += `,"data":${canonicalJson(data)}`;
  if (document !== undefined)
    text += `,"document":{"number":${integer(document.number)},"type":${quote(document.type)}}`;
  if (entry !== undefined) text += `,"entry":${entryText(entry)}`;
  text += `,"id":"${event.id}","ledger":"${event.ledger}"`;
  if (occurredAt !== undefined) text += `,"occurredAt":"${occurredAt}"`;
  if (postings !== undefined) text += `,"postings":${postingsText(postings)}`;
  text += `,"prevHash":"${event.prevHash}","recordedAt":"${event.recordedAt}"`;
  text += `,"schemaVersion":${integer(event.schemaVersion)},"sequence":${integer(event.sequence)}`;
  if (event.till !== undefined) text += `,"till":${quote(event.till)}`;
  if (event.tillSequence !== undefined) text += `,"tillSequence":${integer(event.tillSequence)}`;
  return `${text},"type":"${event.type}"}`;
}

function entryText({
  comment,
  count,
  id,
  index,
  payloadHash,
  reference,
  source,
  type,
}: EntryReference): string {
  let text = comment === undefined ? '{' : `{"comment":${quote(comment)},`;
  text += `"count":${integer(count)},"id":"${id}","index":${integer(index)},"payloadHash":"${payloadHash}"`;
  if (reference !== undefined) text += `,"reference":${quote(reference)}`;
  if (source !== undefined) text += `,"source":${canonicalJson(source)}`;
  return `${text},"type":${quote(type)}}`;
}

function postingsText(postings: readonly Posting[]): string {
  let text = '[';
  for (let index = 0; index < postings.length; index += 1) {
    const { account, amount } = postings[index] as Posting;
    text += `${index === 0 ? '' : ','}{"account":${quote(account)},"amount":${integer(amount)}}`;
  }
  return `${text}]`;
}
