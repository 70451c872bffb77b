/** Work that is done again and again, at a distance, for as long as it is wanted. Nobody stays alive for it. */
export class Rounds {
  private timer: NodeJS.Timeout | null = null;
  private isUnderWay = false;
  private isStopped = false;

  /** What fails is done again in the next round. */
  constructor(
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
    private readonly isWanted: () => boolean,
  ) {}

  /** The first round comes after one distance, unless one is due already. */
  begin(): void {
    if (this.timer || this.isUnderWay || this.isStopped) return;
    this.timer = setTimeout(() => void this.run(), this.everyMs);
    this.timer.unref();
  }

  /** No round begins after this. */
  stop(): void {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    this.timer = null;
    this.isUnderWay = true;
    await this.work().catch(() => undefined);
    this.isUnderWay = false;
    if (this.isWanted()) this.begin();
  }
}
