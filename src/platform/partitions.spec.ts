import fc from 'fast-check';
import { fairShare, partitionOf, partitionPrefix } from './partitions';

describe('the partition of a ledger', () => {
  it('is the same for ever: documents lie where it says', () => {
    expect(partitionOf('22222222-2222-4222-8222-222222222222', 8)).toBe(1);
    expect(partitionOf('0199f3a0-7c1e-7000-8000-000000000001', 8)).toBe(6);
    expect(partitionOf('0199f3a0-7c1e-7000-8000-000000000002', 8)).toBe(3);
  });

  it('is one of them', () =>
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 256 }), (ledger, partitions) => {
        const partition = partitionOf(ledger, partitions);
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(partitions);
      }),
    ));

  it('spreads ids that follow each other', () => {
    const counts = new Array<number>(8).fill(0);
    for (let index = 0; index < 8000; index += 1) {
      const partition = partitionOf(`0199f3a0-7c1e-7000-8000-${index.toString(16).padStart(12, '0')}`, 8);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(700);
    expect(Math.max(...counts)).toBeLessThan(1300);
  });

  it('has names of its own, unless there is but one', () => {
    expect(partitionPrefix(0, 1)).toBe('');
    expect(new Set([0, 1, 2].flatMap((one) => [partitionPrefix(one, 3), partitionPrefix(one, 4)])).size).toBe(
      6,
    );
  });
});

describe('the share of a node', () => {
  it('is as large as that of any other, give or take one, and all of them are all', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 40 }), (partitions, nodes) => {
        const shares = Array.from({ length: nodes }, (_, rank) => fairShare(partitions, nodes, rank));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(partitions);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    ));
});
