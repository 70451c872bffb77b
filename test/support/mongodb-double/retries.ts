import { Binary, type BSON, type Long } from 'mongodb';
import { Refused } from './refusal';

type Once = <Result>(statement: number, work: () => Result) => Result;
type Session = { readonly number: bigint; readonly done: Map<number, unknown> };

/**
 * What each session has done under its newest number. A driver that did not hear an answer sends the same command under the
 * same number: what was done is answered as it was then, what was refused is tried again.
 */
export class Retries {
  private readonly sessions = new Map<string, Session>();

  /** How a command does its statements, by their place. @throws Refused when its session has gone on since */
  of({ lsid, txnNumber }: BSON.Document): Once {
    if (txnNumber === undefined) return (_statement, work) => work();
    const { done } = this.under(idOf(lsid), (txnNumber as Long).toBigInt());
    return <Result>(statement: number, work: () => Result) => {
      if (done.has(statement)) return done.get(statement) as Result;
      const result = work();
      done.set(statement, result);
      return result;
    };
  }

  end(sessions: readonly BSON.Document[]): void {
    for (const session of sessions) this.sessions.delete(idOf(session));
  }

  private under(id: string, number: bigint): Session {
    const known = this.sessions.get(id);
    if (known?.number === number) return known;
    if (known && known.number > number)
      throw new Refused('TransactionTooOld', `the session has begun number ${known.number} since`);
    const session = { number, done: new Map<number, unknown>() };
    this.sessions.set(id, session);
    return session;
  }
}

function idOf(session: unknown): string {
  const { id } = (session ?? {}) as { readonly id?: unknown };
  if (!(id instanceof Binary)) throw new Refused('BadValue', 'a number of a transaction without a session');
  return id.toString('hex');
}
