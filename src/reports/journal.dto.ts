import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Cents, CentsOrNull, Count, Many, Text, TextOrNull } from './properties';

export class JournalDocumentDto {
  @Text('Type of document', 'sale') readonly type!: string;
  @Count('Its number, without a gap per till and type', 17) readonly number!: number;
}

export class JournalVatDto {
  @Count('VAT rate in basis points', 550) readonly vatRate!: number;
  @Cents('Net of the document at this rate', 1185) readonly net!: number;
  @Cents('VAT of the document at this rate', 65) readonly vat!: number;
}

export class JournalLineDto {
  @Count('Rank in the till’s journal: final once its day is sealed', 42) readonly number!: number;
  @ApiProperty({ description: 'Whether the number may still change', example: false })
  readonly provisional!: boolean;
  @Text('Till, or `safe`', 'T1') readonly till!: string;
  @Text('Business day', '2026-03-14') readonly date!: string;
  @Text('Calendar day in the company’s zone', '2026-03-14') readonly day!: string;
  @Text('Local time', '09:14:00') readonly time!: string;
  @Text('When it was recorded', '2026-03-14T08:14:00.000Z') readonly recordedAt!: string;
  @ApiProperty({ type: JournalDocumentDto, nullable: true }) readonly document!: JournalDocumentDto | null;
  @Text('What it was, in French', 'Vente : Pain') readonly label!: string;
  @TextOrNull('Method; null for a sale that was not paid at all', 'cash') readonly method!: string | null;
  @Cents('Came in') readonly in!: number;
  @Cents('Went out', 0) readonly out!: number;
  @CentsOrNull('Balance of the method in the till after this line; null for credit and vouchers', 16_250)
  readonly balance!: number | null;
  @Many(() => JournalVatDto, 'VAT of the whole document, on its first line') readonly vat!: JournalVatDto[];
  @Text('Who recorded it', 'u-7f3') readonly operator!: string;
  @TextOrNull('Entry that it belongs to', '0195f3a0-0000-7000-8000-000000000001')
  readonly entry!: string | null;
  @ApiPropertyOptional({ type: 'string', description: 'The entry that this one corrects' })
  readonly corrects?: string;
  @Count('Sequence of the event in the ledger', 1042) readonly sequence!: number;
  @Text('Hash of the event', '9f2b…') readonly hash!: string;
}

export class JournalPageDto {
  @Many(() => JournalLineDto, 'By till, business day and the till’s own order')
  readonly data!: JournalLineDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
}
