import { ValidateBy, type ValidationOptions } from 'class-validator';
import { readInstant } from '../../kernel/day';
import { isWellFormed } from '../../kernel/text';

/** Text that every store and every export can carry: no U+0000, no half of a surrogate pair. */
export function IsText(options?: ValidationOptions): PropertyDecorator {
  const validate = (value: unknown) =>
    typeof value === 'string' && !value.includes('\u0000') && isWellFormed(value);
  return ValidateBy({ name: 'isText', validator: { validate } }, options);
}

/** An RFC 3339 instant, with any offset. */
export function IsInstant(options?: ValidationOptions): PropertyDecorator {
  const validate = (value: unknown) => typeof value === 'string' && readInstant(value) !== null;
  return ValidateBy({ name: 'isInstant', validator: { validate } }, options);
}
