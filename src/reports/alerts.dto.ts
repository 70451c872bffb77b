import { ALERT_CODES } from '../ledger/alert/events';
import { CentsOrNull, Choice, Count, Many, Text, TextOrNull } from './properties';
import { ApiProperty } from '@nestjs/swagger';

class AlertFactsDto {
  @Choice('What held', ALERT_CODES) readonly code!: string;
  @Text('Till', 'T1') readonly till!: string;
  @TextOrNull('Business day that it is about; null for a live balance', '2026-03-14') readonly day!:
    string | null;
  @TextOrNull('Method or VAT rate that it is about', 'cash') readonly subject!: string | null;
  @CentsOrNull('The amount when it was raised', 50_100) readonly amount!: number | null;
  @CentsOrNull('The threshold', 50_000) readonly limit!: number | null;
}

export class AlertDto extends AlertFactsDto {
  @Choice('Whether the condition began or ceased to hold', ['raised', 'cleared']) readonly change!:
    'raised' | 'cleared';
  @Text('When', '2026-03-14T17:00:00.000Z') readonly at!: string;
  @Count('Sequence of the event in the ledger', 1043) readonly sequence!: number;
}

/** An alert of a day as it stands now. */
export class AlertStateDto extends AlertFactsDto {
  @ApiProperty({ description: 'Whether it still holds', example: true }) readonly open!: boolean;
  @Text('When it was raised', '2026-03-14T17:00:00.000Z') readonly raisedAt!: string;
  @Count('Sequence of the event that raised it', 1043) readonly raisedSequence!: number;
  @TextOrNull('When it was cleared', null) readonly clearedAt!: string | null;
}

export class AlertPageDto {
  @Many(() => AlertDto, 'With `open=true` those that hold, oldest first; else the history, newest first')
  readonly data!: AlertDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
}
