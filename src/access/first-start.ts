import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config';
import { Clock } from '../ports/clock';
import { Ids } from '../ports/ids';
import { Vault } from '../ports/vault';
import { Invitations } from './invitations';
import { Passwords } from './passwords';

/** Makes the firm's first administrator, from the environment or by a one-time link for the console. */
@Injectable()
export class FirstStart {
  constructor(
    private readonly vault: Vault,
    private readonly passwords: Passwords,
    private readonly invitations: Invitations,
    private readonly clock: Clock,
    private readonly ids: Ids,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The link to print, where nobody can sign in yet and the environment names nobody; else null. */
  async prepare(): Promise<string | null> {
    if (await this.vault.hasFirmAdmin()) return null;
    const { admin } = this.config;
    if (admin === null) return (await this.invitations.inviteFirst()).link;
    await this.vault.addFirstUser({
      id: this.ids.uuid(),
      email: admin.email,
      name: admin.email,
      passwordHash: await this.passwords.hash(admin.password),
      firmAdmin: true,
      createdAt: this.clock.now(),
    });
    return null;
  }
}
