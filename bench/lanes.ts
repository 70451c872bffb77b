import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ended } from './service';

/** Connections to one node, and the paths that their sales go to in turn. */
export type Lane = { readonly url: string; readonly connections: number; readonly paths: readonly string[] };

/** Sales sent over all lanes at once, one after the other on each connection, until the time is over. */
export type LanesOrder = {
  readonly lanes: readonly Lane[];
  readonly token: string;
  readonly date: string;
  readonly milliseconds: number;
};

/** Milliseconds in all, and of each request of each lane. */
export type LanesResult = { readonly elapsed: number; readonly latencies: readonly (readonly number[])[] };

export type LanesAnswer = LanesResult | { readonly error: string };

/** Clients of several nodes, in a process of their own. */
export class Lanes {
  private readonly child = fork(join(__dirname, 'lanes.process.js'));
  private readonly gone = once(this.child, 'exit').then(() => [{ error: 'the clients ended' }]);

  /** @throws Error when an answer was not 201 */
  async run(order: LanesOrder): Promise<LanesResult> {
    const answered = once(this.child, 'message');
    this.child.send(order);
    const [answer] = (await Promise.race([answered, this.gone])) as [LanesAnswer];
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  stop(): Promise<void> {
    return ended(this.child, () => this.child.disconnect());
  }
}
