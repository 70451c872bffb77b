import { join } from 'node:path';
import { z } from 'zod';
import type { EventStoreAddress, ReadStoreAddress } from './ports/store-address';
import { type OwnFiles, sharedFiles } from './settings-apart';

/** What the service was told, checked once at start. `CONFIG` is its Nest token. */
export type Config = {
  readonly port: number;
  readonly host: string;
  readonly logLevel: LogLevel;
  /** JSON lines for machines rather than lines for a person. */
  readonly production: boolean;
  /** Folder of the stores, the vault and the signing key. */
  readonly data: string;
  readonly witness: string;
  /** The Ed25519 key that signs checkpoints: one of an installation, the same on each of its nodes. */
  readonly signingKey: string;
  readonly eventStore: EventStoreAddress;
  readonly readStore: ReadStoreAddress;
  readonly admin: { readonly email: string; readonly password: string } | null;
  /** Address under which people reach the service, without a trailing slash. */
  readonly publicUrl: string;
  /** Reverse proxies in front, whose `X-Forwarded-*` headers count. */
  readonly trustedProxies: number;
  /** Requests per minute and key; null is no limit. */
  readonly rateLimit: number | null;
  readonly sessionHours: number;
  /** How long somebody goes on whom the vault has confirmed, while it does not answer. */
  readonly accessGraceMinutes: number;
  readonly ledgerCacheMiB: number;
  readonly queuePerLedger: number;
  readonly queueTotal: number;
  readonly afterWaitMs: number;
  /** In how many parts the read models are folded; nodes share them. */
  readonly projectionPartitions: number;
};

export const CONFIG = Symbol('Config');

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A wrong environment. Each line of the message is a sentence that says what to set. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Variable = {
  readonly schema: z.ZodType;
  /** What to set, as the end of a French sentence: "indiquez …". */
  readonly expected: string;
  /** For docs/reference/configuration.md. */
  readonly fallback: string;
  readonly meaning: string;
};

/** An integer as an operator writes it; no sign, no fraction, no surprise such as `1e3`. */
function integer(least: number, most: number, fallback: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .default(fallback);
}

const path = z.string().refine((text) => !text.includes('\u0000'));

/** A server of an engine: its scheme, perhaps a name and a password, and at least one host. */
function server(schemes: readonly string[]) {
  const form = new RegExp(
    `^(?:${schemes.join('|').replaceAll('+', '[+]')})://(?:[^/?@\\s]+@)?[^/?@\\s]+(?:[/?]\\S*)?$`,
  );
  return z.string().regex(form);
}

/** `sqlite:` alone is the default file in the data folder. */
const sqliteSchema = path.pipe(z.string().startsWith('sqlite:')).transform((text) => ({
  engine: 'sqlite' as const,
  path: text.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''),
}));

const EMBEDDED = 'sqlite:';

const eventStoreSchema = z
  .string()
  .default(EMBEDDED)
  .pipe(
    z.union([
      sqliteSchema,
      server(['esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover']).transform((connectionString) => ({
        engine: 'eventstoredb' as const,
        connectionString,
      })),
    ]),
  );

const readStoreSchema = z
  .string()
  .default(EMBEDDED)
  .pipe(
    z.union([
      sqliteSchema,
      server(['mongodb', 'mongodb+srv']).transform((uri) => ({ engine: 'mongodb' as const, uri })),
    ]),
  );

const rateLimitSchema = z
  .union([z.literal('off').transform(() => null), integer(1, 10_000_000, 6000)])
  .default(6000);

const publicUrlSchema = z
  .string()
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  })
  .transform((text) => text.replace(/\/+$/, ''));

