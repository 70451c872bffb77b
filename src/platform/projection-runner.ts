import { setTimeout as delay } from 'node:timers/promises';
import type { Projection, RecordedEvent } from '../../projections/projection';
import type { EventStore, PositionedEvent, StoredEvent } from '../ports/event-store';
import {
  type DocumentWrite,
  type ProjectionCheckpoint,
  ReadModelsLost,
  type ReadModelStore,
} from '../ports/read-model-store';
import { genesisHash } from '../proof/hash';
import { MakingWay, RecordedCount } from './background-thread';
import { DamagedEvent, decodeStoredEvent } from './codec';
import { sha256Hex } from './crypto';
import { LaneChain, type Place } from './lane-chain';
import { TrackDocuments } from './projector-documents';
import { generationAfter, isOfVersion, lastFolded, PlacedCollections, REPORT } from './projector-collections';
import { type Halt, PROGRESS, type ProjectionStatus } from './projector';
import type { RunnerReport } from './projector-progress';

export type RunnerOptions = {
  readonly events: Pick<EventStore, 'id' | 'read' | 'readAll' | 'positionOf'>;
  readonly readModels: ReadModelStore;
  readonly projections: readonly Projection[];
  /** Whose events are folded; by default those of every ledger. */
  readonly owns?: (ledger: string) => boolean;
  /** Says in the read store what other processes serve from, and notices when that is gone. */
  readonly isWatched?: boolean;
  /** Events per batch. */
  readonly page?: number;
  /** How long to rest, in milliseconds, when nothing calls. */
  readonly restMs?: number;
  /** How long small batches that follow each other are held apart at least, in milliseconds. */
  readonly gatherMs?: number;
  /** What is recorded on the same processors: full pages make way for it. */
  readonly recorded?: RecordedCount | undefined;
  /** For how long, in milliseconds, until the read models are level. */
  readonly makeWayMs?: number;
  /** Ledgers and the sequence that all served read models have folded, after each batch. */
  readonly onProgress?: (progress: ReadonlyMap<string, number>) => void;
  /** What changed beside the progress: served collections, halts, availability, whether all of it is there. */
  readonly onChange?: () => void;
};

/** One read model being folded into one collection. */
type Track = {
  readonly projection: Projection;
  readonly collection: string;
  readonly documents: TrackDocuments;
  position: number;
  /** Served tracks set the progress; a track that is built beside a served one does not. */
  isServed: boolean;
  /** Ledgers whose documents stand still, and why. */
  readonly halts: Map<string, Halt>;
  /** Set when too many ledgers halt: then it is the read model that is wrong. */
  stopped: Halt | null;
};

type Waiter = { readonly resolve: () => void; readonly reject: (error: Error) => void };

const PAGE = 1000;
const REST_MS = 250;
const RETRY_MS = 1000;
/** How far a checkpoint may stay behind where there is nothing to fold, in milliseconds. */
const PASSED_MS = 10_000;
/** How long small batches that follow each other are held apart at most, in milliseconds. */
const GATHER_MOST_MS = 250;
/** How long full pages make way for those who record at full speed, in milliseconds, until the read models are level. */
const MAKE_WAY_MS = 1000;
/** How often it is looked whether a read store that others may empty still holds what was said there. */
const LOOK_MS = 2000;
/** And how often it is looked for collections that somebody has dropped there. */
const SEEK_MS = 10_000;
/** More halted ledgers than this, and the read model is stopped as a whole. */
const MOST_HALTS = 100;

/**
 * Follows the event store in its order and folds batches into documents: read, check each hash and link, parse once, fold
 * into all read models in lockstep, write documents and then checkpoints. What lags is caught up first. A batch
 * that comes twice changes nothing, since each document carries the sequence that it has folded.
 */
