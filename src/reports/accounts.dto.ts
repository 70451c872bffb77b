import { ApiProperty } from '@nestjs/swagger';
import { Cents, CentsOrNull, Choice, ChoiceOrNull, Count, Many, One, Text, TextOrNull } from './properties';

export class CustomerBalanceDto {
  @Text('Customer id; `-` is the global account', '0195f3a0-0000-7000-8000-000000000001')
  readonly customer!: string;
  @TextOrNull('Name; null for the global account and after an erasure', 'Dupont') readonly name!:
    string | null;
  @Cents('What is owed; below zero after a refund', 4000) readonly balance!: number;
  @TextOrNull('Last business day that moved it', '2026-03-14') readonly lastDate!: string | null;
  @ApiProperty({ description: 'Whether the identity was erased', example: false }) readonly erased!: boolean;
}

export class CustomerPageDto {
  @Many(() => CustomerBalanceDto, 'By customer id') readonly data!: CustomerBalanceDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
  @Cents('Σ of all customers and the global account: the receivable', 8000) readonly total!: number;
  @TextOrNull('Day at whose end the balances are; null is now', null) readonly at!: string | null;
}

export class StatementLineDto {
  @Text('Business day', '2026-03-14') readonly date!: string;
  @Text('When', '2026-03-14T09:14:00.000Z') readonly at!: string;
  @Text('The movement', 'SaleRecorded') readonly type!: string;
  @Cents('What it adds (+) or takes (−)', 4000) readonly amount!: number;
  @Cents('Balance after it', 4000) readonly balance!: number;
  @TextOrNull('Till', 'T1') readonly till!: string | null;
  @TextOrNull('Entry', '0195f3a0-0000-7000-8000-000000000002') readonly entry!: string | null;
  @TextOrNull('Its reference', null) readonly reference!: string | null;
  @TextOrNull('The entry that it corrects', null) readonly corrects!: string | null;
  @Count('Sequence of the event in the ledger', 1042) readonly sequence!: number;
}

export class CustomerStatementDto extends CustomerBalanceDto {
  @TextOrNull('Day at whose end the balance is; null is now', null) readonly at!: string | null;
  @Cents('Balance before the first row of the range', 0) readonly opening!: number;
  @Many(() => StatementLineDto, 'By business day, then order of recording')
  readonly data!: StatementLineDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
}

export class VoucherBalanceDto {
  @Text('Voucher code; `-` are those that are not told apart', 'BON-001') readonly voucher!: string;
  @ChoiceOrNull(
    'Kind; null for those that are not told apart',
    ['multi-purpose', 'single-purpose'],
    'multi-purpose',
  )
  readonly kind!: string | null;
  @Cents('What is left on it', 2000) readonly outstanding!: number;
  @CentsOrNull('What it was sold for', 5000) readonly soldFor!: number | null;
  @TextOrNull('Business day of its sale', '2026-03-01') readonly soldOn!: string | null;
  @TextOrNull('Last day on which it pays', '2027-03-01') readonly expiresOn!: string | null;
  @TextOrNull('Category that a single-purpose voucher pays for', null) readonly category!: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Its VAT rate in basis points',
    example: null,
  })
  readonly vatRate!: number | null;
  @TextOrNull('Last business day that moved it', '2026-03-14') readonly lastDate!: string | null;
}

export class VoucherTotalDto {
  @Cents('Liability of multi-purpose vouchers', 20_000) readonly multiPurpose!: number;
  @Cents('Memo of single-purpose vouchers, off balance', 0) readonly singlePurpose!: number;
}

export class VoucherPageDto {
  @Many(() => VoucherBalanceDto, 'By code') readonly data!: VoucherBalanceDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
  @One(() => VoucherTotalDto, 'Σ of all vouchers') readonly total!: VoucherTotalDto;
  @TextOrNull('Day at whose end the balances are; null is now', null) readonly at!: string | null;
}

export class VoucherHistoryDto extends VoucherBalanceDto {
  @TextOrNull('Day at whose end the balance is; null is now', null) readonly at!: string | null;
  @Cents('Balance before the first row of the range', 0) readonly opening!: number;
  @Many(() => StatementLineDto, 'By business day, then order of recording')
  readonly data!: StatementLineDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
}

export class ChequeDto {
  @Text('Number', '0012345') readonly number!: string;
  @Text('Bank', 'Crédit agricole') readonly bank!: string;
  @Cents('Amount', 5000) readonly amount!: number;
}

export class ConfirmationDto {
  @Count('Sequence of the event in the ledger', 1050) readonly sequence!: number;
  @TextOrNull('Date', '2026-03-16') readonly date!: string | null;
  @Cents('What the bank credited', 29_800) readonly amount!: number;
  @Cents('Fees', 200) readonly fees!: number;
  @Cents('Missing for good', 0) readonly writtenOff!: number;
  @ApiProperty({ description: 'Nothing more was expected', example: false }) readonly final!: boolean;
  @ApiProperty({ description: 'Taken back by a correction', example: false }) readonly reversed!: boolean;
}

export const DEPOSIT_STATUSES = ['in-transit', 'partly-confirmed', 'confirmed', 'cancelled'] as const;

export class DepositDto {
  @Text('Deposit: the id of its entry', '0195f3a0-0000-7000-8000-000000000003') readonly deposit!: string;
  @TextOrNull('Till, or `safe`', 'T1') readonly till!: string | null;
  @TextOrNull('Business day', '2026-03-14') readonly date!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Number of the slip', example: 12 })
  readonly number!: number | null;
  @Text('Method', 'cash') readonly method!: string;
  @Cents('What left the till', 30_000) readonly amount!: number;
  @Text('Bank account', 'main') readonly bankAccount!: string;
  @Choice('State', DEPOSIT_STATUSES) readonly status!: string;
  @Cents('Still on its way', 0) readonly inTransit!: number;
  @Many(() => ChequeDto, 'Cheques on the slip') readonly cheques!: ChequeDto[];
  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: { type: 'integer' },
    description: 'Notes and coins by their value in cents',
    example: { '5000': 6 },
  })
  readonly denominations!: Record<string, number> | null;
  @Many(() => ConfirmationDto, 'What the bank did') readonly confirmations!: ConfirmationDto[];
  @Count('Sequence of the event in the ledger', 1042) readonly sequence!: number;
}

export class DepositPageDto {
  @Many(() => DepositDto, 'Newest first') readonly data!: DepositDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
  @Cents('On its way to the bank in all', 30_000) readonly inTransit!: number;
}