/** Every variable that the service reads, in the order of the reference page. */
const VARIABLES = {
  PORT: {
    schema: integer(0, 65_535, 3000),
    expected: 'un port de 0 à 65535, par exemple PORT=3000',
    fallback: '3000',
    meaning: 'TCP port; 0 takes any free one.',
  },
  HOST: {
    schema: z.string().min(1).max(255).default('127.0.0.1'),
    expected: 'une adresse, par exemple HOST=127.0.0.1',
    fallback: '127.0.0.1',
    meaning: 'Address to listen on; `0.0.0.0` behind a reverse proxy in a container.',
  },
  LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS).default('info'),
    expected: `l'un de ${LOG_LEVELS.join(', ')}`,
    fallback: 'info',
    meaning: `One of ${LOG_LEVELS.join(', ')}.`,
  },
  NODE_ENV: {
    schema: z.string().default('development'),
    expected: 'production ou development',
    fallback: 'development',
    meaning: '`production` writes the log as JSON lines.',
  },
  CAISSE_DATA: {
    schema: path.default('./data'),
    expected: 'un dossier, par exemple CAISSE_DATA=/var/lib/caisse/data',
    fallback: './data',
    meaning: 'Folder of the stores, the vault and the signing key. Back it up; keep it private.',
  },
  CAISSE_WITNESS: {
    schema: path.optional(),
    expected: 'un fichier hors du dossier des données, par exemple CAISSE_WITNESS=/mnt/temoin/caisse.witness',
    fallback: '<data>.witness',
    meaning: 'File outside the data folder that remembers each ledger’s head, best on another disk.',
  },
  CAISSE_SIGNING_KEY: {
    schema: path.optional(),
    expected: 'un fichier, par exemple CAISSE_SIGNING_KEY=/run/secrets/caisse-signing-key.pem',
    fallback: '<data>/signing-key.pem',
    meaning: 'The key that signs checkpoints, made at the first start; several nodes are given the same one.',
  },
  CAISSE_EVENT_STORE: {
    schema: eventStoreSchema,
    expected: 'sqlite:, sqlite:<fichier>, esdb://<serveur> ou kurrentdb://<serveur>',
    fallback: 'sqlite:<data>/events.db',
    meaning: 'Where events are: `sqlite:` or `sqlite:<file>`; `esdb://…`, `kurrentdb://…` (and `+discover`).',
  },
  CAISSE_READ_STORE: {
    schema: readStoreSchema,
    expected: 'sqlite:, sqlite:<fichier> ou mongodb://<serveur>/<base>',
    fallback: 'sqlite:<data>/read.db',
    meaning: 'Where read models are: `sqlite:…` or `mongodb://…`, which then holds the vault too.',
  },
  CAISSE_ADMIN_EMAIL: {
    schema: z.email().max(254).optional(),
    expected: 'une adresse e-mail, par exemple CAISSE_ADMIN_EMAIL=cabinet@example.org',
    fallback: '',
    meaning: 'With the password, makes the firm’s first account when there is none.',
  },
  CAISSE_ADMIN_PASSWORD: {
    schema: z.string().min(8).max(256).optional(),
    expected: 'un mot de passe de 8 à 256 caractères',
    fallback: '',
    meaning: 'Password of that account, 8 to 256 characters. Read at the first start only.',
  },
  CAISSE_PUBLIC_URL: {
    schema: publicUrlSchema.optional(),
    expected: 'une adresse http(s), par exemple CAISSE_PUBLIC_URL=https://caisse.example.org',
    fallback: 'http://<HOST>:<PORT>',
    meaning: 'Address in invitation links. With `https`, cookies are `Secure` and HSTS is sent.',
  },
  CAISSE_TRUSTED_PROXIES: {
    schema: integer(0, 10, 0),
    expected: 'le nombre de mandataires devant le service, de 0 à 10',
    fallback: '0',
    meaning: 'Reverse proxies in front whose `X-Forwarded-For` counts for rate limits.',
  },
  CAISSE_RATE_LIMIT: {
    schema: rateLimitSchema,
    expected: 'un nombre de requêtes par minute, ou off',
    fallback: '6000',
    meaning: 'Requests per minute and API key, session or (signed out) address; `off` is no limit.',
  },
  CAISSE_SESSION_HOURS: {
    schema: integer(1, 720, 12),
    expected: "un nombre d'heures de 1 à 720",
    fallback: '12',
    meaning: 'Hours without a request after which a session ends; in any case after 30 days.',
  },
  CAISSE_ACCESS_GRACE_MINUTES: {
    schema: integer(0, 1440, 15),
    expected: 'un nombre de minutes de 0 à 1440',
    fallback: '15',
    meaning: 'Minutes that keys and sessions go on recording while the vault cannot be asked; 0 is none.',
  },
  CAISSE_LEDGER_CACHE_MIB: {
    schema: integer(16, 1_000_000, 256),
    expected: 'un nombre de mébioctets, au moins 16',
    fallback: '256',
    meaning: 'Memory for the states of ledgers (MiB); those not used lately leave first.',
  },
  CAISSE_QUEUE_PER_LEDGER: {
    schema: integer(1, 1_000_000, 2000),
    expected: "un nombre d'écritures en attente, au moins 1",
    fallback: '2000',
    meaning: 'Entries of one ledger that may wait; one more gets 503 with `Retry-After`.',
  },
  CAISSE_QUEUE_TOTAL: {
    schema: integer(1, 10_000_000, 20_000),
    expected: "un nombre d'écritures en attente, au moins 1",
    fallback: '20000',
    meaning: 'Entries of all ledgers that may wait.',
  },
  CAISSE_AFTER_WAIT_MS: {
    schema: integer(0, 60_000, 5000),
    expected: 'un nombre de millisecondes de 0 à 60000',
    fallback: '5000',
    meaning: 'How long a read with `?after=` waits for its write before it answers 503.',
  },
  CAISSE_PROJECTION_PARTITIONS: {
    schema: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(256))
      .optional(),
    expected: 'un nombre de parts de 1 à 256, le même sur chaque nœud',
    fallback: '8 with MongoDB, else 1',
    meaning: 'In how many parts nodes share the folding of read models; the same on all of them.',
  },
} as const satisfies Readonly<Record<string, Variable>>;

