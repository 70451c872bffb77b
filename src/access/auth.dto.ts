import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsDefined, IsString, MaxLength, MinLength } from 'class-validator';
import { IsText } from '../platform/http/dto.decorators';
import type { Plain } from '../platform/http/plain';
import type { User } from '../ports/vault';
import { ACCESS_ROLES, type AccessRole } from './permissions';
import { LONGEST_PASSWORD } from './passwords';

export class LoginDto {
  @ApiProperty({ example: 'cabinet@example.org', maxLength: 254 })
  @IsDefined()
  @IsString()
  @IsText()
  @MinLength(1)
  @MaxLength(254)
  readonly email!: string;

  @ApiProperty({ example: 'une phrase de passe', minLength: 1, maxLength: LONGEST_PASSWORD })
  @IsDefined()
  @IsString()
  @IsText()
  @MinLength(1)
  @MaxLength(LONGEST_PASSWORD)
  readonly password!: string;
}

export class UserDto {
  @ApiProperty({ format: 'uuid', example: '01936b2e-7c4a-7000-8000-000000000001' })
  readonly id!: string;

  @ApiProperty({ example: 'cabinet@example.org' })
  readonly email!: string;

  @ApiProperty({ example: 'Claire Martin' })
  readonly name!: string;

  @ApiProperty({ description: 'Administrator of the firm: of every company of the installation' })
  readonly firmAdmin!: boolean;
}

export class SignedInDto {
  @ApiProperty({ description: 'Opaque; goes into `Authorization: Bearer`', example: 'pT0x…' })
  readonly token!: string;

  @ApiProperty({
    format: 'date-time',
    example: '2026-03-14T21:00:00.000Z',
    description: 'Moves on while it is used',
  })
  readonly expiresAt!: string;

  @ApiProperty({ type: UserDto })
  readonly user!: UserDto;
}

export class CompanyRoleDto {
  @ApiProperty({ format: 'uuid', description: 'The company' })
  readonly id!: string;

  @ApiProperty({ enum: ACCESS_ROLES })
  readonly role!: AccessRole;
}

export class ApiKeyIdentityDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: [String], nullable: true, description: 'The tills that it serves; null is all' })
  readonly tills!: readonly string[] | null;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  readonly expiresAt!: string | null;
}

export class MeDto {
  @ApiProperty({ type: UserDto, nullable: true, description: 'Null for an API key' })
  readonly user!: UserDto | null;

  @ApiPropertyOptional({ type: ApiKeyIdentityDto, nullable: true, description: 'Null for a session' })
  readonly apiKey!: ApiKeyIdentityDto | null;

  @ApiProperty({
    type: [CompanyRoleDto],
    description: 'The role in each company, at most 500; `more` says if there are others',
  })
  readonly companies!: readonly CompanyRoleDto[];

  @ApiProperty()
  readonly more!: boolean;
}

export const ME_EXAMPLE: Plain<MeDto> = {
  user: {
    id: '0195f3a0-0000-7000-8000-000000000001',
    email: 'eve@example.org',
    name: 'Ève Laurent',
    firmAdmin: false,
  },
  apiKey: null,
  companies: [{ id: '0195f3a0-0000-7000-8000-00000000000a', role: 'admin' }],
  more: false,
};

/** What people may see of a user. */
export function userDto({ id, email, name, firmAdmin }: User): Plain<UserDto> {
  return { id, email, name, firmAdmin };
}
