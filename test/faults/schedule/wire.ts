import { Agent, type ClientRequest, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What came back: the whole answer, or what there was of it when the connection ended. */
export type Reply = { readonly status: number; readonly text: string; readonly isWhole: boolean };

export type Sending = {
  readonly url: string;
  readonly token: string;
  readonly type: 'application/json' | 'application/x-ndjson';
  readonly body: string;
  /** Milliseconds until the answer must be whole. */
  readonly patience: number;
  readonly manner?: 'whole' | 'slow' | 'half' | 'cut' | 'unheard';
};

/** How long a connection stays open that is cut after it has sent everything, and the pause of one that trickles. */
const CUT_AFTER_MS = 4;
const TRICKLE_MS = 60;

/** Connections of all clients, by the node that they lead to, so that they can be cut. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly open = new Map<string, Set<ClientRequest>>();

  /** Null when there was no answer at all. */
  post(sending: Sending): Promise<Reply | null> {
    const { url, token, type, body, patience, manner = 'whole' } = sending;
    return new Promise((resolve) => {
      const headers = {
        Authorization: `Bearer ${token}`,
        'Content-Type': type,
        'Content-Length': Buffer.byteLength(body),
      };
      const call = request(url, { method: 'POST', agent: this.agent, headers });
      const { origin } = new URL(url);
      const calls = this.open.get(origin) ?? new Set();
      this.open.set(origin, calls.add(call));
      let reply: Reply | null = null;
      const finish = () => {
        clearTimeout(deadline);
        calls.delete(call);
        resolve(manner === 'unheard' ? null : reply);
      };
      // A call that is destroyed before it has a socket does not always say that it is closed.
      const deadline = setTimeout(() => {
        call.destroy();
        finish();
      }, patience);
      call.on('error', finish);
      call.on('close', finish);
      call.on('response', (response) => {
        let text = '';
        const status = response.statusCode ?? 0;
        const note = (isWhole: boolean) => (reply = { status, text, isWhole });
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          note(false);
        });
        response.on('end', () => note(response.complete));
        response.on('error', () => undefined);
      });
      void send(call, body, manner);
    });
  }

  /** Cuts whatever is under way to a node. */
  cut(origin: string): void {
    for (const call of this.open.get(origin) ?? []) call.destroy();
  }

  close(): void {
    this.agent.destroy();
  }
}

async function send(call: ClientRequest, body: string, manner: Sending['manner']): Promise<void> {
  if (manner === 'half' || manner === 'slow') {
    const middle = Math.floor(body.length / 2);
    call.write(body.slice(0, middle));
    await delay(TRICKLE_MS);
    if (manner === 'half') call.destroy();
    else call.end(body.slice(middle));
    return;
  }
  call.end(body);
  if (manner !== 'cut') return;
  await delay(CUT_AFTER_MS);
  call.destroy();
}
