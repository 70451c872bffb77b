import type { NextFunction, Request, Response } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LedgerCache } from '../platform/ledger-cache';
import type { Projector } from '../platform/projector';
import type { EventStore } from '../ports/event-store';

const NANOSECONDS_PER_SECOND = 1e9;

/** What /metrics shows, in Prometheus' text format. Names carry their unit. */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests: Histogram<'method' | 'status'>;

  constructor(store: EventStore, cache: LedgerCache, projector: Projector) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Histogram({
      name: 'caisse_http_request_seconds',
      help: 'Time to answer, by method and status',
      labelNames: ['method', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    const events = new Counter({
      name: 'caisse_events_appended_total',
      help: 'Events made durable',
      registers,
    });
    const heads = new Map<string, number>();
    store.onAppended((appended) => {
      for (const { ledger, sequence } of appended) {
        const known = heads.get(ledger);
        events.inc(known === undefined ? 1 : Math.max(0, sequence - known));
        heads.set(ledger, sequence);
      }
    });
    this.gauges(cache, projector);
  }

  /** Times each request; mounted before everything else. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const started = process.hrtime.bigint();
    response.once('finish', () => {
      const seconds = Number(process.hrtime.bigint() - started) / NANOSECONDS_PER_SECOND;
      this.requests.observe({ method: request.method, status: String(response.statusCode) }, seconds);
    });
    next();
  };

  private gauges(cache: LedgerCache, projector: Projector): void {
    this.gauge('caisse_ledgers_in_memory', 'Ledgers whose state is in memory', () => cache.figures().ledgers);
    this.gauge('caisse_ledger_state_bytes', 'Estimated memory of these states', () => cache.figures().bytes);
    this.gauge('caisse_ledger_loads', 'States loaded since the start', () => cache.figures().loads);
    this.gauge(
      'caisse_ledger_evictions',
      'States dropped for room since the start',
      () => cache.figures().evictions,
    );
    this.gauge('caisse_ledgers_refused', 'Ledgers that are not opened', () => cache.refusals().length);
    this.gauge('caisse_projection_lag_events', 'Events not folded yet', () => projector.status().lagEvents);
    this.gauge(
      'caisse_projection_lag_seconds',
      'Since the read models were level',
      () => projector.status().lagSeconds,
    );
    this.gauge(
      'caisse_projection_halts',
      'Read models that stand still',
      () => projector.status().halts.length,
    );
  }

  private gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: () => gauge.set(read()),
    });
  }
}
