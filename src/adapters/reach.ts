import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailable } from '../ports/event-store';
import { inTime } from './in-time';

export type ReachOptions = {
  /** Asks the server for a sign of life and nothing else. */
  readonly ping: () => Promise<unknown>;
  /** How long a call may be without an answer before it is asked whether anybody is there, in milliseconds. */
  readonly doubtMs: number;
  /** How long that question waits, in milliseconds. */
  readonly pingMs: number;
  /** How long it rests before it is asked again, in milliseconds. */
  readonly againMs: number;
};

/**
 * Whether a server is there, for all who call it over one client. A client lets each call wait for seconds, a server that says
 * nothing for half a minute. Here the first one that finds nobody, or that is not answered while a sign of life is not either,
 * says so for all of them: who calls then is told at once, and the server is asked in the background until it answers.
 */
export class Reach {
  private away: StoreUnavailable | null = null;
  private isAsking = false;
  /** How often it was away: what was asked before says nothing of afterwards. */
  private absences = 0;
  private isClosed = false;
  private readonly underWay = new Set<(error: StoreUnavailable) => void>();

  constructor(private readonly options: ReachOptions) {}

  /** @throws StoreUnavailable, and what the work throws */
  async call<Result>(work: () => Promise<Result>): Promise<Result> {
    const { away } = this;
    if (away) throw new StoreUnavailable(away.message, 'not-written', { cause: away });
    let giveUp: (error: StoreUnavailable) => void = () => undefined;
    const isLost = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.underWay.add(giveUp);
    const doubt = setInterval(() => void this.doubt(), this.options.doubtMs);
    try {
      return await Promise.race([work(), isLost]);
    } catch (error) {
      if (error instanceof StoreUnavailable && error.outcome === 'not-written') this.lose(error);
      else if (error instanceof StoreUnavailable) void this.doubt();
      throw error;
    } finally {
      clearInterval(doubt);
      this.underWay.delete(giveUp);
    }
  }

  /** Nothing is asked any more. */
  close(): void {
    this.isClosed = true;
  }

  private async doubt(): Promise<void> {
    if (this.away || this.isAsking || this.isClosed) return;
    this.isAsking = true;
    const { absences } = this;
    const isThere = await this.isThere();
    this.isAsking = false;
    if (!isThere && absences === this.absences)
      this.lose(new StoreUnavailable('the server does not answer', 'unknown'));
  }

  private lose(error: StoreUnavailable): void {
    if (this.away || this.isClosed) return;
    this.away = error;
    this.absences += 1;
    for (const giveUp of this.underWay)
      giveUp(new StoreUnavailable(error.message, 'unknown', { cause: error }));
    void this.find();
  }

  private async find(): Promise<void> {
    do await delay(this.options.againMs, undefined, { ref: false });
    while (!this.isClosed && !(await this.isThere()));
    this.away = null;
  }

  private async isThere(): Promise<boolean> {
    const { ping, pingMs } = this.options;
    const late = () => new StoreUnavailable('no sign of life', 'unknown');
    return inTime(ping(), pingMs, late).then(
      () => true,
      () => false,
    );
  }
}
