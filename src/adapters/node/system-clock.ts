import type { Instant } from '../../kernel/day';
import { Clock } from '../../ports/clock';

export class SystemClock extends Clock {
  private lastTime = 0;
  private lastText = '';

  override now(): Instant {
    const time = Date.now();
    if (time !== this.lastTime) {
      this.lastTime = time;
      this.lastText = new Date(time).toISOString();
    }
    return this.lastText;
  }
}
