import { Logger } from '@nestjs/common';
import { FixedClock, LEDGER, MemoryWitness } from '../../test/support/writer';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { seal } from '../../test/support/sealed-ledger';
import { Shop } from '../../test/support/shop';
import type { LedgerEvent } from '../ledger/events';
import type { CheckpointSigner } from '../platform/checkpoints';
import { ProofController } from './proof.controller';

/** A store that holds what a shop has recorded, with one of its texts changed if so wished. */
async function controllerOn(damage: (text: string) => string = (text) => text) {
  const shop = new Shop();
  shop.sell({ cash: 12_00 });
  const events = shop.events.map(({ hash: _hash, ...event }): LedgerEvent => ({ ...event, ledger: LEDGER }));
  const { stored, checkpoint, witness } = seal(events);
  const store = new MemoryEventStore();
  await store.append({
    ledger: LEDGER,
    expectedSequence: 0,
    events: stored.map(({ text, hash }, index) => ({
      ledger: LEDGER,
      sequence: index + 1,
      text: index + 1 === stored.length ? damage(text) : text,
      hash,
    })),
    checkpoint: checkpoint.note,
  });
  const witnessed = new MemoryWitness();
  await witnessed.advance([{ ledger: LEDGER, ...witness }]);
  // Only a checkpoint's answer names the signer's key.
  const signer = {} as CheckpointSigner;
  return new ProofController(store, witnessed, signer, new FixedClock());
}

describe('a verification over HTTP', () => {
  afterEach(() => jest.restoreAllMocks());

  it('that finds nothing says so, and nothing to the log', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const controller = await controllerOn();
    expect(await controller.verify(LEDGER, {})).toMatchObject({ intact: true, errors: [] });
    expect(log).not.toHaveBeenCalled();
  });

  it('that finds something is told to the log as well, with the first of it', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const controller = await controllerOn((text) => text.replace('1200', '1300'));
    const report = await controller.verify(LEDGER, { all: 'true' });
    expect(report.intact).toBe(false);
    expect(report.errors).toEqual([expect.objectContaining({ code: 'hash-mismatch' })]);
    expect(log.mock.calls).toEqual([
      [{ message: 'a ledger does not verify', ledger: LEDGER, errors: 1, first: report.errors[0] }],
    ]);
  });

  it('finds room for a few at once, and for others when these are done', async () => {
    const controller = await controllerOn();
    const [first, second, third] = [1, 2, 3].map(() => controller.verify(LEDGER, {}));
    await expect(third).rejects.toMatchObject({ code: 'overloaded', facts: { retryAfter: 5 } });
    expect([await first, await second]).toMatchObject([{ intact: true }, { intact: true }]);
    expect(await controller.verify(LEDGER, {})).toMatchObject({ intact: true });
  });
});