export class ProjectionRunner {
  private readonly tracks: Track[] = [];
  /** Where ledgers have come to: among what is served, and among what is built beside it. */
  private chains = { served: new LaneChain(), built: new LaneChain() };
  private readonly collections: PlacedCollections;
  private readonly page: number;
  private readonly way: MakingWay;
  private storeId = '';
  /** What the read models hold is of no use: of another history than the event store's, or without some of its documents. */
  private beginsAnew = false;
  private isStopping = false;
  private loop: Promise<void> | null = null;
  private rest: (() => void) | null = null;
  /** How often it was called: an append that came during a step is not slept over. */
  private calls = 0;
  /** How often somebody began to wait. */
  private hurries = 0;
  private failure: string | null = null;
  /** When the last folded event was recorded, while more of them wait; null when the read models are level. */
  private foldedUntil: string | null = null;
  private wasLevel = true;
  /** Whether the last report calls read models behind. */
  private saidBehind = false;
  /** Folded from the first event on, and not level yet: what is there is a beginning. */
  private isGrowing = false;
  /** What was folded is gone from the read store, and all is folded again. */
  private isLost = false;
  /** When the oldest checkpoint was passed that is not written yet; null when none is. */
  private passedSince: number | null = null;
  private lookedAt = 0;
  private soughtAt = 0;
  private isReported = false;
  /** Whether anything was said since it took stock. */
  private wasReported = false;
  /** Whether the last step had a full page to fold: then there is more, and nothing to wait for. */
  private wasFull = false;
  /** Batches since there was last nothing to fold, or a full page. */
  private smallBatches = 0;
  private readonly rebuilt: Waiter[] = [];
  private readonly awaitingLevel: Waiter[] = [];

  constructor(private readonly options: RunnerOptions) {
    this.page = options.page ?? PAGE;
    this.way = new MakingWay(options.recorded ?? new RecordedCount(), options.makeWayMs ?? MAKE_WAY_MS);
    this.collections = new PlacedCollections(options.readModels);
  }

  /** Reads checkpoints, takes up halted ledgers again and starts to follow. */
  async start(): Promise<void> {
    this.storeId = await this.options.events.id();
    await this.takeStock();
    this.loop = this.follow();
  }

  /** Finds out what is folded, and where it goes on. */
  private async takeStock(): Promise<void> {
    const { readModels, projections } = this.options;
    this.tracks.length = 0;
    this.wasReported = false;
    this.chains = { served: new LaneChain(), built: new LaneChain() };
    // Asked for alone: a store whose checkpoint was lost takes no writes before it was.
    await readModels.checkpoint(PROGRESS);
    await this.collections.adopt(this.storeId);
    this.beginsAnew = await this.hasOtherHistory();
    await this.collections.load(projections);
    if (await this.hasLostDocuments()) this.beginsAnew = true;
    for (const projection of projections) await this.place(projection);
    // Last: a crash before leaves what says that all is to be folded again.
    if (this.beginsAnew) await this.collections.forgetProgress();
    await this.judgeGrowth();
    if (await this.collections.beginsAnew()) await this.collections.saveAnew(false);
    await this.resumeHalted();
    this.isLost = false;
    this.changed();
    await this.sayReport();
  }

  /**
   * Where nothing was folded and there is something to fold, what is missing must not be taken for nothing: nobody is
   * served before all of it is there. A process that takes over finds it said in the store.
   */
  private async judgeGrowth(): Promise<void> {
    const served = this.tracks.filter(({ isServed }) => isServed);
    const isEmpty = served.length > 0 && served.every(({ position }) => position === 0);
    const begins = isEmpty && (await this.options.events.readAll(0, 1)).length > 0;
    if (begins) await this.collections.saveGrowing(true);
    this.isGrowing = begins || (await this.collections.isGrowing());
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.hurry();
    this.wake();
    await this.loop;
    // Where this does not succeed, the next one looks through what was passed once more.
    if (this.passedSince !== null) await this.writePassed().catch(() => undefined);
    const stopped = new Error('the projection runner was stopped');
    for (const { reject } of [...this.rebuilt.splice(0), ...this.awaitingLevel.splice(0)]) reject(stopped);
  }

  wake(): void {
    this.calls += 1;
    this.rest?.();
  }

