import type { z } from 'zod';
import type { EventDefinition } from '../../src/kernel/event';

type DraftOf<Type extends string, Data> = {
  readonly type: Type;
  readonly schemaVersion: number;
  readonly data: Data;
  readonly till?: string;
};

/** What a decision would answer for one definition: `draft(TillOpened, { till, data })`. */
export function draft<Type extends string, Data extends z.ZodType>(
  { type, schemaVersion }: EventDefinition<Type, Data>,
  fields: Omit<DraftOf<Type, z.infer<Data>>, 'type' | 'schemaVersion'>,
): DraftOf<Type, z.infer<Data>> {
  return { type, schemaVersion, ...fields };
}
