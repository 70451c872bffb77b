import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { BatchRecorder } from './batch-recorder';
import { EntryReader } from './entry-reader';
import { NdjsonRecorder } from './ndjson-recorder';
import { RecordingController } from './recording.controller';
import { RecordBatchHandler, RecordEntriesHandler } from './recording.handlers';

@Module({
  imports: [CqrsModule],
  controllers: [RecordingController],
  providers: [BatchRecorder, EntryReader, NdjsonRecorder, RecordEntriesHandler, RecordBatchHandler],
})
export class RecordingModule {}
