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

  it('tell each head once, whoever knew of it first', async () => {
    const { notices, told } = listening();
    notices.made(at(3));
    notices.hear(at(3));
    await turn();
    notices.hear(at(4));
    await turn();
    notices.made(at(4));
    expect(told).toEqual([at(3), at(4)]);
  });

  it('never go back', async () => {
    const { notices, told } = listening();
    notices.made(at(5));
    notices.hear(at(4));
    await turn();
    expect(told).toEqual([at(5)]);
  });
});