  /** Somebody waits for what is not folded yet: nothing makes way until it is. */
  hurry(): void {
    this.hurries += 1;
    this.way.hurry();
  }

  collectionOf(name: string): string {
    return this.collections.served(name);
  }

  private statuses(): ProjectionStatus[] {
    const level = this.servedPosition();
    return this.options.projections.map(({ name, version }) => {
      const collection = this.collections.served(name);
      const track = this.tracks.find((one) => one.collection === collection);
      const building = this.tracks.find((one) => one.projection.name === name && !one.isServed);
      return {
        name,
        collection,
        building: building?.collection ?? null,
        position: track?.position ?? 0,
        behind: track === undefined || !isOfVersion(collection, name, version) || track.position < level,
      };
    });
  }

  private halts(): Halt[] {
    return this.tracks.flatMap((track) => [
      ...track.halts.values(),
      ...(track.stopped ? [track.stopped] : []),
    ]);
  }

  report(): RunnerReport {
    const { failure: unavailable, foldedUntil } = this;
    const growing = this.isGrowing || this.isLost;
    return {
      projections: this.statuses(),
      halts: this.halts(),
      unavailable,
      foldedUntil,
      growing,
      held: true,
    };
  }

  private changed(): void {
    this.isReported = false;
    this.saidBehind = this.statuses().some(({ behind }) => behind);
    this.options.onChange?.();
  }

  /** To those who watch. */
  private async sayReport(): Promise<void> {
    if (this.options.isWatched !== true || this.isReported) return;
    this.isReported = true;
    const report = this.report();
    this.saidBehind = report.projections.some(({ behind }) => behind);
    try {
      await this.collections.saveReport(report);
      this.wasReported = true;
    } catch (error) {
      this.isReported = false;
      throw error;
    }
  }

  /** Resolves when each of the named read models (all by default) is served from a fresh collection. */
  async rebuild(names?: readonly string[]): Promise<void> {
    for (const projection of this.options.projections) {
      if (names && !names.includes(projection.name)) continue;
      if (this.tracks.some((track) => track.projection.name === projection.name && !track.isServed)) continue;
      const collection = generationAfter(
        this.collections.served(projection.name),
        projection.name,
        projection.version,
      );
      await this.options.readModels.drop(collection);
      await this.collections.saveBuilding(projection.name, collection);
      this.tracks.push(this.track(projection, collection, 0, false));
    }
    this.changed();
    const done = new Promise<void>((resolve, reject) => this.rebuilt.push({ resolve, reject }));
    this.hurry();
    this.wake();
    return done;
  }

  /** Drops at once the collections that were replaced: where nobody reads. */
  dropReplaced(): Promise<void> {
    return this.collections.dropReplaced();
  }

  /** Resolves when nothing is left to fold; rejects when a store does not answer meanwhile. */
  async catchUp(): Promise<void> {
    const level = new Promise<void>((resolve, reject) => this.awaitingLevel.push({ resolve, reject }));
    this.hurry();
    this.wake();
    return level;
  }

  /**
   * An event file that lost its tail, or that is an older copy, goes on otherwise than what was folded: then the read
   * models are those of a history that is no more, and all is folded again.
   */
  private async hasOtherHistory(): Promise<boolean> {
    const { events } = this.options;
    const folded = await this.collections.lastFolded(this.storeId);
    if (folded === null) return false;
    const { ledger, sequence, hash, position } = folded;
    const [event] = await events.read(ledger, sequence, 1);
    return event?.hash !== hash || (await events.positionOf(ledger, sequence)) !== position;
  }

  /** One dropped collection, and all is folded again: nobody can tell what the others have without it. */
  private async hasLostDocuments(): Promise<boolean> {
    const lost = await this.options.readModels.lost(this.collections.all());
    if (lost.length === 0) return this.collections.beginsAnew();
    // Before anything is dropped: a crash leaves what says so, and whoever watches reads none of it.
    await this.collections.saveAnew(true);
    this.lose();
    await this.sayReport();
    return true;
  }

