import { Cents, CentsOrNull, Choice, Count, Many, One, OptionalText, Text, TextOrNull } from './properties';

export const VIEWS = ['corrected', 'recorded'] as const;

export class CategoryTurnoverDto {
  @Text('Category code', 'pain') readonly category!: string;
  @OptionalText('Label of the category on that day', 'Pain') readonly label?: string;
  @Count('VAT rate in basis points: 550 is 5.5 %', 550) readonly vatRate!: number;
  @Cents('Turnover including VAT: sales less refunds', 46_310) readonly gross!: number;
  @Cents('Turnover without VAT', 43_896) readonly net!: number;
  @Cents('VAT', 2414) readonly vat!: number;
  @Cents('Sales, refunds not deducted', 46_310) readonly sales!: number;
  @Cents('Refunds, as a positive amount', 0) readonly refunds!: number;
}

export class RateTurnoverDto {
  @Count('VAT rate in basis points', 550) readonly vatRate!: number;
  @Cents('Turnover including VAT', 46_310) readonly gross!: number;
  @Cents('Turnover without VAT', 43_896) readonly net!: number;
  @Cents('VAT', 2414) readonly vat!: number;
  @Cents('Sales less refunds (law.md C3)', 46_310) readonly real!: number;
  @Cents('Sales plus refunds (law.md C3)', 46_310) readonly absolute!: number;
}

export class MethodTurnoverDto {
  @Text('Method code; `-` for what a Z-ticket leaves unexplained', 'cash') readonly method!: string;
  @OptionalText('Label of the method', 'Espèces') readonly label?: string;
  @Cents('Turnover paid by it', 32_000) readonly gross!: number;
}

export class TurnoverDto {
  @Cents('Turnover including VAT', 50_985) readonly gross!: number;
  @Cents('Turnover without VAT', 48_245) readonly net!: number;
  @Cents('VAT', 2740) readonly vat!: number;
  @Many(() => CategoryTurnoverDto, 'By category and rate, in the order of the shop’s own Z')
  readonly byCategory!: CategoryTurnoverDto[];
  @Many(() => RateTurnoverDto, 'By VAT rate') readonly byVatRate!: RateTurnoverDto[];
  @Many(() => MethodTurnoverDto, 'By means of payment; the same total as by category')
  readonly byMethod!: MethodTurnoverDto[];
}

/** How money of one method (or of all cash) went over a day or a month. */
export class BalanceDto {
  @Cents(
    'At the beginning: what was last counted, or the theoretical balance carried; at first the float of the till',
    15_000,
  )
  readonly opening!: number;
  @Cents('What came in; in syntheses also the float of a till that is added, on its first day', 32_000)
  readonly in!: number;
  @Cents('What went out', 30_000) readonly out!: number;
  @Cents('Opening + in − out', 17_000) readonly theoretical!: number;
  @CentsOrNull('Last closing count; null when nothing was counted', 16_950) readonly counted!: number | null;
  @CentsOrNull('Counted − theoretical; null when nothing was counted', -50) readonly difference!:
    number | null;
  @Cents('What the next day opens with', 16_950) readonly closing!: number;
}

export class MethodBalanceDto extends BalanceDto {
  @Text('Method code', 'cash') readonly method!: string;
  @OptionalText('Label of the method', 'Espèces') readonly label?: string;
  @TextOrNull('Kind of the method; null when it is no longer in the settings', 'cash')
  readonly kind!: string | null;
}

/** The figures that every synthesis has. */
export class FiguresDto {
  @One(() => TurnoverDto, 'Turnover') readonly turnover!: TurnoverDto;
  @Count('Number of sales', 89) readonly salesCount!: number;
  @Count('Number of customers, where it was entered', 0) readonly customersCount!: number;
  @CentsOrNull('Turnover ÷ number of sales, rounded; null without a sale', 573)
  readonly averageBasket!: number | null;
  @One(() => BalanceDto, 'All methods of kind cash') readonly cash!: BalanceDto;
  @Many(() => MethodBalanceDto, 'Each method that has a balance or moved')
  readonly methods!: MethodBalanceDto[];
}

export class SynthesisDto extends FiguresDto {
  @Choice('Which view of corrections the figures show', VIEWS) readonly view!: 'corrected' | 'recorded';
}
