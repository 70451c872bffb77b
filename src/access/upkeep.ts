import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../ports/clock';
import { Vault } from '../ports/vault';
import { ASKED_ANEW_MS, Authenticator } from './authenticator';

const HOUR_MS = 3_600_000;

/** How long an Idempotency-Key of a write that is not an entry counts: longer than a phone stays offline. */
const ANSWERS_KEPT_MS = 35 * 24 * HOUR_MS;

/** Sweeps what has ended out of the vault, at start and every hour, and has it asked anew about who comes. */
@Injectable()
export class VaultUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Access');
  private timers: NodeJS.Timeout[] = [];
  private isConfirming = false;

  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
    private readonly authenticator: Authenticator,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.sweep();
    this.timers = [
      setInterval(() => void this.sweep(), HOUR_MS).unref(),
      setInterval(() => void this.confirmAnew(), ASKED_ANEW_MS).unref(),
    ];
  }

  onApplicationShutdown(): void {
    this.timers.forEach((timer) => clearInterval(timer));
  }

  /** One round at a time, however long it takes. */
  private async confirmAnew(): Promise<void> {
    if (this.isConfirming) return;
    this.isConfirming = true;
    try {
      await this.authenticator.confirmAnew();
    } catch (error) {
      this.log.warn({ message: 'could not ask the vault anew about who comes', error });
    } finally {
      this.isConfirming = false;
    }
  }

  private async sweep(): Promise<void> {
    const now = this.clock.now();
    try {
      await this.vault.removeExpiredSessions(now);
      await this.vault.forgetAnswersBefore(new Date(Date.parse(now) - ANSWERS_KEPT_MS).toISOString());
    } catch (error) {
      this.log.warn({ message: 'could not sweep the vault', error });
    }
  }
}
