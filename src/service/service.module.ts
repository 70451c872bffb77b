import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { Authenticator } from '../access/authenticator';
import { CONFIG, type Config } from '../config';
import { LedgerCache } from '../platform/ledger-cache';
import { Projector } from '../platform/projector';
import { Troubles } from '../platform/troubles';
import { EventStore } from '../ports/event-store';
import { HealthController } from './health.controller';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { StartFindings } from './start-findings';

@Module({
  imports: [AccessModule],
  controllers: [HealthController, MetricsController],
  providers: [
    {
      provide: Metrics,
      useFactory: (
        config: Config,
        store: EventStore,
        cache: LedgerCache,
        projector: Projector,
        findings: StartFindings,
        troubles: Troubles,
        authenticator: Authenticator,
      ) => new Metrics({ config, store, cache, projector, findings, troubles, authenticator }),
      inject: [CONFIG, EventStore, LedgerCache, Projector, StartFindings, Troubles, Authenticator],
    },
  ],
  exports: [Metrics],
})
export class ServiceModule {}
