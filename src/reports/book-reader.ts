import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ALL_PROJECTIONS } from '../../projections/all';
import { FoldedDocuments } from '../../projections/documents';
import { decodeStoredEvent } from '../platform/codec';
import { Problem } from '../platform/http/problem';
import { AfterNotReached, Projector } from '../platform/projector';
import { EventStore } from '../ports/event-store';
import { ReadModelStore } from '../ports/read-model-store';
import type { AsOf } from './query';
import { FoldedReadModels, LiveReadModels, type ReadModels } from './read-models';
import { CompanySettings } from './settings';

/** The books of one company, open at a place: what reports are assembled from. */
export type OpenBooks = { readonly models: ReadModels; readonly settings: CompanySettings };

export type ReadOptions = { readonly after?: number | undefined; readonly asOf?: AsOf | undefined };

const RETRY_AFTER_SECONDS = 1;
const PAGE = 1000;
/** Books as of an earlier event that are kept for the next page of the same report. */
const MOST_KEPT = 3;

/** Opens the books of a company for reading: as they are now, after some write, or as they were known. */
@Injectable()
export class BookReader {
  private readonly kept = new Map<string, Promise<FoldedReadModels>>();
  /** Folds of old books that are under way or wait: one at a time, since they take the thread that serves. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly events: EventStore,
    private readonly readModels: ReadModelStore,
    private readonly projector: Projector,
  ) {}

  /** @throws Problem not-found, after-not-reached */
  async open(company: string, { after, asOf }: ReadOptions): Promise<OpenBooks> {
    if (after !== undefined) await this.wait(company, after);
    const models = asOf === undefined ? this.live(company) : await this.asOf(company, asOf);
    const settings =
      (await CompanySettings.load(models)) ?? (await this.settingsOfNewLedger(company, models));
    if (!settings) throw new Problem('not-found');
    return { models, settings };
  }

  /** @throws Problem after-not-reached */
  async wait(company: string, sequence: number): Promise<void> {
    try {
      await this.projector.waitFor(company, sequence);
    } catch (error) {
      if (!(error instanceof AfterNotReached)) throw error;
      const facts = { after: sequence, retryAfter: RETRY_AFTER_SECONDS };
      throw new Problem('after-not-reached', { facts, cause: error });
    }
  }

  /** @throws AfterNotReached while read models are folded from the first event on */
  private live(company: string): LiveReadModels {
    this.projector.requireWhole(company);
    return new LiveReadModels(this.readModels, (name) => this.projector.collectionOf(name, company), company);
  }

  /** A ledger that was opened a moment ago may not be folded yet. */
  private async settingsOfNewLedger(company: string, models: ReadModels): Promise<CompanySettings | null> {
    if (models instanceof FoldedReadModels) return null;
    const head = await this.events.head(company);
    if (!head) return null;
    await this.wait(company, head.sequence);
    const settings = await CompanySettings.load(models);
    if (settings) return settings;
    // What was folded is gone: the store was emptied a moment ago.
    throw new AfterNotReached(company, head.sequence, 0, 'rebuilding');
  }

  private async asOf(company: string, cut: AsOf): Promise<ReadModels> {
    const head = await this.events.head(company);
    if (!head) throw new Problem('not-found');
    if ('sequence' in cut && cut.sequence >= head.sequence) {
      await this.wait(company, head.sequence);
      return this.live(company);
    }
    const key = JSON.stringify([company, cut, 'instant' in cut ? head.sequence : 0]);
    const known = this.kept.get(key);
    if (known) return known;
    const made = this.queue.then(() => this.fold(company, cut));
    this.queue = made.catch(() => undefined);
    this.kept.set(key, made);
    made.catch(() => this.kept.delete(key));
    for (const oldest of [...this.kept.keys()].slice(0, -MOST_KEPT)) this.kept.delete(oldest);
    return made;
  }

  /** Folds the ledger up to the cut: before the first event that was recorded later, or through a sequence. */
  private async fold(company: string, cut: AsOf): Promise<FoldedReadModels> {
    const documents = new FoldedDocuments(ALL_PROJECTIONS);
    let next = 1;
    for (;;) {
      const page = await this.events.read(company, next, PAGE);
      for (const stored of page) {
        const event = Object.assign(decodeStoredEvent(stored), { hash: stored.hash });
        const isBeyond = 'sequence' in cut ? event.sequence > cut.sequence : event.recordedAt > cut.instant;
        if (isBeyond) return new FoldedReadModels(documents);
        documents.fold(event);
      }
      if (page.length < PAGE) return new FoldedReadModels(documents);
      next += PAGE;
      // Others are served between two pages.
      await nextTurn();
    }
  }
}
