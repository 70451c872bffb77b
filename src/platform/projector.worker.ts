import { parentPort, workerData } from 'node:worker_threads';
import { ALL_PROJECTIONS } from '../../projections/all';
import { randomUUID } from 'node:crypto';
import { openEventStore, openLeases, openReadModelStore } from '../adapters/engines';
import { giveWay, RecordedCount } from './background-thread';
import { LeasedRunner } from './leased-runner';
import { ProjectionRunner, type RunnerOptions } from './projection-runner';
import type { FromProjector, ProjectorWorkerData, ToProjector } from './projector.protocol';

/** Folds the read models away from the thread that serves. It opens its own connections, by address. */
async function main(data: ProjectorWorkerData): Promise<void> {
  const { eventStore, readStore, partitions, page, restMs, recorded } = data;
  giveWay();
  const events = await openEventStore(eventStore, { readOnly: true });
  const readModels = await openReadModelStore(readStore);
  const leases = await openLeases(readStore);
  const options: RunnerOptions = {
    events,
    readModels,
    projections: ALL_PROJECTIONS,
    page,
    restMs,
    recorded: recorded && new RecordedCount(recorded),
    onProgress: (progress) => send({ kind: 'progress', progress: [...progress] }),
    onChange: () => send({ kind: 'reports', reports: reports() }),
  };
  const runner: ProjectionRunner | LeasedRunner = leases
    ? new LeasedRunner({ ...options, leases, holder: randomUUID(), partitions })
    : new ProjectionRunner(options);
  const reports = () => (runner instanceof LeasedRunner ? runner.reports() : [runner.report()]);

  async function handle(message: ToProjector): Promise<void> {
    if (message.kind === 'wake') {
      runner.wake();
      return;
    }
    if (message.kind === 'hurry') {
      runner.hurry();
      return;
    }
    if (message.kind === 'rebuild') {
      const { request, names } = message;
      const error = await runner.rebuild(names).then(
        () => null,
        (failure: unknown) => String(failure),
      );
      send({ kind: 'rebuilt', request, error });
      return;
    }
    await runner.stop();
    await events.close();
    await readModels.close();
    await leases?.close();
    send({ kind: 'stopped' });
    parentPort?.close();
  }

  parentPort?.on('message', (message: ToProjector) => void handle(message));
  await runner.start();
  send({ kind: 'started', reports: reports() });
}

function send(message: FromProjector): void {
  parentPort?.postMessage(message);
}

// A failure to start ends the thread; its parent hears of it and tries again.
void main(workerData as ProjectorWorkerData).catch((error: unknown) => {
  setImmediate(() => {
    throw error;
  });
});
