import { ApiProperty } from '@nestjs/swagger';
import { Count, One, Text } from '../reports/properties';

export class CheckpointDto {
  @Text('Names the log', 'caisse/ledger/0195f3a0-0000-7000-8000-000000000001') readonly origin!: string;
  @Count('Events that it covers', 303) readonly size!: number;
  @Text('Merkle root (RFC 6962), 64 hex digits', '7d0a…') readonly root!: string;
  @Text('Hash of the ledger’s last event', '9f2b…') readonly hash!: string;
  @Text('Key that signs, in the form of C2SP signed-note', 'caisse+1a2b3c4d+AQ…')
  readonly verifierKey!: string;
  @Text('The signed note itself', 'caisse/ledger/…\n303\nfQo…\n\n— caisse …\n') readonly note!: string;
}

export class VerificationErrorDto {
  @Count('The event it is about; 0 when it is about none', 42) readonly sequence!: number;
  @Text('One of docs/reference/verification.md', 'hash-mismatch') readonly code!: string;
  @Text('What was expected instead, or what else helps to find it', '') readonly detail!: string;
}

export class VerifiedHeadDto {
  @Count('Sequence of the last event', 303) readonly sequence!: number;
  @Text('Its hash', '9f2b…') readonly hash!: string;
  @Text('Merkle root of all events', '7d0a…') readonly root!: string;
}

export class VerificationDto {
  @ApiProperty({ description: 'No error at all', example: true }) readonly intact!: boolean;
  @ApiProperty({ format: 'uuid', example: '0195f3a0-0000-7000-8000-000000000001' })
  readonly ledger!: string;
  @Count('Events read', 303) readonly events!: number;
  @ApiProperty({
    type: () => VerificationErrorDto,
    isArray: true,
    description: 'All errors, by sequence; at most 10,000 are listed',
    example: [],
  })
  readonly errors!: VerificationErrorDto[];
  @Count('Errors beyond those that are listed', 0) readonly moreErrors!: number;
  @ApiProperty({
    type: 'integer',
    isArray: true,
    description: 'Closures that do not fit, but depend on an event that is damaged or missing',
    example: [],
  })
  readonly unchecked!: number[];
  @One(() => VerifiedHeadDto, 'Where the ledger ends') readonly head!: VerifiedHeadDto;
  @Count('Signed checkpoints that were checked', 4) readonly checkpoints!: number;
  @Count('Closures', 3) readonly closures!: number;
  @Text(
    'Key that the ledger names in its first event: compare it with one that was written down elsewhere',
    'caisse+1a2b3c4d+AQ…',
  )
  readonly verifierKey!: string;
  @Text('When', '2026-03-14T07:38:01.204Z') readonly verifiedAt!: string;
  @Count('How long it took, in milliseconds', 41) readonly durationMs!: number;
}
