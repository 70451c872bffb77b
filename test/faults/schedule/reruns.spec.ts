import { type Attempt, withReruns } from './reruns';

type Found = { readonly findings: readonly string[]; readonly ofTheLedger: readonly string[] };

const KEPT: Attempt<Found> = { findings: [], ofTheLedger: [], isMongoLost: false };
const UNSHOWN: Attempt<Found> = { findings: ['nothing is shown'], ofTheLedger: [], isMongoLost: true };
const LOST: Attempt<Found> = {
  findings: ['nothing is shown', 'a sale is lost'],
  ofTheLedger: ['a sale is lost'],
  isMongoLost: true,
};

/** Runs a seed whose attempts end like these; one more than there are fails. */
async function run(...attempts: Attempt<Found>[]) {
  const said: string[] = [];
  const left = [...attempts];
  const next = async () => {
    const attempt = left.shift();
    if (!attempt) throw new Error('it is run once more than it should be');
    return attempt;
  };
  const { findings } = await withReruns(7, next, (line) => said.push(line));
  return { findings, said: said.join('\n'), left: left.length };
}

describe('a seed of which something was found', () => {
  it('is not run again while MongoDB answers', async () => {
    const { findings, said } = await run({ ...UNSHOWN, isMongoLost: false });
    expect([findings, said]).toEqual([UNSHOWN.findings, '']);
  });

  it('is run again when MongoDB is gone, and what is put aside is printed', async () => {
    const { findings, said } = await run(UNSHOWN, KEPT);
    expect(findings).toEqual([]);
    expect(said).toMatch(/^RUN AGAIN: seed 7: .*\n {2}put aside: nothing is shown$/);
  });

  it('is not run again for a finding of the ledger, although MongoDB is gone', async () => {
    const { findings, said, left } = await run(LOST, KEPT);
    expect([findings, left]).toEqual([LOST.findings, 1]);
    expect(said).toMatch(/^MIND: seed 7/);
  });

  it('is run again twice and no more: then it has failed', async () => {
    const { findings, left } = await run(UNSHOWN, UNSHOWN, UNSHOWN, KEPT);
    expect([findings, left]).toEqual([UNSHOWN.findings, 1]);
  });

  it('prints some of many that are put aside, and how many more there are', async () => {
    const findings = Array.from({ length: 23 }, (_, index) => `finding ${index}`);
    const { said } = await run({ ...UNSHOWN, findings }, KEPT);
    expect(said.split('\n')).toHaveLength(22);
    expect(said).toMatch(/and 3 more$/);
  });
});
