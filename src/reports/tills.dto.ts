import { CentsByMethod, ChoiceOrNull, Count, Many, One, Text, TextOrNull } from './properties';

export class TillBalancesDto {
  @Text('Till, or `safe`', 'T1') readonly till!: string;
  @Text('What it is called', 'Caisse 1') readonly name!: string;
  @ChoiceOrNull('How its days are fed; null: the first sale or Z-ticket of a day decides', [
    'sales',
    'z-ticket',
  ])
  readonly feed!: string | null;
  @CentsByMethod('Live balance') readonly balances!: Record<string, number>;
  @TextOrNull('Last closed business day', '2026-03-13') readonly closedThrough!: string | null;
  @TextOrNull('Last business day with an entry', '2026-03-14') readonly lastDay!: string | null;
}

export class InTransitDto {
  @CentsByMethod('On its way to the bank') readonly toBank!: Record<string, number>;
  @CentsByMethod('Between tills and the safe') readonly betweenTills!: Record<string, number>;
}

export class TillsDto {
  @Many(() => TillBalancesDto, 'Tills, then the safe') readonly data!: TillBalancesDto[];
  @One(() => InTransitDto, 'What is in no till') readonly inTransit!: InTransitDto;
  @CentsByMethod('Tills, safe and in transit together') readonly total!: Record<string, number>;
  @Count('Ledger sequence that these balances are level with', 1042) readonly sequence!: number;
}
