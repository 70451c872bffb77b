import { Module } from '@nestjs/common';
import { LedgerCache } from '../platform/ledger-cache';
import { Projector } from '../platform/projector';
import { EventStore } from '../ports/event-store';
import { HealthController } from './health.controller';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';

@Module({
  controllers: [HealthController, MetricsController],
  providers: [
    {
      provide: Metrics,
      useFactory: (store: EventStore, cache: LedgerCache, projector: Projector) =>
        new Metrics(store, cache, projector),
      inject: [EventStore, LedgerCache, Projector],
    },
  ],
  exports: [Metrics],
})
export class ServiceModule {}