type Name = keyof typeof VARIABLES;
/** A variable that leads to files. */
export type Setting = Extract<
  Name,
  'CAISSE_DATA' | 'CAISSE_WITNESS' | 'CAISSE_SIGNING_KEY' | 'CAISSE_EVENT_STORE' | 'CAISSE_READ_STORE'
>;
type Values = { readonly [Key in Name]: z.infer<(typeof VARIABLES)[Key]['schema']> };

const NAMES = Object.keys(VARIABLES) as Name[];

/**
 * Reads and checks the environment; an empty variable counts as absent.
 *
 * @throws ConfigError with a sentence for each wrong variable, not for the first alone
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const sentences = unknownVariables(environment);
  const values: Partial<Record<Name, unknown>> = {};
  for (const name of NAMES) {
    const text = environment[name] === '' ? undefined : environment[name];
    const result = VARIABLES[name].schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else sentences.push(wrongValue(name, text ?? '', result.error));
  }
  if (isSet(environment, 'CAISSE_ADMIN_EMAIL') !== isSet(environment, 'CAISSE_ADMIN_PASSWORD')) {
    sentences.push(
      'CAISSE_ADMIN_EMAIL et CAISSE_ADMIN_PASSWORD vont ensemble : indiquez les deux, ou aucun.',
    );
  }
  if (sentences.length > 0) throw new ConfigError(sentences.join('\n'));
  // Each member was parsed by its own schema just above.
  const config = configOf(values as Values);
  if (config.projectionPartitions > 1 && config.readStore.engine === 'sqlite') {
    throw new ConfigError(
      'CAISSE_PROJECTION_PARTITIONS se partage entre nœuds : indiquez CAISSE_READ_STORE=mongodb://…, ou retirez-la.',
    );
  }
  requireFilesApart(config);
  return config;
}

/** Two parts in one file would take each other for damaged, or write into each other. @throws ConfigError */
function requireFilesApart(config: Config): void {
  const shared = sharedFiles(filesOf(config));
  if (shared.length === 0) return;
  const sentences = shared.map(
    ({ whats: [one, other], file }) =>
      `Le même fichier, ${file}, servirait à deux choses, ${one} et ${other} : indiquez-en un autre pour l'une des deux.`,
  );
  throw new ConfigError(sentences.join('\n'));
}

/** Each file that the service makes, with those that SQLite and the adapters put beside it. */
function filesOf(config: Config): readonly OwnFiles[] {
  const { data, eventStore, readStore, signingKey, witness } = config;
  const database = (file: string) => [file, `${file}-wal`, `${file}-shm`, `${file}-journal`];
  const parts: OwnFiles[] = [
    {
      what: 'le dossier des données (CAISSE_DATA)',
      files: [join(data, 'reserve'), join(data, 'restores.ndjson')],
    },
    { what: 'la clé de signature (CAISSE_SIGNING_KEY)', files: [signingKey] },
    { what: 'le témoin (CAISSE_WITNESS)', files: [witness, `${witness}.new`] },
  ];
  if (eventStore.engine === 'sqlite') {
    const { path: file } = eventStore;
    const files = [...database(file), ...database(`${file}.lock`)];
    parts.push({ what: 'les événements (CAISSE_EVENT_STORE)', files });
  }
  if (readStore.engine === 'sqlite') {
    const { path: file } = readStore;
    parts.push({ what: 'le coffre (CAISSE_DATA)', files: database(vaultFile(config)) });
    parts.push({
      what: 'les vues de lecture (CAISSE_READ_STORE)',
      files: [...database(file), `${file}.damaged`],
    });
  }
  return parts;
}

/** People, keys and sessions, where they are not in MongoDB. */
export function vaultFile({ data }: Pick<Config, 'data'>): string {
  return join(data, 'vault.db');
}

/** Which variable leads to a file of events: its own, unless it lies where CAISSE_DATA puts it. */
export function settingOfEvents({ data }: Config, file: string): Setting {
  return file === defaultFile(data, 'events.db') ? 'CAISSE_DATA' : 'CAISSE_EVENT_STORE';
}

/** The same of a file of read models. */
export function settingOfReadModels({ data }: Config, file: string): Setting {
  return file === defaultFile(data, 'read.db') ? 'CAISSE_DATA' : 'CAISSE_READ_STORE';
}

function defaultFile(data: string, name: 'events.db' | 'read.db'): string {
  return `${data}/${name}`;
}

/**
 * A sentence on a file that a variable leads to, or the option of a command in its place, which says what to set.
 * `reason` goes on after its name.
 */