  private track(projection: Projection, collection: string, position: number, isServed: boolean): Track {
    const documents = new TrackDocuments(projection, collection, this.options.readModels);
    return { projection, collection, documents, position, isServed, halts: new Map(), stopped: null };
  }

  private async place(projection: Projection): Promise<void> {
    const { name, version } = projection;
    const served = this.collections.served(name);
    if (isOfVersion(served, name, version)) {
      this.tracks.push(this.track(projection, served, await this.positionOf(served), true));
    } else if (this.beginsAnew) {
      // It was served until another version is built: of what is wrong or missing there nothing is served any more.
      await this.options.readModels.drop(served);
    }
    const building = this.collections.building(name);
    if (building !== null) {
      this.tracks.push(this.track(projection, building, await this.positionOf(building), false));
    }
  }

  /** Documents of another event store, or of another history of this one, say nothing about it, nor do those of nobody. */
  private async positionOf(collection: string): Promise<number> {
    const checkpoint = await this.options.readModels.checkpoint(collection);
    if (checkpoint?.storeId === this.storeId && !this.beginsAnew) return checkpoint.position;
    // Also where there is none: a drop that was cut off has taken the checkpoint and left documents.
    await this.options.readModels.drop(collection);
    return 0;
  }

  private async follow(): Promise<void> {
    while (!this.isStopping) {
      const { calls, hurries } = this;
      const began = performance.now();
      const rest = await this.stepOrRest();
      if (rest === 0) {
        // Who came during the step may wait for what it did not read.
        if (!this.wasFull && this.hurries === hurries) this.way.done();
        await this.gather(performance.now() - began);
        continue;
      }
      this.smallBatches = 0;
      if (this.failure === null) {
        if (this.calls !== calls) continue;
        for (const { resolve } of this.awaitingLevel.splice(0)) resolve();
      }
      await this.restFor(rest);
    }
  }

  /**
   * A batch costs about as much for one event as for many, and takes the processor from who records. What comes alone is
   * folded at once; where one small batch follows another, the next one gathers events for as long as the last one took.
   */
  private async gather(tookMs: number): Promise<void> {
    if (this.wasFull) {
      this.smallBatches = 0;
      await this.way.next();
      return;
    }
    this.smallBatches += 1;
    if (this.smallBatches < 2 || this.isStopping) return;
    await delay(Math.min(Math.max(tookMs, this.options.gatherMs ?? 0), GATHER_MOST_MS));
  }

  /** Milliseconds to rest after a step: none while there is work. */
  private async stepOrRest(): Promise<number> {
    try {
      const worked = await this.step();
      this.reportFailure(null);
      return worked ? 0 : (this.options.restMs ?? REST_MS);
    } catch (error) {
      if (error instanceof ReadModelsLost) this.lose();
      // A store that does not answer: what was folded and not written is forgotten, and folded again.
      for (const track of this.tracks) track.documents.forget();
      const failure = error instanceof Error ? error : new Error(String(error));
      this.reportFailure(failure.message);
      for (const { reject } of this.awaitingLevel.splice(0)) reject(failure);
      return RETRY_MS;
    }
  }

  private lose(): void {
    if (this.isLost) return;
    this.isLost = true;
    this.changed();
  }

  private reportFailure(failure: string | null): void {
    if (failure === this.failure) return;
    this.failure = failure;
    this.changed();
  }

