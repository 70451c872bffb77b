import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Documents an amount in integer cents. */
export function Cents(description: string, example = 1250): PropertyDecorator {
  return ApiProperty({ type: 'integer', description: `${description} (cents)`, example });
}

/** The same, or null where there is none. */
export function CentsOrNull(description: string, example: number | null = 1250): PropertyDecorator {
  return ApiProperty({ type: 'integer', nullable: true, description: `${description} (cents)`, example });
}

export function Count(description: string, example = 42): PropertyDecorator {
  return ApiProperty({ type: 'integer', description, example });
}

export function Text(description: string, example: string): PropertyDecorator {
  return ApiProperty({ type: 'string', description, example });
}

export function TextOrNull(description: string, example: string | null): PropertyDecorator {
  return ApiProperty({ type: 'string', nullable: true, description, example });
}

export function OptionalText(description: string, example: string): PropertyDecorator {
  return ApiPropertyOptional({ type: 'string', description, example });
}

export function Choice(
  description: string,
  values: readonly string[],
  example = values[0],
): PropertyDecorator {
  return ApiProperty({ enum: [...values], description, example });
}

/** The same, or null where there is none: an `enum` names each value, null too (OpenAPI 3.0.3). */
export function ChoiceOrNull(
  description: string,
  values: readonly string[],
  example: string | null = null,
): PropertyDecorator {
  return ApiProperty({ type: 'string', enum: [...values, null], nullable: true, description, example });
}

/** One object of a class, which may be declared later: Swagger calls a function if its name is `type`. */
export function One(classOf: () => new () => object, description: string): PropertyDecorator {
  return ApiProperty({ type: () => classOf(), description });
}

export function Many(classOf: () => new () => object, description: string): PropertyDecorator {
  return ApiProperty({ type: () => classOf(), isArray: true, description });
}

/** Amounts in cents by method code. */
export function CentsByMethod(description: string): PropertyDecorator {
  return ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: `${description}, per method (cents)`,
    example: { cash: 16_250, card: 4300 },
  });
}
