import { setPriority } from 'node:os';

/** As `nice` counts: a thread at 10 gets a tenth of what one at 0 gets where both want the same core. */
const BACKGROUND = 10;

/**
 * Lets the threads that answer requests go first where there are fewer cores than work. Linux gives each thread a
 * priority of its own; elsewhere this would slow down the whole process, and is left alone.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    // Process 0 is the calling thread (setpriority(2), "C library/kernel differences").
    setPriority(0, BACKGROUND);
  } catch {
    // Where that is forbidden, the threads share as equals.
  }
}
