/** An embedded store and its file. */
type SqliteAddress = { readonly engine: 'sqlite'; readonly path: string };

/** Where events are. A connection string may hold a password: it is never logged. */
export type EventStoreAddress =
  SqliteAddress | { readonly engine: 'eventstoredb'; readonly connectionString: string };

/** Where read models are, and beside MongoDB's the vault. A URI may hold a password: it is never logged. */
export type ReadStoreAddress = SqliteAddress | { readonly engine: 'mongodb'; readonly uri: string };

/** Why the address of a server cannot be used as it is. */
export type WrongAddress =
  | 'scheme'
  | 'parameter'
  | 'certificates-unchecked'
  | 'unreadable'
  /** A server answers, and nobody has ever kept events of ours there: there is nothing to read. */
  | 'no-store'
  /** What is kept there was written by another version of the program, which stores it otherwise. */
  | 'other-read-models'
  | 'newer-vault';

/** Whoever set the address must write another: trying again changes nothing. The message never holds it. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';

  constructor(
    readonly why: WrongAddress,
    message: string,
  ) {
    super(message);
  }
}
