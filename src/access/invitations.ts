import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config';
import { Problem } from '../platform/http/problem';
import { Clock } from '../ports/clock';
import { Ids } from '../ports/ids';
import { AlreadyThere, type Invitation, type User, Vault } from '../ports/vault';
import { Authenticator } from './authenticator';
import { Passwords } from './passwords';
import { type AccessRole, INVITATIONS } from './permissions';
import type { Principal } from './principal';
import { SignIn, type SignedIn } from './sign-in';
import { hashOfToken, newToken } from './tokens';

const DAY_MS = 24 * 3_600_000;

/** How long an invitation may wait. */
const VALID_MS = 7 * DAY_MS;

/** An inspector comes for a time (X16): this long unless said otherwise. */
const INSPECTION_MS = 30 * DAY_MS;

export type InvitationRequest = {
  readonly email: string;
  readonly role: AccessRole;
  readonly accessExpiresAt: string | null;
};

export type Acceptance = {
  readonly password: string;
  readonly name: string | undefined;
  /** Only where the invitation names none. */
  readonly email: string | undefined;
};

/** An invitation and the secret that is shown once. */
export type NewInvitation = {
  readonly invitation: Invitation;
  readonly token: string;
  readonly link: string;
};

/** How people come in: by a single-use link of somebody who has at least the role that he gives. */
@Injectable()
export class Invitations {
  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly passwords: Passwords,
    private readonly signIn: SignIn,
    private readonly authenticator: Authenticator,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws Problem not-allowed when the role is more than the inviter may give */
  async invite(
    principal: Principal,
    { email, role, accessExpiresAt }: InvitationRequest,
  ): Promise<NewInvitation> {
    if (!INVITATIONS[principal.role].includes(role))
      throw new Problem('not-allowed', { facts: { role: principal.role, invited: role } });
    const end = accessExpiresAt ?? (role === 'inspector' ? this.later(INSPECTION_MS) : null);
    return this.issue({
      company: role === 'firm-admin' ? null : principal.company,
      role,
      email,
      accessExpiresAt: end,
      createdBy: principal.actor.id,
    });
  }

  /** The invitation of the first administrator, who chooses his e-mail himself. */
  async inviteFirst(): Promise<NewInvitation> {
    return this.issue({
      company: null,
      role: 'firm-admin',
      email: null,
      accessExpiresAt: null,
      createdBy: null,
    });
  }

  /** @throws Problem invitation-not-valid */
  async open(token: string): Promise<Invitation> {
    const invitation = await this.vault.invitation(hashOfToken(token), this.clock.now());
    if (!invitation) throw new Problem('invitation-not-valid');
    return invitation;
  }

  /**
   * Uses an invitation up and signs in. Somebody who has an account gives its password; else an account is made.
   *
   * @throws Problem invitation-not-valid, invalid-input, wrong-credentials, too-many-sign-ins
   */
  async accept(token: string, acceptance: Acceptance, ip: string | undefined): Promise<SignedIn> {
    const invitation = await this.open(token);
    const email = invitation.email ?? acceptance.email;
    if (email === undefined) throw required('/email');
    const known = await this.vault.userByEmail(email);
    const user = known
      ? await this.signIn.userWith(email, acceptance.password, ip)
      : await this.newUser(email, acceptance);
    await this.use(token, known ? { user: user.id } : { newUser: user });
    this.authenticator.forget(user.id);
    return this.signIn.as((await this.vault.user(user.id)) ?? user);
  }

  private async use(token: string, who: { newUser: User } | { user: string }): Promise<void> {
    try {
      const used = await this.vault.acceptInvitation(hashOfToken(token), who, this.clock.now());
      if (!used) throw new Problem('invitation-not-valid');
    } catch (error) {
      // Two invitations of one person, accepted at once: the second attempt finds the account.
      if (error instanceof AlreadyThere) throw new Problem('conflict', { cause: error });
      throw error;
    }
  }

  private async newUser(email: string, { name, password }: Acceptance): Promise<User> {
    if (name === undefined) throw required('/name');
    const passwordHash = await this.passwords.hash(password);
    return { id: this.ids.uuid(), email, name, passwordHash, firmAdmin: false, createdAt: this.clock.now() };
  }

  private async issue(
    fields: Pick<Invitation, 'company' | 'role' | 'email' | 'accessExpiresAt' | 'createdBy'>,
  ): Promise<NewInvitation> {
    const token = newToken();
    const invitation = {
      ...fields,
      id: this.ids.uuid(),
      tokenHash: hashOfToken(token),
      createdAt: this.clock.now(),
      expiresAt: this.later(VALID_MS),
    };
    await this.vault.addInvitation(invitation);
    // The fragment of an address is not sent to servers: the token stays out of their logs.
    return { invitation, token, link: `${this.config.publicUrl}/#/invitation/${token}` };
  }

  private later(milliseconds: number): string {
    return new Date(this.authenticator.now() + milliseconds).toISOString();
  }
}

function required(pointer: string): Problem {
  return Problem.invalidInput([{ pointer, code: 'required', message: 'Ce champ est nécessaire.' }]);
}