export function wrongFile(setting: Setting, file: string, reason: string, option?: string): string {
  const { expected } = VARIABLES[setting];
  const what = option === undefined ? expected : expected.replace(`${setting}=`, `${option} `);
  return `${option ?? setting} mène à ${file}, ${reason} : indiquez ${what}.`;
}

/** An address that a command was given. @throws ConfigError */
export function readEventStoreAddress(name: string, text: string): EventStoreAddress {
  const result = eventStoreSchema.safeParse(text);
  const isWhole = result.success && (result.data.engine !== 'sqlite' || result.data.path !== '');
  if (isWhole) return result.data;
  throw new ConfigError(
    `${name} vaut « ${withoutPassword(text)} » : indiquez sqlite:<fichier>, esdb://<serveur> ou kurrentdb://<serveur>.`,
  );
}

/** What comes before the host of an address may be a password, and the sentence ends up in a log. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/?]*@/, '//…@');
}

function configOf(values: Values): Config {
  const data = values.CAISSE_DATA;
  const readStore = atDefault(values.CAISSE_READ_STORE, defaultFile(data, 'read.db'));
  const { CAISSE_ADMIN_EMAIL: email, CAISSE_ADMIN_PASSWORD: password } = values;
  return {
    port: values.PORT,
    host: values.HOST,
    logLevel: values.LOG_LEVEL,
    production: values.NODE_ENV === 'production',
    data,
    witness: values.CAISSE_WITNESS ?? `${data.replace(/\/+$/, '')}.witness`,
    signingKey: values.CAISSE_SIGNING_KEY ?? join(data, 'signing-key.pem'),
    eventStore: atDefault(values.CAISSE_EVENT_STORE, defaultFile(data, 'events.db')),
    readStore,
    admin: email === undefined || password === undefined ? null : { email, password },
    publicUrl: values.CAISSE_PUBLIC_URL ?? `http://${urlHost(values.HOST)}:${values.PORT}`,
    trustedProxies: values.CAISSE_TRUSTED_PROXIES,
    rateLimit: values.CAISSE_RATE_LIMIT,
    sessionHours: values.CAISSE_SESSION_HOURS,
    accessGraceMinutes: values.CAISSE_ACCESS_GRACE_MINUTES,
    ledgerCacheMiB: values.CAISSE_LEDGER_CACHE_MIB,
    queuePerLedger: values.CAISSE_QUEUE_PER_LEDGER,
    queueTotal: values.CAISSE_QUEUE_TOTAL,
    afterWaitMs: values.CAISSE_AFTER_WAIT_MS,
    projectionPartitions: values.CAISSE_PROJECTION_PARTITIONS ?? (readStore.engine === 'sqlite' ? 1 : 8),
  };
}

function atDefault<Address extends EventStoreAddress | ReadStoreAddress>(
  address: Address,
  file: string,
): Address {
  return address.engine === 'sqlite' && address.path === '' ? { ...address, path: file } : address;
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function isSet(environment: Readonly<Record<string, string | undefined>>, name: Name): boolean {
  return environment[name] !== undefined && environment[name] !== '';
}

/** A password is named, never repeated. */
function wrongValue(name: Name, text: string, error: z.ZodError): string {
  const reason = error.issues.find((issue) => issue.code === 'custom')?.message ?? '';
  const shown = name === 'CAISSE_ADMIN_PASSWORD' ? 'ne convient pas' : `vaut « ${withoutPassword(text)} »`;
  const because = reason === '' || reason === 'Invalid input' ? '' : ` (${reason})`;
  return `${name} ${shown}${because} : indiquez ${VARIABLES[name].expected}.`;
}

/** A misspelt variable would otherwise be ignored in silence. */
function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('CAISSE_') && !Object.hasOwn(VARIABLES, name))
    .map((name) => {
      const near = nearest(name);
      const hint =
        near === null ? `retirez-la (variables connues : ${NAMES.join(', ')})` : `vouliez-vous ${near} ?`;
      return `${name} n'est pas une variable de Caisse : ${hint}`;
    });
}

/** The known name that is a few keystrokes away, if there is one. */
function nearest(name: string): Name | null {
  const ranked = NAMES.map((known) => ({ known, distance: editDistance(name, known) }));
  ranked.sort((left, right) => left.distance - right.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(3, name.length / 4) ? best.known : null;
}

/** Levenshtein distance, a row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let line = 1; line <= left.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (left[line - 1] === right[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/** The table of docs/reference/configuration.md; a test keeps the page equal to it. */
export function configurationTable(): string {
  const rows = NAMES.map((name) => {
    const { fallback, meaning } = VARIABLES[name];
    return `| \`${name}\` | ${fallback === '' ? '–' : `\`${fallback}\``} | ${meaning} |`;
  });
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
