/** Why a command cannot do what it was asked; the code decides how it ends, the message says what to do. */
export type CliErrorCode =
  | 'path-not-found'
  | 'unknown-company'
  | 'unknown-projection'
  | 'engine-has-own-backup'
  | 'not-a-backup'
  | 'other-history'
  | 'other-checkpoints'
  | 'unsigned-tail'
  | 'checkpoint-not-kept'
  | 'source-damaged'
  | 'already-a-backup'
  | 'backup-changed'
  | 'backup-altered'
  | 'behind-witness'
  | 'service-running'
  | 'wrong-data-folder';

/** 0 fine, 1 something was found, 2 wrong usage, 3 not possible now. */
export const EXIT = { ok: 0, found: 1, usage: 2, unavailable: 3 } as const;

/** What each one is: a finding, a wrong usage, or something that can be tried again. */
export const EXIT_CODES: Readonly<Record<CliErrorCode, number>> = {
  'path-not-found': EXIT.usage,
  'unknown-company': EXIT.usage,
  'unknown-projection': EXIT.usage,
  'engine-has-own-backup': EXIT.usage,
  'not-a-backup': EXIT.usage,
  'other-history': EXIT.found,
  'other-checkpoints': EXIT.found,
  'source-damaged': EXIT.found,
  'unsigned-tail': EXIT.unavailable,
  'checkpoint-not-kept': EXIT.unavailable,
  'already-a-backup': EXIT.usage,
  'backup-changed': EXIT.found,
  'backup-altered': EXIT.found,
  'behind-witness': EXIT.found,
  'service-running': EXIT.unavailable,
  'wrong-data-folder': EXIT.usage,
};

export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly code: CliErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}