  private restFor(milliseconds: number): Promise<void> {
    if (this.isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.rest = null;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.rest = done;
    });
  }

  /** One batch for the served read models and one for those being built; false when there was nothing to do. */
  private async step(): Promise<boolean> {
    if (this.isLost) await this.takeStock();
    this.wasFull = false;
    const served = await this.advance(true);
    const built = await this.advance(false);
    const switched = await this.switchOver();
    await this.noteLevel();
    await this.requireReport();
    await this.sayReport();
    return served || built || switched;
  }

  /** A store that is emptied while nothing is written to it: what was said to those who watch is gone. */
  private async requireReport(): Promise<void> {
    if (this.options.isWatched !== true || Date.now() - this.lookedAt < LOOK_MS) return;
    this.lookedAt = Date.now();
    if (this.wasReported && !(await this.collections.hasReport())) throw new ReadModelsLost(REPORT);
    if (Date.now() - this.soughtAt < SEEK_MS) return;
    this.soughtAt = Date.now();
    const [lost] = await this.options.readModels.lost(this.collections.all());
    if (lost !== undefined) throw new ReadModelsLost(lost, `documents of ${lost} are gone`);
  }

  /** Says so when the read models fall behind, and when they are level again. */
  private async noteLevel(): Promise<void> {
    const isLevel = this.foldedUntil === null && !this.statuses().some(({ behind }) => behind);
    if (isLevel && this.isGrowing) {
      await this.collections.saveGrowing(false);
      this.isGrowing = false;
      this.changed();
    }
    // What was said in between (a failure, a new start) may have called them behind.
    if (isLevel && this.wasLevel && !this.saidBehind) return;
    this.wasLevel = isLevel;
    this.changed();
  }

  private async advance(isServed: boolean): Promise<boolean> {
    const lane = this.tracks.filter((track) => track.isServed === isServed && track.stopped === null);
    if (lane.length === 0) return false;
    const { group, from, until } = hindmost(lane);
    const read = await this.options.events.readAll(from, this.page);
    const isFull = read.length === this.page;
    const page = wholeEntries(
      until === Infinity ? read : read.filter(({ position }) => position <= until),
      isFull,
    );
    const last = page.at(-1);
    if (isFull) this.wasFull = true;
    if (isServed) this.noteFolded(isFull ? last : undefined);
    if (!last) return until === Infinity ? false : this.write(group, [], until);
    const { owns } = this.options;
    const own = owns ? page.filter(({ ledger }) => owns(ledger)) : page;
    const chain = isServed ? this.chains.served : this.chains.built;
    await this.findPlaces(chain, chain.begin(from, own), isServed);
    const worked =
      own.length === 0 ? await this.pass(group, last.position) : await this.foldPage(group, own, chain, last);
    chain.endAt(last.position);
    return worked;
  }

  private async foldPage(
    group: readonly Track[],
    own: readonly PositionedEvent[],
    chain: LaneChain,
    last: PositionedEvent,
  ): Promise<boolean> {
    const decoded = await this.decode(group, own, chain);
    for (const track of group) await this.foldInto(track, decoded);
    return this.write(group, chain === this.chains.served ? lastOfEach(own) : [], last.position, last);
  }

  /** Of what is built, nobody has noted how far it is: it is known from the first event on, or as it comes. */
  private async findPlaces(chain: LaneChain, ledgers: readonly string[], isServed: boolean): Promise<void> {
    if (!isServed && !chain.isWhole) return;
    const { readModels } = this.options;
    const find = async (ledger: string) => {
      const progress = isServed ? await readModels.get(PROGRESS, ledger, '') : null;
      const { hash } = (progress?.body ?? { hash: genesisHash(ledger, sha256Hex) }) as { hash?: string };
      chain.learn(ledger, { sequence: progress?.sequence ?? 0, hash: hash ?? null });
    };
    await Promise.all(ledgers.map(find));
  }

  /** Nothing of a page is to be folded here: a checkpoint now and then says so. */
  private async pass(group: readonly Track[], position: number): Promise<boolean> {
    for (const track of group) track.position = position;
    this.passedSince ??= Date.now();
    if (Date.now() - this.passedSince >= PASSED_MS) await this.writePassed();
    return true;
  }

  private async writePassed(): Promise<void> {
    const passed = this.tracks.filter((track) => track.stopped === null && track.position > 0);
    await this.options.readModels.write(
      [],
      this.checkpointsOf(passed, (track) => track.position),
    );
    this.passedSince = null;
  }

  private checkpointsOf(
    tracks: readonly Track[],
    positionOf: (track: Track) => number,
  ): ProjectionCheckpoint[] {
    const { storeId } = this;
    return tracks.map((track) => ({ projection: track.collection, storeId, position: positionOf(track) }));
  }

  /** The last event of a page after which there are more. */
  private noteFolded(last: PositionedEvent | undefined): void {
    this.foldedUntil = last ? (RECORDED_AT_OF_TEXT.exec(last.text)?.[1] ?? this.foldedUntil) : null;
  }

  /** Nothing is folded that was not hashed after what was folded before it. */
  private async decode(
    group: readonly Track[],
    page: readonly StoredEvent[],
    chain: LaneChain,
  ): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (const stored of page) {
      const { ledger } = stored;
      const left = chain.whyLeft(ledger);
      if (left) {
        for (const track of group) this.halt(track, ledger, stored.sequence, left);
        continue;
      }
      const missing = chain.missingBefore(stored);
      const leftOut = missing > 0 ? await this.lookUp(stored, missing) : [];
      try {
        for (const each of [...leftOut, stored]) {
          const event = decodeStoredEvent(each);
          chain.follow(event, each.hash);
          events.push(Object.assign(event, { hash: each.hash }));
        }
      } catch (error) {
        const why = error instanceof Error ? error : new Error(String(error));
        chain.leave(ledger, why);
        const at = why instanceof DamagedEvent ? why.sequence : stored.sequence;
        for (const track of group) this.halt(track, ledger, at, why);
      }
    }
    return events;
  }

  /** What a page has left out is in the ledger itself, unless it is nowhere; more than a page was not left out by chance. */
  private async lookUp({ ledger, sequence }: StoredEvent, missing: number): Promise<readonly StoredEvent[]> {
    if (missing > this.page) return [];
    const found = await this.options.events.read(ledger, sequence - missing, missing);
    return found.filter((event) => event.sequence < sequence);
  }

  private async foldInto(track: Track, events: readonly RecordedEvent[]): Promise<void> {
    const isHalted = track.halts.size > 0;
    const going = isHalted ? events.filter((event) => !hasHalted(track, event)) : events;
    for (const planned of await track.documents.prepare(going)) {
      const { event } = planned;
      if (track.stopped !== null || hasHalted(track, event)) continue;
      try {
        track.documents.fold(planned);
      } catch (error) {
        this.halt(track, event.ledger, event.sequence, error);
      }
    }
  }

  private halt(track: Track, ledger: string, sequence: number, error: unknown): void {
    if (track.halts.has(ledger)) return;
    const reason = error instanceof Error ? error.message : String(error);
    const halt: Halt = { collection: track.collection, ledger, sequence, reason };
    track.halts.set(ledger, halt);
    if (track.halts.size > MOST_HALTS) track.stopped = { ...halt, ledger: null };
    this.changed();
  }

  private async write(
    group: readonly Track[],
    progress: readonly StoredEvent[],
    position: number,
    last?: PositionedEvent,
  ): Promise<boolean> {
    const documents: DocumentWrite[] = group.flatMap((track) => track.documents.takeWrites());
    // Another process answers for what it reads there: it must find the documents.
    for (const { ledger, sequence, hash } of progress) {
      const body = { sequence, hash };
      documents.push({ collection: PROGRESS, ledger, key: '', sequence, body, isClosing: true });
    }
    if (progress.length > 0 && last) documents.push(lastFolded(this.storeId, last));
    // A read model that stopped as a whole keeps the checkpoint before the batch that it could not fold.
    const going = group.filter((track) => track.stopped === null);
    const checkpoints = this.checkpointsOf(going, () => position);
    // Halts go first: a checkpoint that has passed an event that was not folded must never be found without them.
    await this.collections.saveHalts(this.halts());
    await this.options.readModels.write(documents, checkpoints);
    for (const track of group) track.documents.trim();
    for (const track of going) track.position = position;
    if (progress.length > 0)
      this.options.onProgress?.(new Map(progress.map(({ ledger, sequence }) => [ledger, sequence])));
    return true;
  }

  /** Serves what was built beside an older collection once both have folded the same. */
  private async switchOver(): Promise<boolean> {
    let switched = false;
    for (const track of [...this.tracks]) {
      if (track.isServed || track.stopped || track.position < this.servedPosition()) continue;
      const old = this.collections.served(track.projection.name);
      await this.collections.serve(track.projection.name, track.collection);
      track.isServed = true;
      const index = this.tracks.findIndex((one) => one.collection === old);
      if (index >= 0) this.tracks.splice(index, 1);
      this.collections.dropLater(old);
      switched = true;
      this.changed();
    }
    if (this.tracks.every((track) => track.isServed))
      for (const { resolve } of this.rebuilt.splice(0)) resolve();
    return switched;
  }

  private servedPosition(): number {
    const served = this.tracks.filter((track) => track.isServed && track.stopped === null);
    return served.length > 0 ? Math.max(...served.map((track) => track.position)) : 0;
  }

  /** Ledgers that halted are folded from where they stopped: the program may have been mended meanwhile. */
  private async resumeHalted(): Promise<void> {
    for (const halt of await this.collections.halts()) {
      const track = this.tracks.find((one) => one.collection === halt.collection);
      if (!track || halt.ledger === null) continue;
      await this.resume(track, halt.ledger, halt.sequence);
    }
    await this.collections.saveHalts(this.halts());
  }

  /** What a ledger that stopped is to go on from: the reason why it did may still be there. */
  private async placeBefore(ledger: string, sequence: number): Promise<Place> {
    if (sequence === 1) return { sequence: 0, hash: genesisHash(ledger, sha256Hex) };
    const before = sequence - 1;
    const [event] = await this.options.events.read(ledger, before, 1);
    return { sequence: before, hash: event?.sequence === before ? event.hash : null };
  }

  private async resume(track: Track, ledger: string, from: number): Promise<void> {
    let next = from;
    const chain = new LaneChain();
    chain.learn(ledger, await this.placeBefore(ledger, from));
    for (;;) {
      const page = await this.options.events.read(ledger, next, this.page);
      const last = page.at(-1);
      if (!last) return;
      const events = await this.decode([track], page, chain);
      await this.foldInto(track, events);
      await this.options.readModels.write(track.documents.takeWrites(), []);
      track.documents.trim();
      if (track.halts.has(ledger) || page.length < this.page) return;
      next = last.sequence + 1;
    }
  }
}

