import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChunkRules, ndjsonChunks } from './ndjson';

const RULES: ChunkRules = { most: 3, bytes: 1000, longest: 100, waitMs: 50 };

function texts(body: Readable, rules: Partial<ChunkRules> = {}) {
  const chunks = ndjsonChunks(body, { ...RULES, ...rules });
  return async () => {
    const { value, done } = await chunks.next();
    return done === true ? 'end' : value.map((line) => ('text' in line ? line.text : line.unreadable));
  };
}

describe('lines of a body', () => {
  it('come in full chunks as long as there are enough of them', async () => {
    const body = new PassThrough();
    const next = texts(body);
    body.end('1\n2\n3\n4\n5\n6\n7');
    expect([await next(), await next(), await next(), await next()]).toEqual([
      ['1', '2', '3'],
      ['4', '5', '6'],
      ['7'],
      'end',
    ]);
  });

  it('come before a chunk is full when nothing more arrives', async () => {
    const body = new PassThrough();
    const next = texts(body);
    body.write('1\n2\nhal');
    expect(await next()).toEqual(['1', '2']);
    body.write('f\n');
    expect(await next()).toEqual(['half']);
    body.end();
    expect(await next()).toEqual('end');
  });

  it('wait no longer for others that keep coming one by one', async () => {
    const body = new PassThrough();
    const next = texts(body, { most: 1000 });
    const drops = setInterval(() => body.write('1\n'), 20);
    try {
      expect((await next()).length).toBeLessThan(100);
    } finally {
      clearInterval(drops);
    }
  });

  it('end with the error of their body, and where they are told to stop', async () => {
    const broken = new PassThrough();
    const ofBroken = texts(broken)();
    broken.destroy(new Error('gone'));
    await expect(ofBroken).rejects.toThrow('gone');

    const cut = new PassThrough();
    const ofCut = texts(cut)();
    cut.destroy();
    await expect(ofCut).rejects.toThrow('before its end');

    const stop = new AbortController();
    const idle = new PassThrough();
    const ofIdle = texts(idle, { stop: stop.signal })();
    idle.write('1');
    await delay(5);
    stop.abort();
    expect(await ofIdle).toBe('end');
    expect(idle.destroyed).toBe(false);
  });
});
