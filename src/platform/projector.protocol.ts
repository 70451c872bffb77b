import type { EventStoreAddress, ReadStoreAddress } from '../ports/store-address';
import type { RunnerReport } from './projector-progress';

/** What the projecting thread is told to open and fold. */
export type ProjectorWorkerData = {
  readonly eventStore: EventStoreAddress;
  readonly readStore: ReadStoreAddress;
  readonly partitions: number;
  readonly page?: number | undefined;
  readonly restMs?: number | undefined;
  /** Of the `RecordedCount` of the process. */
  readonly recorded?: SharedArrayBuffer | undefined;
};

export type ToProjector =
  | { readonly kind: 'wake' }
  | { readonly kind: 'hurry' }
  | { readonly kind: 'rebuild'; readonly request: number; readonly names: readonly string[] | undefined }
  | { readonly kind: 'stop' };

export type FromProjector =
  | { readonly kind: 'started'; readonly reports: readonly RunnerReport[] }
  | { readonly kind: 'reports'; readonly reports: readonly RunnerReport[] }
  | { readonly kind: 'progress'; readonly progress: readonly (readonly [string, number])[] }
  | { readonly kind: 'rebuilt'; readonly request: number; readonly error: string | null }
  | { readonly kind: 'stopped' };
