import type { WitnessFindings } from '../platform/witness-check';

/** What was found when the stores were opened; shown in health. */
export class StartFindings {
  constructor(private readonly found: WitnessFindings) {}

  get missingWitness(): boolean {
    return this.found.missingWitness;
  }

  /** A sentence per ledger that has lost acknowledged events. */
  refused(): string[] {
    return this.found.behind.map(
      ({ ledger, from, to }) => `ledger ${ledger} has lost events ${from} to ${to} that were acknowledged`,
    );
  }
}
