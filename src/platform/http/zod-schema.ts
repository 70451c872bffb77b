import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** A schema of the OpenAPI document; Swagger's package keeps its name for itself. */
export type SchemaObject = Exclude<Schemas[string], { $ref: string }>;

/** The OpenAPI schema of what a zod schema accepts: the documentation and the validator come from one definition. */
export function openApiSchema(schema: z.ZodType): SchemaObject {
  const { $schema: _version, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'openapi-3.0',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // In OpenAPI 3.0.3 an `enum` names each value, null too.
      if (jsonSchema.nullable === true && jsonSchema.enum && !jsonSchema.enum.includes(null))
        jsonSchema.enum = [...jsonSchema.enum, null];
    },
  });
  return json as SchemaObject;
}
