import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../ports/clock';
import { Vault } from '../ports/vault';

const HOUR_MS = 3_600_000;

/** How long an Idempotency-Key of a write that is not an entry counts: longer than a phone stays offline. */
const ANSWERS_KEPT_MS = 35 * 24 * HOUR_MS;

/** Sweeps what has ended out of the vault, at start and every hour. */
@Injectable()
export class VaultUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Access');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.sweep();
    this.timer = setInterval(() => void this.sweep(), HOUR_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
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