/** Those that are furthest behind are folded up to the next ones, and from there on together with them. */
function hindmost(lane: readonly Track[]): { group: Track[]; from: number; until: number } {
  const from = Math.min(...lane.map((track) => track.position));
  const ahead = lane.filter((track) => track.position > from).map((track) => track.position);
  return {
    group: lane.filter((track) => track.position === from),
    from,
    until: Math.min(Infinity, ...ahead),
  };
}

function hasHalted(track: Track, event: RecordedEvent): boolean {
  const halt = track.halts.get(event.ledger);
  return halt !== undefined && event.sequence >= halt.sequence;
}

function lastOfEach(page: readonly StoredEvent[]): StoredEvent[] {
  return [...new Map(page.map((event) => [event.ledger, event])).values()];
}

const RECORDED_AT_OF_TEXT = /"recordedAt":"([^"]{24})"/;

const ENTRY_OF_TEXT = /"entry":\{[^}]*"count":(\d+),"id":"([0-9a-f-]{36})","index":(\d+)/;

/**
 * Cuts a full page before an entry that goes on in the next one, so that nobody reads half of it. Looks at the
 * canonical text (members in order), since the page is not parsed yet; a miss only means that nothing is cut.
 */
function wholeEntries(page: readonly PositionedEvent[], isFull: boolean): readonly PositionedEvent[] {
  const last = page.at(-1);
  const match = isFull && last ? ENTRY_OF_TEXT.exec(last.text) : null;
  if (!match || Number(match[3]) >= Number(match[1]) - 1) return page;
  const cut = page.length - 1 - Number(match[3]);
  return cut > 0 ? page.slice(0, cut) : page;
}
