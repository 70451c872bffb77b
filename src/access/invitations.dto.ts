import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsDefined, IsEmail, IsIn, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { IsInstant, IsText } from '../platform/http/dto.decorators';
import type { Plain } from '../platform/http/plain';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from './passwords';
import { type AccessRole, INVITATIONS } from './permissions';

const INVITED_ROLES = INVITATIONS['firm-admin'];

export class InvitationRequestDto {
  @ApiProperty({ example: 'eve@example.org', maxLength: 254 })
  @IsDefined()
  @IsString()
  @IsText()
  @IsEmail()
  @MaxLength(254)
  readonly email!: string;

  @ApiProperty({
    enum: INVITED_ROLES,
    example: 'user',
    description: '`firm-admin` is of the whole installation; nobody gives more than he has',
  })
  @IsDefined()
  @IsIn(INVITED_ROLES)
  readonly role!: AccessRole;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When the access ends; an inspector’s after 30 days unless said otherwise',
  })
  @IsOptional()
  @IsInstant()
  readonly accessExpiresAt?: string;
}

export class InvitationDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Null for an administrator of the firm',
  })
  readonly company!: string | null;

  @ApiProperty({ enum: INVITED_ROLES })
  readonly role!: AccessRole;

  @ApiProperty({ type: String, nullable: true, description: 'Null when whoever accepts chooses it' })
  readonly email!: string | null;

  @ApiProperty({ format: 'date-time' })
  readonly expiresAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly accessExpiresAt!: string | null;
}

export const INVITATION_EXAMPLE: Plain<InvitationDto> = {
  company: '0195f3a0-0000-7000-8000-00000000000a',
  role: 'user',
  email: 'eve@example.org',
  expiresAt: '2026-03-21T07:38:01.204Z',
  accessExpiresAt: null,
};

export class NewInvitationDto extends InvitationDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Shown once; null when the request is repeated',
    example: 'pT0x…',
  })
  readonly token!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The single-use link to send; shown once',
    example: 'http://127.0.0.1:3000/#/invitation/pT0x…',
  })
  readonly link!: string | null;
}

export class AcceptanceDto {
  @ApiProperty({
    minLength: SHORTEST_PASSWORD,
    maxLength: LONGEST_PASSWORD,
    example: 'une phrase de passe',
    description: 'The one of the account, if there is one already',
  })
  @IsDefined()
  @IsString()
  @IsText()
  @MinLength(SHORTEST_PASSWORD)
  @MaxLength(LONGEST_PASSWORD)
  readonly password!: string;

  @ApiPropertyOptional({ maxLength: 100, example: 'Ève Laurent', description: 'Needed for a new account' })
  @IsOptional()
  @IsString()
  @IsText()
  @MinLength(1)
  @MaxLength(100)
  readonly name?: string;

  @ApiPropertyOptional({ maxLength: 254, description: 'Only where the invitation names none (first start)' })
  @IsOptional()
  @IsString()
  @IsText()
  @IsEmail()
  @MaxLength(254)
  readonly email?: string;
}
