export type Schema = Readonly<Record<string, unknown>>;

type Content = Readonly<
  Record<
    string,
    {
      readonly schema?: Schema;
      readonly example?: unknown;
      readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
    }
  >
>;

export type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema?: Schema;
};

/** An operation of the served document, with where it is. */
export type Operation = {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly security?: readonly unknown[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
};

export type Document = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase(),
    })),
  );
}

/** The examples of an operation's JSON body, by name. */
export function examplesOf({ requestBody }: Operation): Readonly<Record<string, unknown>> {
  const { example, examples = {} } = requestBody?.content['application/json'] ?? {};
  const named = Object.entries(examples).map(([name, { value }]) => [name, value] as const);
  return Object.fromEntries(example === undefined ? named : [['example', example], ...named]);
}

/** Some body that the operation understands; undefined for one that takes none. */
export function exampleOf(operation: Operation): unknown {
  if (operation.requestBody === undefined) return undefined;
  return Object.values(examplesOf(operation))[0] ?? {};
}
