import type { RunResult } from './run';

/** How often a seed is run again because MongoDB was gone. */
const MOST_RERUNS = 2;

/** Of what is put aside so many sentences are printed. */
const MOST_SAID = 20;

/** A run, and whether MongoDB answered nobody any more when something had been found. */
export type Attempt<Result> = Result & { readonly isMongoLost: boolean };

/**
 * Answers what a run of this seed found. FerretDB now and then answers nobody any more; what is found then of nodes
 * that do not answer or show nothing says nothing of the service, so that it is printed and the seed run again, twice
 * at most. What was found in the ledger itself does not depend on MongoDB, and is never put aside.
 */
export async function withReruns<Result extends Pick<RunResult, 'findings' | 'ofTheLedger'>>(
  seed: number,
  runOnce: () => Promise<Attempt<Result>>,
  say: (line: string) => void,
): Promise<Result> {
  for (let reruns = 0; ; reruns += 1) {
    const attempt = await runOnce();
    if (!attempt.isMongoLost || attempt.findings.length === 0) return attempt;
    const isLast = reruns === MOST_RERUNS;
    const decides = isLast || attempt.ofTheLedger.length > 0;
    say(`${decides ? 'MIND' : 'RUN AGAIN'}: seed ${seed}: the MongoDB server answers nobody any more`);
    if (decides) return attempt;
    for (const finding of attempt.findings.slice(0, MOST_SAID)) say(`  put aside: ${finding}`);
    const more = attempt.findings.length - MOST_SAID;
    if (more > 0) say(`  put aside: and ${more} more`);
  }
}
