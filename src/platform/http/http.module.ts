import {
  Inject,
  Injectable,
  Module,
  type OnModuleDestroy,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { CONFIG, type Config } from '../../config';
import { DtoPipe } from './dto.pipe';
import { NoQueryInterceptor } from './no-query.interceptor';
import { ProblemFilter } from './problem.filter';
import { RateLimiter } from './rate-limiter';
import { RateCounters } from '../../ports/rate-counters';
import { RepeatableWrites } from './repeatable-writes';
import { SharedLimit } from './shared-limit';

/** Exchanges what the limiter has counted with the other nodes, where there are any. */
@Injectable()
class LimitSharing implements OnModuleInit, OnModuleDestroy {
  private readonly shared: SharedLimit | null;

  constructor(limiter: RateLimiter, @Optional() @Inject(RateCounters) counters: RateCounters | null) {
    this.shared = counters ? new SharedLimit(limiter, counters, 'requests') : null;
  }

  onModuleInit(): void {
    this.shared?.start();
  }

  onModuleDestroy(): void {
    this.shared?.stop();
  }
}

/** The global filter, the pipe for DTO bodies, the refusal of queries that nobody reads and the request limiter. Needs `CONFIG`, `Vault` and `Clock`. */
@Module({
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useClass: DtoPipe },
    { provide: APP_INTERCEPTOR, useClass: NoQueryInterceptor },
    RepeatableWrites,
    {
      provide: RateLimiter,
      useFactory: ({ rateLimit }: Config) => new RateLimiter(rateLimit),
      inject: [CONFIG],
    },
    LimitSharing,
  ],
  exports: [RateLimiter, RepeatableWrites],
})
export class HttpModule {}
