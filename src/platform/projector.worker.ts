import { parentPort, workerData } from 'node:worker_threads';
import { ALL_PROJECTIONS } from '../../projections/all';
import { openSqliteEventStore } from '../adapters/sqlite/event-store';
import { openSqliteReadModelStore } from '../adapters/sqlite/read-model-store';
import { ProjectionRunner } from './projection-runner';
import type { FromProjector, ProjectorWorkerData, ToProjector } from './projector.protocol';

/** Folds the read models away from the thread that serves. A composition root: it names the adapters it opens. */
async function main({ eventFile, readFile, page, restMs }: ProjectorWorkerData): Promise<void> {
  const events = await openSqliteEventStore({ file: eventFile, readOnly: true });
  const readModels = await openSqliteReadModelStore({ file: readFile });
  const runner: ProjectionRunner = new ProjectionRunner({
    events,
    readModels,
    projections: ALL_PROJECTIONS,
    page,
    restMs,
    onProgress: (progress) => send({ kind: 'progress', progress: [...progress] }),
    onChange: () => send({ kind: 'report', report: runner.report() }),
  });

  async function handle(message: ToProjector): Promise<void> {
    if (message.kind === 'wake') {
      runner.wake();
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
    send({ kind: 'stopped' });
    parentPort?.close();
  }

  parentPort?.on('message', (message: ToProjector) => void handle(message));
  await runner.start();
  send({ kind: 'started', report: runner.report() });
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
