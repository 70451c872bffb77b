import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { KINDS } from '../../projections/figures';
import { AlertStateDto } from './alerts.dto';
import { DAY_STATUSES } from './day-status';
import { FiguresDto, SynthesisDto, VIEWS } from './figures.dto';
import { Cents, CentsOrNull, Choice, Count, Many, One, OptionalText, Text, TextOrNull } from './properties';

export class MovementRowDto {
  @Choice('Why money moved', KINDS) readonly kind!: string;
  @Text('Method; credit and vouchers too, though they move no till', 'cash') readonly method!: string;
  @Cents('Came in', 32_000) readonly in!: number;
  @Cents('Went out', 0) readonly out!: number;
}

export class ExpenseRowDto {
  @Text('Expense category', 'supplies') readonly category!: string;
  @Count('VAT rate in basis points', 2000) readonly vatRate!: number;
  @Cents('Including VAT', 1200) readonly gross!: number;
  @Cents('Without VAT', 1000) readonly net!: number;
  @Cents('Deductible VAT', 200) readonly vat!: number;
}

export class VentilationDto {
  @Cents('Payments − turnover − overpayments that nobody has explained yet', 0) readonly gap!: number;
  @Cents('Overpayments kept (+) and borne (−)', 0) readonly overpayment!: number;
}

export class DifferencesDto {
  @CentsOrNull('Counted − theoretical, all counted methods; null when nothing was counted', -50)
  readonly count!: number | null;
  @Cents('Found by opening counts (overnight)', 0) readonly opening!: number;
  @Cents('Moved to `difference/ventilation` by the closure', 0) readonly ventilation!: number;
  @Cents('Given back because a count had shown it already', 0) readonly correction!: number;
}

export class CountedMethodDto {
  @Text('Method', 'cash') readonly method!: string;
  @Cents('What was there', 16_950) readonly amount!: number;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Notes and coins by their value in cents',
    example: { '500': 2 },
  })
  readonly denominations?: Record<string, number>;
  @ApiPropertyOptional({ type: 'integer', description: 'Of an opening count: what was expected (cents)' })
  readonly expected?: number;
  @ApiPropertyOptional({ type: 'integer', description: 'Of an opening count: counted − expected (cents)' })
  readonly difference?: number;
}

class NoteDto {
  @Count('Sequence of the event in the ledger', 1040) readonly sequence!: number;
  @Text('When', '2026-03-14T17:00:00.000Z') readonly at!: string;
  @Text('Who', 'u-7f3') readonly by!: string;
  @TextOrNull('Entry', '0195f3a0-0000-7000-8000-000000000001') readonly entry!: string | null;
}

export class CountNoteDto extends NoteDto {
  @Choice('Which count', ['closing', 'opening']) readonly moment!: 'closing' | 'opening';
  @Many(() => CountedMethodDto, 'What was counted') readonly counts!: CountedMethodDto[];
}

export class ZDifferenceDto {
  @Choice('What differs', ['category', 'method', 'vat', 'sales-count']) readonly of!: string;
  @OptionalText('`category/rate`, method or rate', 'pain/550') readonly key?: string;
  @Count('What the Z states', 50_985) readonly stated!: number;
  @Count('What was recorded', 50_975) readonly recorded!: number;
}

export class VatGapDto {
  @Count('VAT rate in basis points', 550) readonly vatRate!: number;
  @Cents('VAT that the Z states', 2414) readonly stated!: number;
  @Cents('VAT computed from its gross', 2410) readonly computed!: number;
}

export class ZNoteDto extends NoteDto {
  @Text('The POS’s own number', '1042') readonly number!: string;
  @ApiProperty({ description: 'A control of sales recorded one by one: counts nothing', example: false })
  readonly control!: boolean;
  @Count('Sales that it states', 89) readonly salesCount!: number;
  @Cents('What it leaves unexplained', 0) readonly gap!: number;
  @Many(() => VatGapDto, 'Rates whose stated VAT is off') readonly vatGaps!: VatGapDto[];
  @Many(() => ZDifferenceDto, 'Of a control: against what was recorded')
  readonly differences!: ZDifferenceDto[];
}

export class CommentNoteDto extends NoteDto {
  @Choice('What it is about', ['difference', 'ventilation', 'entry']) readonly about!: string;
  @Text('The comment', 'Rendu de monnaie oublié') readonly comment!: string;
}

