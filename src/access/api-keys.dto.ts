import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsDefined,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { CODE_PATTERN } from '../kernel/text';
import { IsInstant, IsText } from '../platform/http/dto.decorators';
import type { Plain } from '../platform/http/plain';
import { COMPANY_ROLES, type CompanyRole } from '../ports/vault';

export class ApiKeyRequestDto {
  @ApiProperty({ example: 'Caisse 1', maxLength: 100 })
  @IsDefined()
  @IsString()
  @IsText()
  @MinLength(1)
  @MaxLength(100)
  readonly name!: string;

  @ApiProperty({ enum: COMPANY_ROLES, example: 'connector', description: 'Nobody gives more than he has' })
  @IsDefined()
  @IsIn(COMPANY_ROLES)
  readonly role!: CompanyRole;

  @ApiPropertyOptional({
    type: [String],
    example: ['T1'],
    description: 'The tills that it may record on; all without it',
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @Matches(CODE_PATTERN, { each: true })
  readonly tills?: string[];

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'An inspector’s key ends after 30 days unless said otherwise',
  })
  @IsOptional()
  @IsInstant()
  readonly expiresAt?: string;
}

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'Caisse 1' })
  readonly name!: string;

  @ApiProperty({ enum: COMPANY_ROLES })
  readonly role!: CompanyRole;

  @ApiProperty({ type: [String], nullable: true })
  readonly tills!: readonly string[] | null;

  @ApiProperty({ format: 'uuid', description: 'The user who made it' })
  readonly createdBy!: string;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly expiresAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'To within five minutes' })
  readonly lastUsedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly revokedAt!: string | null;
}

export class NewApiKeyDto extends ApiKeyDto {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'caisse_pT0x…',
    description: 'Shown once; null when the request is repeated',
  })
  readonly key!: string | null;
}

export const API_KEY_EXAMPLE: Plain<ApiKeyDto> = {
  id: '0195f3a0-0000-7000-8000-00000000000d',
  name: 'Caisse 1',
  role: 'connector',
  tills: ['T1'],
  createdBy: '0195f3a0-0000-7000-8000-000000000001',
  createdAt: '2026-03-14T07:38:01.204Z',
  expiresAt: null,
  lastUsedAt: '2026-03-14T18:30:00.000Z',
  revokedAt: null,
};

export class ApiKeysDto {
  @ApiProperty({ type: [ApiKeyDto] })
  readonly data!: readonly ApiKeyDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Always null: all are listed' })
  readonly next!: string | null;
}
