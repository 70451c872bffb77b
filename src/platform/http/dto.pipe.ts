import { Injectable, type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';
import { type InputError, Problem } from './problem';
import { pointerTo } from './zod-problem';

/**
 * Checks bodies that are DTO classes: unknown fields are refused, nothing is converted. A body typed `unknown`
 * passes as it is, for the routes with a compiled schema.
 */
@Injectable()
export class DtoPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      transformOptions: { enableImplicitConversion: false },
      validationError: { target: false, value: true },
      exceptionFactory: (errors) => Problem.invalidInput(errors.flatMap((error) => inputErrorsOf(error, []))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Parameters of paths and queries are parsed by those who read them.
    if (metadata.type !== 'body' || !isDto(metadata.metatype)) return value;
    if (value === undefined) throw new Problem('body-required');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw Problem.invalidInput([{ pointer: '', code: 'wrong-type', message: 'Il faut un objet.' }]);
    }
    return (await super.transform(value, metadata)) as unknown;
  }
}

const PLAIN_TYPES: readonly unknown[] = [undefined, Object, String, Number, Boolean, Array];

function isDto(metatype: unknown): boolean {
  return !PLAIN_TYPES.includes(metatype);
}

function inputErrorsOf(error: ValidationError, above: readonly string[]): InputError[] {
  const path = [...above, error.property];
  const nested = (error.children ?? []).flatMap((child) => inputErrorsOf(child, path));
  const constraint = worstOf(Object.keys(error.constraints ?? {}), error.value);
  if (constraint === undefined) return nested;
  const { code, message } = VERDICTS[constraint] ?? {
    code: 'bad-format',
    message: "Cette valeur n'a pas la forme attendue.",
  };
  return [{ pointer: pointerTo(path), code, message }, ...nested];
}

/** A value can fail several checks at once; the first of these is what its sender must know. */
function worstOf(constraints: readonly string[], value: unknown): string | undefined {
  if (constraints.length === 0) return undefined;
  if (constraints.includes('whitelistValidation')) return 'whitelistValidation';
  if (value === undefined || value === null) return 'isDefined';
  return Object.keys(VERDICTS).find((name) => constraints.includes(name)) ?? constraints[0];
}

const VERDICTS: Readonly<Record<string, { readonly code: string; readonly message: string }>> = {
  whitelistValidation: { code: 'unknown-field', message: "Ce champ n'existe pas ici : retirez-le." },
  isDefined: { code: 'required', message: 'Ce champ est nécessaire.' },
  isString: { code: 'wrong-type', message: 'Il faut un texte.' },
  isArray: { code: 'wrong-type', message: 'Il faut une liste.' },
  minLength: { code: 'too-short', message: 'Ce texte est trop court.' },
  maxLength: { code: 'too-long', message: 'Ce texte est trop long.' },
  arrayMinSize: { code: 'too-short', message: 'Cette liste est trop courte.' },
  arrayMaxSize: { code: 'too-long', message: 'Cette liste est trop longue.' },
  isEmail: { code: 'not-an-email', message: 'Il faut une adresse e-mail.' },
  isIn: { code: 'unknown-value', message: 'Cette valeur est inconnue.' },
  isText: { code: 'text-not-well-formed', message: 'Ce texte contient un caractère impossible.' },
  isInstant: {
    code: 'not-an-instant',
    message: 'Il faut un instant RFC 3339, par exemple 2026-03-14T18:30:00+01:00.',
  },
  matches: { code: 'bad-format', message: "Cette valeur n'a pas la forme attendue." },
};
