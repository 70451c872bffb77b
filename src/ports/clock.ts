import type { Instant } from '../kernel/day';

export abstract class Clock {
  /** UTC, with milliseconds. */
  abstract now(): Instant;
}
