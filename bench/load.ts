import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ended } from './service';

/** Sales to be sent, one per request, over so many connections that each wait for their answer. */
export type LoadOrder = {
  readonly url: string;
  readonly path: string;
  readonly token: string | null;
  readonly connections: number;
  readonly requests: number;
  readonly date: string;
};

/** Milliseconds in all, and of each request. */
export type LoadResult = { readonly elapsed: number; readonly latencies: readonly number[] };

export type LoadAnswer = LoadResult | { readonly error: string };

/** Clients in a process of their own, so that they cost the measured side no turn of its event loop. */
export class LoadGenerator {
  private readonly child = fork(join(__dirname, 'load.process.js'));
  private readonly gone = once(this.child, 'exit').then(() => [{ error: 'the clients ended' }]);

  /** @throws Error when an answer was not 201 */
  async run(order: LoadOrder): Promise<LoadResult> {
    const answered = once(this.child, 'message');
    this.child.send(order);
    const [answer] = (await Promise.race([answered, this.gone])) as [LoadAnswer];
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  stop(): Promise<void> {
    return ended(this.child, () => this.child.disconnect());
  }
}
