import { ApiProperty } from '@nestjs/swagger';
import { SealedNumbersDto } from './day-sheet.dto';
import { Cents, CentsOrNull, Count, Many, One, Text, TextOrNull } from './properties';

export class ClosedMethodDto {
  @Text('Method', 'cash') readonly method!: string;
  @Cents('Opening', 15_000) readonly opening!: number;
  @Cents('Came in', 32_000) readonly in!: number;
  @Cents('Went out', 30_000) readonly out!: number;
  @Cents('Opening + in − out', 17_000) readonly theoretical!: number;
  @CentsOrNull('Counted; null for a method that is not counted', 16_950) readonly counted!: number | null;
  @Cents('Counted − theoretical', -50) readonly difference!: number;
}

export class ClosedTurnoverDto {
  @Cents('Including VAT', 50_985) readonly gross!: number;
  @Cents('Without VAT', 48_245) readonly net!: number;
  @Cents('VAT', 2740) readonly vat!: number;
}

export class RealAndAbsoluteDto {
  @Count('VAT rate in basis points', 550) readonly vatRate!: number;
  @Cents('Sales less refunds', 46_310) readonly real!: number;
  @Cents('Sales plus refunds', 46_310) readonly absolute!: number;
}

export class ClosedCategoryDto {
  @Text('Category', 'pain') readonly category!: string;
  @Count('VAT rate in basis points', 550) readonly vatRate!: number;
  @Cents('Turnover including VAT', 46_310) readonly gross!: number;
}

export class ClosureDto {
  @Text('Business day', '2026-03-14') readonly date!: string;
  @Text('Till, or `safe`', 'T1') readonly till!: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Number of the closure', example: 12 })
  readonly number!: number | null;
  @Text('When', '2026-03-14T17:05:00.000Z') readonly at!: string;
  @Text('Who', 'u-7f3') readonly by!: string;
  @Many(() => ClosedMethodDto, 'Each method that had a balance or moved')
  readonly methods!: ClosedMethodDto[];
  @One(() => ClosedTurnoverDto, 'Turnover of the day') readonly turnover!: ClosedTurnoverDto;
  @Many(() => ClosedCategoryDto, 'Turnover by category and rate') readonly byCategory!: ClosedCategoryDto[];
  @Count('Number of sales', 89) readonly salesCount!: number;
  @Count('Number of customers', 0) readonly customersCount!: number;
  @Many(() => RealAndAbsoluteDto, 'Totals of the day per rate') readonly period!: RealAndAbsoluteDto[];
  @Many(() => RealAndAbsoluteDto, 'Totals since the till’s first use per rate')
  readonly perpetual!: RealAndAbsoluteDto[];
  @Cents('Moved to `difference/ventilation`', 0) readonly gap!: number;
  @ApiProperty({ type: [String], description: 'Numbers of the day’s Z-tickets', example: ['1042'] })
  readonly zNumbers!: string[];
  @One(() => SealedNumbersDto, 'Order numbers of the day’s journal lines')
  readonly journal!: SealedNumbersDto;
  @Text('SHA-256 over the ledger’s balances before it', '4d1c…') readonly balancesHash!: string;
  @TextOrNull('Its comment', null) readonly comment!: string | null;
  @TextOrNull('Entry', '0195f3a0-0000-7000-8000-000000000004') readonly entry!: string | null;
  @Count('Sequence of the event in the ledger', 1044) readonly sequence!: number;
  @Text('Hash of the event', '9f2b…') readonly hash!: string;
}

export class ClosurePageDto {
  @Many(() => ClosureDto, 'By business day, then till') readonly data!: ClosureDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
}
