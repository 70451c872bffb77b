import { ApiProperty } from '@nestjs/swagger';
import type { Plain } from '../platform/http/plain';

export class CompanyRowDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'Boulangerie Ève' })
  readonly name!: string;

  @ApiProperty({ example: '552100554' })
  readonly siren!: string;

  @ApiProperty({ description: 'Today’s business day', example: '2026-03-14' })
  readonly businessDate!: string;

  @ApiProperty({ type: [String], description: 'Days that should have entries and have none' })
  readonly missingDays!: string[];

  @ApiProperty({ type: [String], description: 'Days with an alert that holds' })
  readonly daysToCheck!: string[];

  @ApiProperty({ type: [String], description: 'Days with entries that are not closed' })
  readonly openDays!: string[];

  @ApiProperty({ example: 0 })
  readonly openAlerts!: number;

  @ApiProperty({ description: 'Sequence of the ledger’s last event', example: 303 })
  readonly head!: number;
}

export const COMPANY_ROW_EXAMPLE: Plain<CompanyRowDto> = {
  id: '0195f3a0-0000-7000-8000-00000000000a',
  name: 'Boulangerie Ève',
  siren: '552100554',
  businessDate: '2026-03-14',
  missingDays: ['2026-03-12'],
  daysToCheck: [],
  openDays: ['2026-03-14'],
  openAlerts: 1,
  head: 303,
};

export class CompanyPageDto {
  @ApiProperty({ type: [CompanyRowDto] })
  readonly data!: CompanyRowDto[];

  @ApiProperty({ type: String, nullable: true })
  readonly next!: string | null;
}
