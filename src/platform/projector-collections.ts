import type { DocumentWrite, ReadModelStore } from '../ports/read-model-store';
import { type Halt, PROGRESS } from './projector';
import type { RunnerReport } from './projector-progress';

/** `journal@1`, then `journal@1.2`, `journal@1.3` …: a name, a version and a generation. */
export function collectionName(name: string, version: number, generation = 1): string {
  return generation === 1 ? `${name}@${version}` : `${name}@${version}.${generation}`;
}

export function isOfVersion(collection: string, name: string, version: number): boolean {
  const first = collectionName(name, version);
  return collection === first || collection.startsWith(`${first}.`);
}

/** The collection to build beside `served`. */
export function generationAfter(served: string, name: string, version: number): string {
  if (!isOfVersion(served, name, version)) return collectionName(name, version);
  const dot = served.lastIndexOf('.');
  const generation = dot > served.lastIndexOf('@') ? Number(served.slice(dot + 1)) : 1;
  return collectionName(name, version, generation + 1);
}

const LAST_FOLDED = 'last-folded';

/** The last event that all served read models have folded, written with their documents: which history they are of. */
export function lastFolded(storeId: string, position: number, hash: string): DocumentWrite {
  const body = { position, hash };
  return { collection: PROGRESS, ledger: storeId, key: LAST_FOLDED, sequence: position, body };
}

/** Set while what is served is a beginning. */
const GROWING = 'projection-growing';
/** What whoever folds says to those who watch. */
export const REPORT = 'projection-report';
const HALTS = 'projection-halts';
const STORE = 'projection-store';

/** Long enough for any read that began on the old collection. */
const DROP_AFTER_MS = 30_000;

/** What whoever folds has said last; null when that is gone, or nobody has folded yet. Nothing is written. */
export async function savedReport(store: ReadModelStore): Promise<RunnerReport | null> {
  const text = await store.setting(REPORT);
  return text === null ? null : (JSON.parse(text) as RunnerReport);
}

/** Which collection each read model is served from and which one is being built; kept in the read store. */
export class PlacedCollections {
  private readonly live = new Map<string, string>();
  private savedHalts = '[]';
  /** Collections that are served no more, and the timers that will drop them. */
  private readonly replaced = new Map<string, NodeJS.Timeout>();

  constructor(private readonly store: ReadModelStore) {}

  served(name: string): string {
    const collection = this.live.get(name);
    if (collection === undefined) throw new Error(`no read model is named ${name}`);
    return collection;
  }

  /** Forgets progress that belongs to another event store. */
  async adopt(storeId: string): Promise<void> {
    const known = await this.store.setting(STORE);
    if (known === storeId) return;
    if (known !== null) await this.store.drop(PROGRESS);
    await this.store.saveSetting(HALTS, '[]');
    await this.store.saveSetting(STORE, storeId);
  }

  async lastFolded(storeId: string): Promise<{ position: number; hash: string } | null> {
    const document = await this.store.get(PROGRESS, storeId, LAST_FOLDED);
    return (document?.body as { position: number; hash: string } | undefined) ?? null;
  }

  /** All is folded again: nothing is halted and nothing is reached. */
  async forgetProgress(): Promise<void> {
    await this.store.saveSetting(HALTS, '[]');
    await this.store.drop(PROGRESS);
  }

  /** The collection that is served; a read model that was never built is served while it grows. */
  async read(name: string, version: number): Promise<string> {
    const saved = await this.store.setting(`live/${name}`);
    const collection = saved ?? collectionName(name, version);
    this.live.set(name, collection);
    if (saved === null) await this.store.saveSetting(`live/${name}`, collection);
    return collection;
  }

  /** The collection being built: of a version that was raised, or of a rebuild that was interrupted. */
  async building(name: string, version: number): Promise<string | null> {
    const served = this.served(name);
    const saved = await this.store.setting(`building/${name}`);
    if (saved !== null && saved !== '' && saved !== served && isOfVersion(saved, name, version)) return saved;
    if (isOfVersion(served, name, version)) return null;
    const collection = collectionName(name, version);
    await this.saveBuilding(name, collection);
    return collection;
  }

  async saveBuilding(name: string, collection: string): Promise<void> {
    await this.store.saveSetting(`building/${name}`, collection);
  }

  async serve(name: string, collection: string): Promise<void> {
    await this.store.saveSetting(`live/${name}`, collection);
    await this.store.saveSetting(`building/${name}`, '');
    this.live.set(name, collection);
  }

  /** Reads that began on the old collection may end there. */
  dropLater(collection: string): void {
    const timer = setTimeout(() => {
      this.replaced.delete(collection);
      // A collection that could not be dropped takes room and harms nothing.
      this.store.drop(collection).catch(() => undefined);
    }, DROP_AFTER_MS);
    timer.unref();
    this.replaced.set(collection, timer);
  }

  /** Drops at once what was replaced: where nobody reads. */
  async dropReplaced(): Promise<void> {
    for (const [collection, timer] of this.replaced) {
      clearTimeout(timer);
      await this.store.drop(collection);
    }
    this.replaced.clear();
  }

  async isGrowing(): Promise<boolean> {
    return (await this.store.setting(GROWING)) === 'yes';
  }

  saveGrowing(isGrowing: boolean): Promise<void> {
    return this.store.saveSetting(GROWING, isGrowing ? 'yes' : '');
  }

  saveReport(report: RunnerReport): Promise<void> {
    return this.store.saveSetting(REPORT, JSON.stringify(report));
  }

  async hasReport(): Promise<boolean> {
    return (await this.store.setting(REPORT)) !== null;
  }

  async halts(): Promise<Halt[]> {
    this.savedHalts = (await this.store.setting(HALTS)) ?? '[]';
    return JSON.parse(this.savedHalts) as Halt[];
  }

  async saveHalts(halts: readonly Halt[]): Promise<void> {
    const text = JSON.stringify(halts);
    if (text === this.savedHalts) return;
    await this.store.saveSetting(HALTS, text);
    this.savedHalts = text;
  }
}
