import type { Request } from 'express';
import type { Actor } from '../kernel/event';
import type { EntryType } from '../ledger/entries';
import { Problem } from '../platform/http/problem';
import type { CompanyRole } from '../ports/vault';
import { type AccessRole, mayRecord } from './permissions';

/** Milliseconds since 1970; null is never. */
type Deadline = number | null;

/** Who holds a token, and all that he may enter. Kept in memory for seconds. */
export type Identity = {
  readonly kind: 'session' | 'api-key';
  /** The user, or the API key: an opaque id, as it stands in events. */
  readonly id: string;
  /** The session, or the API key: what a sign-out or a revocation ends. */
  readonly credential: string;
  readonly firmAdmin: boolean;
  readonly roles: ReadonlyMap<string, { readonly role: CompanyRole; readonly until: Deadline }>;
  /** The tills that a key is limited to; null is no limit. */
  readonly tills: readonly string[] | null;
  readonly until: Deadline;
  /** The vault does not answer, and this is what it said some minutes ago: enough for what goes on meanwhile. */
  readonly isUnconfirmed?: true;
};

/** Who is asking, on one route: set on the request by the guard. */
export type Principal = {
  readonly actor: Actor;
  readonly role: AccessRole;
  /** The company of the route; null where the route names none. */
  readonly company: string | null;
  readonly tills: readonly string[] | null;
  readonly identity: Identity;
};

/** What the access layer puts on a request. */
export type AccessRequest = Request & {
  identity?: Identity;
  /** Why it could not be found out who is calling, for the guard, which knows whether it matters. */
  unidentified?: Error;
  /** As it was sent, for answers that last longer than access may. */
  token?: string;
  /** The token came in the cookie, as from a browser. */
  fromCookie?: boolean;
  principal?: Principal;
  /** Asks anew what the guard has asked. */
  stillAllowed?: () => Promise<boolean>;
};

/** The principal that the guard has set. */
export function principalOf(request: Request): Principal {
  const { principal } = request as AccessRequest;
  if (!principal) throw new Error('no principal: the route is public');
  return principal;
}

/** Whether who opened a long answer may still read it: a sign-out, a revocation or an end is heard of here. */
export function isStillAllowed(request: Request): Promise<boolean> {
  const { stillAllowed } = request as AccessRequest;
  return stillAllowed ? stillAllowed() : Promise.resolve(false);
}

/** @throws Problem not-allowed */
export function requireEntryType(principal: Principal, type: EntryType): void {
  if (!mayRecord(principal.role, type))
    throw new Problem('not-allowed', { facts: { role: principal.role, type } });
}

/**
 * A key that is limited to tills names one of them in each movement: where it comes from and where it goes.
 *
 * @throws Problem till-not-allowed
 */
export function requireTill({ tills }: Principal, ...named: readonly (string | undefined)[]): void {
  if (tills === null) return;
  const foreign = named.find((till) => till === undefined || !tills.includes(till));
  if (named.length === 0 || named.some((till) => till === undefined || !tills.includes(till))) {
    throw new Problem('till-not-allowed', { facts: { tills, till: foreign } });
  }
}

/** The companies that an identity sees now; null is all of the installation. */
export function companiesOf(identity: Identity, now: number): ReadonlyMap<string, CompanyRole> | null {
  if (identity.firmAdmin) return null;
  const current = [...identity.roles].filter(([, { until }]) => until === null || until > now);
  return new Map(current.map(([company, { role }]) => [company, role]));
}
