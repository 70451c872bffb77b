import type { LedgerEvent } from '../ledger/events';
import { ChainWalk, type ReadEvent } from './verification-chain';

const LENGTH = 6;

type Change = {
  /** The hash of the text as it is now. */
  readonly computed?: string;
  /** The hash that stands beside it. */
  readonly stored?: string;
  readonly prevHash?: string;
  readonly isEvent?: boolean;
};

/** Walks a chain of six events, some of them changed or (null) missing; answers what is said of each. */
function walk(changes: Readonly<Record<number, Change | null>> = {}) {
  const found: string[] = [];
  const authentic: number[] = [];
  const leaves: (string | null)[] = [];
  const chain = new ChainWalk({
    settled: ({ sequence, isAuthentic, leaf }) => {
      if (isAuthentic) authentic.push(sequence);
      leaves.push(leaf);
      expect(leaves.length).toBe(sequence);
    },
    report: (sequence, code, detail) => found.push(`${sequence} ${code} ${detail}`.trim()),
  });
  for (let sequence = 1; sequence <= LENGTH; sequence += 1) {
    const change = changes[sequence];
    chain.next(sequence, change === null ? null : eventOf(sequence, change ?? {}));
  }
  chain.finish();
  return { found, authentic, leaves };
}

function eventOf(sequence: number, change: Change): ReadEvent {
  const sealed = `h${sequence}`;
  const { computed = sealed, stored = sealed, prevHash = `h${sequence - 1}`, isEvent = true } = change;
  const event = isEvent ? ({ sequence, prevHash } as unknown as LedgerEvent) : null;
  return { sequence, isWhole: computed === stored, text: '', stored, computed, event, original: undefined };
}

const SEALED = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
const forged = { computed: 'x', stored: 'x' };

describe('the chain of events', () => {
  it('confirms each event by the link of the next', () => {
    expect(walk()).toEqual({ found: [], authentic: [1, 2, 3, 4, 5, 6], leaves: SEALED });
  });

  it('knows the hash of an event that is missing, unless the next one is missing as well', () => {
    expect(walk({ 3: null })).toEqual({ found: [], authentic: [1, 2, 4, 5, 6], leaves: SEALED });
    expect(walk({ 3: null, 4: null })).toEqual({
      found: [],
      authentic: [1, 2, 5, 6],
      leaves: ['h1', 'h2', null, 'h4', 'h5', 'h6'],
    });
    expect(walk({ 6: null }).leaves).toEqual(['h1', 'h2', 'h3', 'h4', 'h5', null]);
  });

  it('names a text that was changed, and keeps the hash that was sealed', () => {
    expect(walk({ 3: { computed: 'x' } })).toEqual({
      found: ['3 hash-mismatch x'],
      authentic: [1, 2, 4, 5, 6],
      leaves: SEALED,
    });
    expect(walk({ 6: { computed: 'x' } })).toEqual({
      found: ['6 hash-mismatch x'],
      authentic: [1, 2, 3, 4, 5],
      leaves: SEALED,
    });
  });

  it('believes a text whose hash beside it was changed, if it is an event', () => {
    expect(walk({ 3: { stored: 'x' } })).toEqual({
      found: ['3 hash-mismatch h3'],
      authentic: [1, 2, 3, 4, 5, 6],
      leaves: SEALED,
    });
    expect(walk({ 3: { stored: 'x', isEvent: false } }).authentic).toEqual([1, 2, 4, 5, 6]);
  });

  it('names a text that is whole, and no event', () => {
    expect(walk({ 3: { isEvent: false } })).toEqual({
      found: ['3 not-an-event'],
      authentic: [1, 2, 4, 5, 6],
      leaves: SEALED,
    });
    expect(walk({ 3: null, 4: { isEvent: false } }).found).toEqual(['4 not-an-event']);
  });

  it('names an event that was replaced with its hash, and the hash that was sealed', () => {
    expect(walk({ 3: forged })).toEqual({
      found: ['3 replaced-event h3'],
      authentic: [1, 2, 4, 5, 6],
      leaves: SEALED,
    });
    expect(walk({ 5: forged }).found).toEqual(['5 replaced-event h5']);
    expect(walk({ 2: forged, 4: forged }).found).toEqual(['2 replaced-event h2', '4 replaced-event h4']);
  });

  it('does not believe an event that its own successor does not know', () => {
    const other = { ...forged, prevHash: 'y' };
    expect(walk({ 3: other })).toEqual({
      found: ['3 chain-broken h3'],
      authentic: [1, 2, 4, 5, 6],
      leaves: SEALED,
    });
  });

  it('tells a broken chain behind damage from two events that were damaged', () => {
    const found = (third: Change, fourth: Change) => walk({ 3: third, 4: fourth }).found;
    const other = { ...forged, prevHash: 'y' };
    expect(found({ computed: 'z' }, other)).toEqual(['3 hash-mismatch z', '4 chain-broken h4']);
    expect(found({ computed: 'z' }, forged)).toEqual(['3 hash-mismatch z', '4 replaced-event h4']);
    expect(found({ stored: 'z' }, forged)).toEqual(['3 hash-mismatch h3', '4 replaced-event h4']);
    expect(found({ computed: 'z' }, { computed: 'x', prevHash: 'y' })).toEqual([
      '3 hash-mismatch z',
      '4 hash-mismatch x',
    ]);
  });

  it('says of a damaged event before one that is missing no more than that it is damaged', () => {
    expect(walk({ 3: { computed: 'x' }, 4: null }).found).toEqual(['3 hash-mismatch x']);
    expect(walk({ 3: { computed: 'x' }, 4: { isEvent: false } }).found).toEqual([
      '3 hash-mismatch x',
      '4 not-an-event',
    ]);
  });
});
