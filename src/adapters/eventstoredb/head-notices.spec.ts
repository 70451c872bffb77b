import { setImmediate as turn } from 'node:timers/promises';
import type { Head } from '../../ports/event-store';
import { HeadNotices } from './head-notices';

const at = (sequence: number, ledger = 'bakery'): Head => ({ ledger, sequence, hash: `hash ${sequence}` });

function listening() {
  const notices = new HeadNotices();
  const told: Head[] = [];
  notices.listen((heads) => told.push(...heads));
  return { notices, told };
}

describe('notices of heads', () => {
  it('tell together what is heard in one turn, the last of each ledger', async () => {
    const { notices, told } = listening();
    for (const head of [at(1), at(2), at(1, 'grocery'), at(3)]) notices.hear(head);
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual([at(3), at(1, 'grocery')]);
  });

  it('say nothing of half an append, and each head once', async () => {
    const { notices, told } = listening();
    notices.begin('bakery');
    notices.hear(at(1));
    notices.hear(at(2));
    await turn();
    expect(told).toEqual([]);
    notices.end('bakery', at(3));
    notices.hear(at(3));
    await turn();
    expect(told).toEqual([at(3)]);
  });

  it('tell what was heard of others when the append failed', () => {
    const { notices, told } = listening();
    notices.begin('bakery');
    notices.hear(at(2));
    notices.end('bakery', null);
    expect(told).toEqual([at(2)]);
  });

  it('let what was heard just before an append began wait for its end', async () => {
    const { notices, told } = listening();
    notices.hear(at(1));
    notices.begin('bakery');
    await turn();
    expect(told).toEqual([]);
    notices.end('bakery', null);
    expect(told).toEqual([at(1)]);
  });

  it('never go back', async () => {
    const { notices, told } = listening();
    notices.begin('bakery');
    notices.end('bakery', at(5));
    notices.hear(at(4));
    await turn();
    expect(told).toEqual([at(5)]);
  });
});
