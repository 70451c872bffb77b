/** An embedded store and its file. */
type SqliteAddress = { readonly engine: 'sqlite'; readonly path: string };

/** Where events are. A connection string may hold a password: it is never logged. */
export type EventStoreAddress =
  SqliteAddress | { readonly engine: 'eventstoredb'; readonly connectionString: string };

/** Where read models are, and beside MongoDB's the vault. A URI may hold a password: it is never logged. */
export type ReadStoreAddress = SqliteAddress | { readonly engine: 'mongodb'; readonly uri: string };
