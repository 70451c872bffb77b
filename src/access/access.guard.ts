import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { isCrossSite } from '../platform/http/cross-site';
import { Problem } from '../platform/http/problem';
import { StoreUnavailable } from '../ports/event-store';
import { Vault } from '../ports/vault';
import { AskedOnce } from './asked-once';
import { Authenticator } from './authenticator';
import { ACTION, PUBLIC } from './permit.decorator';
import { type AccessRole, type Action, may, mayWithoutVault, OF_A_TILL, SESSION_ONLY } from './permissions';
import type { AccessRequest, Identity, Principal } from './principal';

type Rule = { readonly action: Action | undefined; readonly isPublic: boolean };

/**
 * Lets a request pass to its route: signed in, of this company, with a role that may. The company is asked first,
 * so somebody else's is as unknown as one that does not exist, on every route.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly rules = new Map<unknown, Rule>();
  /** Companies are never deleted: one that exists will exist. */
  private readonly companies = new Set<string>();
  private readonly unseen = new AskedOnce<boolean>();

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly vault: Vault,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.ruleOf(context);
    if (rule.isPublic) return true;
    const request = context.switchToHttp().getRequest<AccessRequest>();
    const { identity } = request;
    if (!identity) throw request.unidentified ?? new Problem('not-signed-in');
    if (request.fromCookie && isCrossSite(request)) throw new Problem('cross-site-request');
    const action = requireAction(rule, identity);
    const named = request.params.company;
    if (typeof named !== 'string') {
      request.principal = principal(identity, this.roleAnywhere(identity, action), action, null);
      return true;
    }
    // RFC 9562 §4: a UUID is the same in capitals, here and for the route.
    const company = named.toLowerCase();
    request.params.company = company;
    const { token } = request;
    if (token !== undefined)
      request.stillAllowed = () => this.authenticator.isStillGood(token, company, action);
    const role = this.roleIn(identity, company);
    if (role === 'firm-admin' && !this.companies.has(company))
      return this.enterUnseen(request, identity, company, action);
    request.principal = principal(identity, role, action, company);
    return true;
  }

  private async enterUnseen(
    request: AccessRequest,
    identity: Identity,
    company: string,
    action: Action,
  ): Promise<boolean> {
    await this.requireCompany(company, action);
    request.principal = principal(identity, 'firm-admin', action, company);
    return true;
  }

  /** Where the vault does not answer, the ledger has the say: it knows no company that there is not. */
  private async requireCompany(company: string, action: Action): Promise<void> {
    try {
      const ask = () => this.vault.hasCompany(company);
      // A "no" that others asked for may be from before it was opened.
      if (!(await this.unseen.ask(company, ask)) && !(await ask())) throw new Problem('not-found');
      this.companies.add(company);
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || !mayWithoutVault(action)) throw error;
    }
  }

  private ruleOf(context: ExecutionContext): Rule {
    const handler = context.getHandler();
    const known = this.rules.get(handler);
    if (known) return known;
    const targets = [handler, context.getClass()];
    const rule = {
      action: this.reflector.getAllAndOverride<Action | undefined>(ACTION, targets),
      isPublic: this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) === true,
    };
    this.rules.set(handler, rule);
    return rule;
  }

  /** @throws Problem not-found when the company is not his */
  private roleIn(identity: Identity, company: string): AccessRole {
    if (identity.firmAdmin) return 'firm-admin';
    const membership = identity.roles.get(company);
    if (!membership || (membership.until !== null && membership.until <= this.authenticator.now()))
      throw new Problem('not-found');
    return membership.role;
  }

  /** On a route without a company: the role that may, else any. Somebody without a company is a mere user. */
  private roleAnywhere({ firmAdmin, roles }: Identity, action: Action): AccessRole {
    if (firmAdmin) return 'firm-admin';
    const held = [...roles.values()].map(({ role }) => role);
    return held.find((role) => may(role, action)) ?? held[0] ?? 'user';
  }
}

/** @throws Problem not-allowed */
function principal(identity: Identity, role: AccessRole, action: Action, company: string | null): Principal {
  const isPerson = identity.kind === 'session';
  const isBeyondTills = identity.tills !== null && !OF_A_TILL.has(action);
  if (!may(role, action) || isBeyondTills || (!isPerson && SESSION_ONLY.has(action)))
    throw new Problem('not-allowed', { facts: { role, action } });
  const actor = { id: identity.id, role, via: identity.kind };
  return { actor, role, company, tills: identity.tills, identity };
}

/** @throws Problem not-allowed; StoreUnavailable for what waits until the vault can be asked */
function requireAction({ action }: Rule, identity: Identity): Action {
  // The start-up check leaves no route without an action; should one appear, it is closed.
  if (action === undefined) throw new Problem('not-allowed');
  if (identity.isUnconfirmed !== true || mayWithoutVault(action)) return action;
  throw new StoreUnavailable('the vault does not answer: who asks cannot be confirmed', 'not-written');
}
