import type { DocumentWrite, ReadModelStore } from '../ports/read-model-store';
import type { PositionedEvent } from '../ports/event-store';
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

/** Where an event lies in its ledger and in the whole, and what it is. */
type Folded = Pick<PositionedEvent, 'ledger' | 'sequence' | 'hash' | 'position'>;

/** The last event that all served read models have folded, written with their documents: which history they are of. */
export function lastFolded(storeId: string, { ledger, sequence, hash, position }: Folded): DocumentWrite {
  const body = { ledger, sequence, hash, position };
  return {
    collection: PROGRESS,
    ledger: storeId,
    key: LAST_FOLDED,
    sequence: position,
    body,
    isClosing: true,
  };
}

/** Set while what is served is a beginning. */
const GROWING = 'projection-growing';
/** What whoever folds says to those who watch. */
export const REPORT = 'projection-report';
/** Which collection each read model is served from, and which one is built beside it. */
const PLACES = 'projection-places';
const HALTS = 'projection-halts';
const STORE = 'projection-store';
/** Set from when documents were found missing until nothing of what was folded is left. */
const ANEW = 'projection-anew';

/** Long enough for any read that began on the old collection. */
const DROP_AFTER_MS = 30_000;

/** What whoever folds has said last; null when that is gone, or nobody has folded yet. Nothing is written. */
export async function savedReport(store: ReadModelStore): Promise<RunnerReport | null> {
  const text = await store.setting(REPORT);
  return text === null ? null : (JSON.parse(text) as RunnerReport);
}

type Place = { readonly served: string; readonly building: string | null };

/** A collection of another version than the program's is replaced; one that was begun of this version goes on. */
function toBuild({ served, building }: Place, name: string, version: number): string | null {
  if (building !== null && building !== served && isOfVersion(building, name, version)) return building;
  return isOfVersion(served, name, version) ? null : collectionName(name, version);
}

/** Which collection each read model is served from and which one is being built; kept in the read store. */
export class PlacedCollections {
  private readonly places = new Map<string, Place>();
  private savedPlaces = '';
  private savedHalts = '[]';
  /** Collections that are served no more, and the timers that will drop them. */
  private readonly replaced = new Map<string, NodeJS.Timeout>();

  constructor(private readonly store: ReadModelStore) {}

  served(name: string): string {
    const place = this.places.get(name);
    if (place === undefined) throw new Error(`no read model is named ${name}`);
    return place.served;
  }

  /** Forgets progress that belongs to another event store. */
  async adopt(storeId: string): Promise<void> {
    const known = await this.store.setting(STORE);
    if (known === storeId) return;
    if (known !== null) {
      await this.store.drop(PROGRESS);
      await this.store.saveSetting(HALTS, '[]');
    }
    await this.store.saveSetting(STORE, storeId);
  }

  /** Null also where an earlier version noted it without its ledger. */
  async lastFolded(storeId: string): Promise<Folded | null> {
    const document = await this.store.get(PROGRESS, storeId, LAST_FOLDED);
    const folded = document?.body as Partial<Folded> | undefined;
    return folded?.ledger === undefined ? null : (folded as Folded);
  }

  /** Every collection that is folded into, with how far its ledgers are. */
  all(): readonly string[] {
    const places = [...this.places.values()].flatMap(({ served, building }) => [served, building]);
    return [PROGRESS, ...places.filter((collection) => collection !== null)];
  }

  async beginsAnew(): Promise<boolean> {
    return (await this.store.setting(ANEW)) === 'yes';
  }

  saveAnew(begins: boolean): Promise<void> {
    return this.store.saveSetting(ANEW, begins ? 'yes' : '');
  }

  /** All is folded again: nothing is halted and nothing is reached. */
  async forgetProgress(): Promise<void> {
    await this.store.saveSetting(HALTS, '[]');
    await this.store.drop(PROGRESS);
  }

  /** Reads what is served and built where; what nobody has built is to be served while it grows. */
  async load(projections: readonly { readonly name: string; readonly version: number }[]): Promise<void> {
    this.savedPlaces = (await this.store.setting(PLACES)) ?? '';
    const saved = new Map(
      Object.entries(
        JSON.parse(this.savedPlaces === '' ? '{}' : this.savedPlaces) as Record<string, Partial<Place>>,
      ),
    );
    this.places.clear();
    for (const { name, version } of projections) {
      const { served = collectionName(name, version), building = null } = saved.get(name) ?? {};
      this.places.set(name, { served, building: toBuild({ served, building }, name, version) });
    }
    await this.savePlaces();
  }

  /** The collection being built: of a version that was raised, or of a rebuild that was interrupted. */
  building(name: string): string | null {
    return this.places.get(name)?.building ?? null;
  }

  async saveBuilding(name: string, collection: string): Promise<void> {
    await this.place(name, { served: this.served(name), building: collection });
  }

  async serve(name: string, collection: string): Promise<void> {
    await this.place(name, { served: collection, building: null });
  }

  /** First in the store: what it does not take is not so here. */
  private async place(name: string, place: Place): Promise<void> {
    await this.savePlaces(new Map(this.places).set(name, place));
    this.places.set(name, place);
  }

  private async savePlaces(places: ReadonlyMap<string, Place> = this.places): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(places));
    if (text === this.savedPlaces) return;
    await this.store.saveSetting(PLACES, text);
    this.savedPlaces = text;
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