export class RestatementDto extends NoteDto {
  @Text('The movement', 'SaleRecorded') readonly movement!: string;
  @ApiProperty({ description: 'Takes the original back; else it replaces it', example: true })
  readonly reversal!: boolean;
  @TextOrNull('Business day on which it was recorded', '2026-03-15') readonly recordedOn!: string | null;
  @TextOrNull('The entry that it corrects', null) readonly corrects!: string | null;
  @Text('Why', 'Payé par carte, pas en espèces') readonly reason!: string;
}

export class SealedNumbersDto {
  @Count('First order number', 120) readonly first!: number;
  @Count('Last order number', 214) readonly last!: number;
}

export class ClosureOfDayDto {
  @Count('Sequence of the closure in the ledger', 1044) readonly sequence!: number;
  @Text('When', '2026-03-14T17:05:00.000Z') readonly at!: string;
  @Text('Who', 'u-7f3') readonly by!: string;
  @Text('Hash of the event', '9f2b…') readonly hash!: string;
  @One(() => SealedNumbersDto, 'The day’s lines in the journal; `first` = `last` + 1 when there is none')
  readonly journal!: SealedNumbersDto;
  @TextOrNull('Its comment', null) readonly comment!: string | null;
}

export class DaySheetDto extends SynthesisDto {
  @Text('Till, or `safe`', 'T1') readonly till!: string;
  @Text('What the till is called', 'Caisse 1') readonly name!: string;
  @Text('Business day', '2026-03-14') readonly date!: string;
  @Choice('State of the day', DAY_STATUSES) readonly status!: string;
  @Many(() => MovementRowDto, 'Each kind of movement by method') readonly movements!: MovementRowDto[];
  @Many(() => ExpenseRowDto, 'Expenses by category and rate') readonly expenses!: ExpenseRowDto[];
  @One(() => VentilationDto, 'Turnover against means of payment') readonly ventilation!: VentilationDto;
  @One(() => DifferencesDto, 'Differences by their cause') readonly differences!: DifferencesDto;
  @Cents('Multi-purpose vouchers sold less those paid back: a liability', 0) readonly vouchersSold!: number;
  @Many(() => ZNoteDto, 'Z-tickets') readonly zTickets!: ZNoteDto[];
  @Many(() => CountNoteDto, 'Counts in order') readonly counts!: CountNoteDto[];
  @Many(() => CommentNoteDto, 'Comments and the closure’s own') readonly comments!: CommentNoteDto[];
  @Many(() => RestatementDto, 'Corrections that restate this day') readonly restatements!: RestatementDto[];
  @Many(() => AlertStateDto, 'Alerts about this day') readonly alerts!: AlertStateDto[];
  @ApiProperty({ type: ClosureOfDayDto, nullable: true, description: 'Null while it is open' })
  readonly closure!: ClosureOfDayDto | null;
}

export class DayRowDto {
  @Text('Business day', '2026-03-14') readonly date!: string;
  @Text('Till, or `safe`', 'T1') readonly till!: string;
  @Choice('State of the day', DAY_STATUSES) readonly status!: string;
  @Cents('Turnover including VAT', 50_985) readonly turnover!: number;
  @Count('Number of sales', 89) readonly salesCount!: number;
  @CentsOrNull('Counted − theoretical of cash; null when it was not counted', -50)
  readonly cashDifference!: number | null;
}

export class DayPageDto {
  @Choice('Which view of corrections the figures show', VIEWS) readonly view!: string;
  @Many(() => DayRowDto, 'A row per day and till') readonly data!: DayRowDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
}

export class TillDayStatusDto {
  @Text('Till, or `safe`', 'T1') readonly till!: string;
  @Choice('State of the day', DAY_STATUSES) readonly status!: string;
}

export class DaySynthesisDto extends SynthesisDto {
  @Text('Business day', '2026-03-14') readonly date!: string;
  @Choice('State of the day over all tills', DAY_STATUSES) readonly status!: string;
  @Many(() => TillDayStatusDto, 'State of each till') readonly tills!: TillDayStatusDto[];
  @One(() => VentilationDto, 'Turnover against means of payment') readonly ventilation!: VentilationDto;
}

export class MonthRowDto extends FiguresDto {
  @Text('Business day', '2026-03-14') readonly date!: string;
  @Choice('State of the day over all tills', DAY_STATUSES) readonly status!: string;
}

export class MonthSynthesisDto extends SynthesisDto {
  @Text('Month', '2026-03') readonly month!: string;
  @TextOrNull('Till that it is limited to; null is the company', null) readonly till!: string | null;
  @Many(() => MonthRowDto, 'A row per day') readonly days!: MonthRowDto[];
}
