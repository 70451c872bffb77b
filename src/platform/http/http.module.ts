import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { CONFIG, type Config } from '../../config';
import { DtoPipe } from './dto.pipe';
import { NoQueryInterceptor } from './no-query.interceptor';
import { ProblemFilter } from './problem.filter';
import { RateLimiter } from './rate-limiter';
import { RepeatableWrites } from './repeatable-writes';

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
  ],
  exports: [RateLimiter, RepeatableWrites],
})
export class HttpModule {}
