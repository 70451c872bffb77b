import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Cents, CentsOrNull, Count, Many, OptionalText, Text, TextOrNull } from './properties';

export class EntrySourceDto {
  @Text('POS or file that sent it', 'pos-42') readonly system!: string;
  @ApiPropertyOptional({ type: 'integer', description: 'Its own counter', example: 1017 })
  readonly sequence?: number;
}

export class EntryMoneyDto {
  @Text('Method', 'cash') readonly method!: string;
  @Cents('Positive came in, negative went out') readonly amount!: number;
}

/** An entry as a list shows it. */
export class EntryRowDto {
  @Text('Entry id', '0195f3a0-0000-7000-8000-000000000001') readonly id!: string;
  @Text('Type', 'sale') readonly type!: string;
  @TextOrNull('Till; null where it belongs to none', 'T1') readonly till!: string | null;
  @Text('Business day', '2026-03-14') readonly businessDate!: string;
  @Text('When it happened', '2026-03-14T08:14:00.000Z') readonly at!: string;
  @Text('When it was recorded', '2026-03-14T08:14:00.000Z') readonly recordedAt!: string;
  @Text('What it was, in French', 'Vente : Pain') readonly label!: string;
  @Many(() => EntryMoneyDto, 'What it moved') readonly amounts!: EntryMoneyDto[];
  @OptionalText('Reference', 'F-2026-17') readonly reference?: string;
  @ApiPropertyOptional({ type: EntrySourceDto }) readonly source?: EntrySourceDto;
  @OptionalText('The entry that it corrects', '0195f3a0-0000-7000-8000-000000000002')
  readonly corrects?: string;
  @Text('Who recorded it', 'u-7f3') readonly operator!: string;
  @Count('Sequence of its event on this till and day', 1042) readonly sequence!: number;
}

export class EntryPageDto {
  @Many(
    () => EntryRowDto,
    'By till, business day and the till’s own order; a movement between tills stands under both',
  )
  readonly data!: EntryRowDto[];
  @TextOrNull('Cursor of the next page; null on the last', null) readonly next!: string | null;
}

export class PostingDto {
  @Text('Internal account', 'till/T1/cash') readonly account!: string;
  @Cents('Signed; postings of an event add up to zero') readonly amount!: number;
}

export class EntryEventDto {
  @Count('Sequence in the ledger', 1042) readonly sequence!: number;
  @Text('Type of the event', 'SaleRecorded') readonly type!: string;
  @TextOrNull('Till', 'T1') readonly till!: string | null;
  @TextOrNull('Business day', '2026-03-14') readonly businessDate!: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Number in the till’s own sequence',
    example: 17,
  })
  readonly tillSequence!: number | null;
  @Text('When it was recorded', '2026-03-14T08:14:00.000Z') readonly recordedAt!: string;
  @Many(() => PostingDto, 'Where money went') readonly postings!: PostingDto[];
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'The facts' })
  readonly data!: Record<string, unknown>;
  @Text('Hash over the whole event', '9f2b…') readonly hash!: string;
  @Text('Hash of the event before it', '77aa…') readonly prevHash!: string;
}

export class EntryCommentDto {
  @Text('The comment', 'Le client a rappelé') readonly comment!: string;
  @Text('When', '2026-03-15T09:00:00.000Z') readonly at!: string;
  @Text('Who', 'u-7f3') readonly by!: string;
  @Count('Sequence in the ledger', 1060) readonly sequence!: number;
}

export class EntryLinksDto {
  @Text('Proof that the entry is in the ledger', '/v1/companies/…/proof/inclusion/…')
  readonly inclusion!: string;
  @Text('The signed head of the ledger', '/v1/companies/…/proof/checkpoint') readonly checkpoint!: string;
  @Text('Its events as they were hashed', '/v1/companies/…/exports/events?from=1042&to=1042')
  readonly events!: string;
}

export class EntryDto {
  @Text('Entry id', '0195f3a0-0000-7000-8000-000000000001') readonly id!: string;
  @Text('Type', 'sale') readonly type!: string;
  @TextOrNull('Till of its last event', 'T1') readonly till!: string | null;
  @TextOrNull('Business day of its last event', '2026-03-14') readonly businessDate!: string | null;
  @TextOrNull('When it happened, if it was said', '2026-03-14T08:14:00.000Z') readonly occurredAt!:
    string | null;
  @Text('When it was recorded', '2026-03-14T08:14:00.000Z') readonly recordedAt!: string;
  @Count('Sequence of its last event', 1042) readonly sequence!: number;
  @ApiProperty({ type: [Number], description: 'Sequences of all its events', example: [1042] })
  readonly sequences!: number[];
  @ApiProperty({ type: 'integer', nullable: true, example: 17 }) readonly tillSequence!: number | null;
  @Text('Hash of its last event', '9f2b…') readonly hash!: string;
  @Text('SHA-256 of the body as it was received', '1b7d…') readonly payloadHash!: string;
  @OptionalText('Reference', 'F-2026-17') readonly reference?: string;
  @OptionalText('Comment', 'Commande du samedi') readonly comment?: string;
  @ApiPropertyOptional({ type: EntrySourceDto }) readonly source?: EntrySourceDto;
  @OptionalText('The entry that it corrects', '0195f3a0-0000-7000-8000-000000000002')
  readonly corrects?: string;
  @OptionalText('Why it corrects', 'Payé par carte') readonly reason?: string;
  @TextOrNull('The entry that corrected it', null) readonly correctedBy!: string | null;
  @Many(() => EntryEventDto, 'Its events') readonly events!: EntryEventDto[];
  @Many(() => EntryCommentDto, 'What was remarked about it') readonly comments!: EntryCommentDto[];
  @CentsOrNull('Turnover including VAT that it counts; null when it is no document of turnover', 1250)
  readonly turnover!: number | null;
  @ApiProperty({ type: EntryLinksDto }) readonly links!: EntryLinksDto;
}
