import { spawnSync } from 'node:child_process';

/**
 * Declares tests that need a program of the machine. Where it is not installed, one line says that they were not run, and
 * they count as skipped.
 */
export function describeWithProgram(program: string, name: string, declare: () => void): void {
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) {
    describe(name, declare);
    return;
  }
  process.stderr.write(`NOT RUN: ${name}: ${program} is not installed\n`);
  // eslint-disable-next-line no-restricted-syntax -- what cannot be run here must not count as passed
  it.skip(`${name}: ${program} is not installed`, () => undefined);
}

/** Runs a program; answers its exit code and all that it said. */
export function run(
  program: string,
  ...parameters: readonly string[]
): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: 'utf8', timeout: 60_000 });
  return { code: status, said: stdout + stderr };
}
