import { statfs } from 'node:fs/promises';
import type { NextFunction, Request, Response } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Authenticator } from '../access/authenticator';
import type { Config } from '../config';
import { PLATFORM_PROBLEMS } from '../platform/http/platform-problems';
import type { LedgerCache } from '../platform/ledger-cache';
import type { Projector } from '../platform/projector';
import { TROUBLES, type Troubles } from '../platform/troubles';
import type { EventStore } from '../ports/event-store';
import { VERSION } from '../version';
import type { StartFindings } from './start-findings';

const NANOSECONDS_PER_SECOND = 1e9;

/** From where the figures come. */
export type MetricSources = {
  readonly config: Config;
  readonly store: EventStore;
  readonly cache: LedgerCache;
  readonly projector: Projector;
  readonly findings: StartFindings;
  readonly troubles: Troubles;
  readonly authenticator: Authenticator;
};

/** What /metrics shows, in Prometheus' text format. Names carry their unit; docs/reference/metrics.md lists them. */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests: Histogram<'method' | 'status'>;
  private readonly problems: Counter<'code'>;
  private readonly cut: Counter;
  private readonly open = new Set<Response>();

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Histogram({
      name: 'caisse_http_request_seconds',
      help: 'Time to answer; streams of live events are not in it',
      labelNames: ['method', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.problems = new Counter({
      name: 'caisse_http_problems_total',
      help: 'Answers that are problems, by their code',
      labelNames: ['code'],
      registers,
    });
    // Those that somebody is woken for are there from the start: from nothing to one is no increase to Prometheus.
    for (const [code, { status }] of Object.entries(PLATFORM_PROBLEMS))
      if (status >= 500) this.problems.inc({ code }, 0);
    this.cut = new Counter({
      name: 'caisse_http_requests_cut_total',
      help: 'Requests whose connection ended before the answer did',
      registers,
    });
    this.gaugeOfRequests();
    this.ofEvents(sources);
    this.ofLedgers(sources);
    this.ofReadModels(sources);
    this.ofVault(sources);
    this.ofInstallation(sources);
  }

  /** Times each request; mounted before everything else. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const started = process.hrtime.bigint();
    this.open.add(response);
    response.once('finish', () => {
      const { problem } = response.locals;
      if (typeof problem === 'string') this.problems.inc({ code: problem });
      if (isStream(response)) return;
      const seconds = Number(process.hrtime.bigint() - started) / NANOSECONDS_PER_SECOND;
      this.requests.observe({ method: request.method, status: String(response.statusCode) }, seconds);
    });
    response.once('close', () => {
      this.open.delete(response);
      if (!response.writableFinished && !isStream(response)) this.cut.inc();
    });
    next();
  };

  private gaugeOfRequests(): void {
    const streams = () => [...this.open].filter(isStream).length;
    this.gauge(
      'caisse_http_requests_in_progress',
      'Requests that are being answered',
      () => this.open.size - streams(),
    );
    this.gauge('caisse_live_listeners', 'Connections that listen to live events', streams);
  }

  private ofEvents({ store, troubles }: MetricSources): void {
    const events = new Counter({
      name: 'caisse_events_appended_total',
      help: 'Events made durable; on a store that nodes share, those of other nodes too',
      registers: [this.registry],
    });
    const heads = new Map<string, number>();
    store.onAppended((appended) => {
      for (const { ledger, sequence } of appended) {
        const known = heads.get(ledger);
        events.inc(known === undefined ? 1 : Math.max(0, sequence - known));
        heads.set(ledger, sequence);
      }
    });
    const trouble = new Counter({
      name: 'caisse_troubles_total',
      help: 'What no request failed for, and is in the log',
      labelNames: ['what'],
      registers: [this.registry],
      collect: () => {
        trouble.reset();
        for (const what of TROUBLES) trouble.inc({ what }, troubles.count(what));
      },
    });
  }

  private ofLedgers({ cache, findings }: MetricSources): void {
    this.gauge('caisse_ledgers_in_memory', 'Ledgers whose state is in memory', () => cache.figures().ledgers);
    this.gauge('caisse_ledger_state_bytes', 'Estimated memory of these states', () => cache.figures().bytes);
    this.counter('caisse_ledger_loads_total', 'States that were loaded', () => cache.figures().loads);
    this.counter(
      'caisse_ledger_evictions_total',
      'States that were dropped for room',
      () => cache.figures().evictions,
    );
    this.gauge(
      'caisse_ledgers_refused',
      'Ledgers that are not opened: damaged, or newer than this version',
      () => cache.refusals().length,
    );
    this.gauge(
      'caisse_ledgers_behind_witness',
      'Ledgers that had lost acknowledged events at the start',
      () => findings.refused().length,
    );
    this.gauge('caisse_witness_missing', '1 when a store with events had no witness at the start', () =>
      Number(findings.missingWitness),
    );
  }

  private ofReadModels({ projector }: MetricSources): void {
    this.gauge('caisse_projection_lag_events', 'Events not folded yet', () => projector.status().lagEvents);
    this.gauge(
      'caisse_projection_lag_seconds',
      'Time that the oldest event not folded yet has waited; 0 when all are folded',
      () => projector.status().lagSeconds,
    );
    this.gauge(
      'caisse_projection_halts',
      'Places where a read model met an event that it cannot fold',
      () => projector.status().halts.length,
    );
    this.gauge(
      'caisse_projection_partitions_held',
      'Partitions of the read models that this node folds, under a lease of its own',
      () => projector.status().partitionsHeld,
    );
    this.gauge('caisse_projection_running', '1 when read models are folded or watched', () =>
      Number(projector.status().running),
    );
    this.gauge('caisse_projection_waiting', '1 when folding waits for a store that does not answer', () =>
      Number(projector.status().unavailable !== null),
    );
  }

  private ofVault({ authenticator }: MetricSources): void {
    this.gauge('caisse_vault_silent', '1 when the vault does not answer', () =>
      Number(authenticator.standing().silent !== null),
    );
    this.counter(
      'caisse_requests_unconfirmed_total',
      'Requests of somebody whom a vault that did not answer had confirmed lately',
      () => authenticator.standing().unconfirmed,
    );
  }

  private ofInstallation({ config }: MetricSources): void {
    const about = new Gauge({
      name: 'caisse_build_info',
      help: 'Always 1; its labels say what is running',
      labelNames: ['version', 'event_store', 'read_store'],
      registers: [this.registry],
    });
    about.set(
      { version: VERSION, event_store: config.eventStore.engine, read_store: config.readStore.engine },
      1,
    );
    this.gauge('caisse_data_free_bytes', 'Room on the disk of the data folder', async () => {
      const { bavail, bsize } = await statfs(config.data);
      return bavail * bsize;
    });
  }

  private gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async () => gauge.set(await read()),
    });
  }

  /** What is counted elsewhere, since the start. */
  private counter(name: string, help: string, read: () => number): void {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [this.registry],
      collect: () => {
        counter.reset();
        counter.inc(read());
      },
    });
  }
}

/** An answer without end: its time says how long somebody listened. */
function isStream(response: Response): boolean {
  return String(response.getHeader('Content-Type')).startsWith('text/event-stream');
}
