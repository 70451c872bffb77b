/** Why a file that a setting names cannot be what it is named for. */
export type Unusable =
  | 'key-open-to-others'
  | 'key-out-of-reach'
  | 'no-signing-key'
  | 'not-our-events'
  | 'not-our-read-models'
  | 'newer-vault';

/**
 * A file stands where one of ours should be, and is left as it is: whoever set its name must choose. Waiting or trying
 * again changes nothing.
 */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';

  constructor(
    readonly why: Unusable,
    readonly file: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
