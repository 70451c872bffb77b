import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { BatchRecorder } from './batch-recorder';
import { NdjsonRecorder } from './ndjson-recorder';
import { RecordingController } from './recording.controller';
import { RecordBatchHandler, RecordEntriesHandler } from './recording.handlers';

@Module({
  imports: [CqrsModule],
  controllers: [RecordingController],
  providers: [BatchRecorder, NdjsonRecorder, RecordEntriesHandler, RecordBatchHandler],
})
export class RecordingModule {}
