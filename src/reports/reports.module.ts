import { Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller';
import { AlertsController } from './alerts.controller';
import { BookReader } from './book-reader';
import { CompaniesController } from './companies.controller';
import { DaysController } from './days.controller';
import { EntriesController } from './entries.controller';
import { JournalController } from './journal.controller';
import { LiveController } from './live.controller';
import { TillsController } from './tills.controller';

/** Everything that is read. Needs `EventStore`, `ReadModelStore`, `LedgerWriter`, `Projector`, `Vault` and `Clock`. */
@Module({
  controllers: [
    CompaniesController,
    TillsController,
    DaysController,
    JournalController,
    AccountsController,
    AlertsController,
    EntriesController,
    LiveController,
  ],
  providers: [BookReader],
  exports: [BookReader],
})
export class ReportsModule {}
