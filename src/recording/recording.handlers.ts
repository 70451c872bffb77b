import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { LedgerWriter, type Outcome } from '../platform/ledger-writer';
import { RecordBatch, RecordEntries } from './recording.commands';

@CommandHandler(RecordEntries)
export class RecordEntriesHandler implements ICommandHandler<RecordEntries, readonly Outcome[]> {
  constructor(private readonly writer: LedgerWriter) {}

  execute({ ledger, entries, actor }: RecordEntries): Promise<readonly Outcome[]> {
    return this.writer.record(ledger, entries, actor);
  }
}

@CommandHandler(RecordBatch)
export class RecordBatchHandler implements ICommandHandler<RecordBatch, readonly Outcome[]> {
  constructor(private readonly writer: LedgerWriter) {}

  execute({ ledger, entries, actor }: RecordBatch): Promise<readonly Outcome[]> {
    return this.writer.recordAtomically(ledger, entries, actor);
  }
}
