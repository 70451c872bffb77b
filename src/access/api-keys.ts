import { Injectable } from '@nestjs/common';
import { Problem } from '../platform/http/problem';
import { Clock } from '../ports/clock';
import { StoreUnavailable } from '../ports/event-store';
import { Ids } from '../ports/ids';
import { type ApiKey, type CompanyRole, Vault } from '../ports/vault';
import { Authenticator } from './authenticator';
import { API_KEY_GRANTS } from './permissions';
import type { Principal } from './principal';
import { hashOfToken, newApiKey } from './tokens';

/** An inspector's key without an end of its own: 30 days. */
const INSPECTION_MS = 30 * 24 * 3_600_000;

export type ApiKeyRequest = {
  readonly name: string;
  readonly role: CompanyRole;
  readonly tills: readonly string[] | null;
  readonly expiresAt: string | null;
};

/** Keys of programs: of one company, perhaps of some of its tills, and shown once. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly authenticator: Authenticator,
  ) {}

  /** @throws Problem not-allowed for a role above one's own, invalid-input for an end in the past */
  async make(principal: Principal, wanted: ApiKeyRequest): Promise<{ apiKey: ApiKey; secret: string }> {
    if (!API_KEY_GRANTS[principal.role].includes(wanted.role))
      throw new Problem('not-allowed', { facts: { role: principal.role, given: wanted.role } });
    const createdAt = this.clock.now();
    if (wanted.expiresAt !== null && wanted.expiresAt <= createdAt) throw inThePast();
    const inspection = new Date(Date.parse(createdAt) + INSPECTION_MS).toISOString();
    const secret = newApiKey();
    const apiKey = {
      id: this.ids.uuid(),
      company: companyOf(principal),
      name: wanted.name,
      role: wanted.role,
      tills: wanted.tills,
      keyHash: hashOfToken(secret),
      createdBy: principal.actor.id,
      createdAt,
      expiresAt: wanted.expiresAt ?? (wanted.role === 'inspector' ? inspection : null),
      lastUsedAt: null,
      revokedAt: null,
    };
    await this.vault.addApiKey(apiKey);
    return { apiKey, secret };
  }

  async list(principal: Principal): Promise<readonly ApiKey[]> {
    return this.vault.apiKeys(companyOf(principal));
  }

  /** From now on the key is refused. @throws Problem not-found; StoreUnavailable where it is refused by this node alone */
  async revoke(principal: Principal, id: string): Promise<void> {
    const company = companyOf(principal);
    try {
      // Who may have been revoked himself shuts a key out for a while, and never for good.
      if (principal.identity.isUnconfirmed === true)
        throw new StoreUnavailable('the vault does not answer: the key is shut out here', 'not-written');
      if (!(await this.vault.revokeApiKey(company, id, this.clock.now()))) throw new Problem('not-found');
    } finally {
      // Also where the answer was lost: it may be revoked by now.
      this.authenticator.forget(id, company);
    }
  }
}

function companyOf({ company }: Principal): string {
  if (company === null) throw new Error('a key belongs to a company');
  return company;
}

function inThePast(): Problem {
  return Problem.invalidInput([
    { pointer: '/expiresAt', code: 'in-the-past', message: 'Cette date est passée.' },
  ]);
}
