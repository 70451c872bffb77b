import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { HttpModule } from '../../platform/http/http.module';
import { CompanyOpener } from './company-opener.service';
import { CompanyController } from './company.controller';
import { COMPANY_HANDLERS } from './company.handlers';

@Module({
  imports: [CqrsModule, HttpModule],
  controllers: [CompanyController],
  providers: [CompanyOpener, ...COMPANY_HANDLERS],
  exports: [CompanyOpener],
})
export class CompanyModule implements OnApplicationBootstrap {
  constructor(private readonly opener: CompanyOpener) {}

  onApplicationBootstrap(): Promise<void> {
    return this.opener.settlePending();
  }
}
