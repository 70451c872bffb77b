import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const PROGRAM = join(resolve(__dirname, '../..'), 'bin/caisse.cjs');

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the command line beside what the test goes on doing. */
export function runCaisse(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((ended, failed) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH: process.env.PATH, ...environment },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', failed);
    child.on('close', (code) => ended({ code, stdout, stderr }));
  });
}
