import {
  type Config,
  ConfigError,
  type Setting,
  settingOfEvents,
  settingOfReadModels,
  wrongFile,
} from './config';
import { StoreLocked, StoreUnavailable } from './ports/event-store';
import { OtherPartitions } from './ports/read-model-store';
import { AddressRefused, type WrongAddress } from './ports/store-address';
import { type Unusable, UnusableFile } from './ports/unusable-file';

/**
 * The start is refused for now: another process has what it needs, the disk is full, a server does not answer. The
 * message says what to do.
 */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';

  constructor(
    readonly code: 'service-running' | 'unavailable',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** What a step of the start stands on: the variable to change when it fails, and the file that it leads to, unless that is a server. */
export type Ground = {
  readonly setting: Setting;
  readonly file?: string;
  /** The option by which a command was given it instead. */
  readonly option?: string | undefined;
};

/** Options of a command that stand in the places of variables. */
export type Options = Readonly<Partial<Record<Setting, string>>>;

export function groundOfEvents(config: Config, options: Options = {}): Ground {
  const { eventStore } = config;
  if (eventStore.engine !== 'sqlite') return { setting: 'CAISSE_EVENT_STORE' };
  const setting = settingOfEvents(config, eventStore.path);
  return { setting, file: eventStore.path, option: options[setting] };
}

export function groundOfReadModels(config: Config, options: Options = {}): Ground {
  const { readStore } = config;
  if (readStore.engine !== 'sqlite') return { setting: 'CAISSE_READ_STORE' };
  const setting = settingOfReadModels(config, readStore.path);
  return { setting, file: readStore.path, option: options[setting] };
}

/** Does a step of the start. @throws ConfigError, StartRefused; what neither setting nor machine explains is a bug, and passes */
export async function settingUp<Result>(
  ground: Ground,
  step: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    throw problemOf(error, ground);
  }
}

/** Errors of the file system (`EACCES`) and of SQLite that come from where it was sent, and not from how it was asked. */
const OF_THE_MACHINE =
  /^(?:E[A-Z]+|SQLITE_(?:BUSY|CANTOPEN|CORRUPT|FULL|IOERR|NOTADB|PERM|READONLY)(?:_\w+)?)$/;
const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "mais un fichier y tient la place d'un dossier",
  ENOTDIR: "mais un fichier y tient la place d'un dossier",
  EISDIR: "mais un dossier y tient la place d'un fichier",
  EACCES: "mais ce processus n'y a pas accès",
  EPERM: "mais ce processus n'y a pas accès",
  SQLITE_READONLY: "mais ce processus n'a pas le droit d'y écrire",
  EROFS: 'mais ce disque est en lecture seule',
  SQLITE_CANTOPEN: 'mais ce fichier ne peut pas être ouvert',
  SQLITE_NOTADB: "mais ce n'est pas un fichier de Caisse, ou il est abîmé",
  SQLITE_CORRUPT: 'mais ce fichier est abîmé',
};

function problemOf(error: unknown, { file, ...place }: Ground): unknown {
  return file === undefined ? serverProblem(error, place) : fileProblem(error, place, file);
}

/** What a server fails with is not of this machine. */
function serverProblem(error: unknown, { setting, option: name = setting }: Ground): unknown {
  if (error instanceof AddressRefused)
    return new ConfigError(`${name} : ${WRONG_ADDRESSES[error.why]}`, { cause: error });
  if (error instanceof OtherPartitions)
    return new ConfigError(
      `CAISSE_PROJECTION_PARTITIONS : les vues de lecture de cette base sont réparties en ${error.known} parts : indiquez CAISSE_PROJECTION_PARTITIONS=${error.known}, ou supprimez cette base pendant qu'aucun nœud ne tourne, elles seront refaites à partir des événements.`,
      { cause: error },
    );
  if (!(error instanceof StoreUnavailable)) return error;
  return new StartRefused(
    'unavailable',
    `${name} mène à un serveur qui ne répond pas comme il faut (${reasonOf(error)}) : démarrez-le, vérifiez les droits que l'adresse y donne, ou indiquez un autre serveur avec ${name}.`,
    { cause: error },
  );
}

/** What the client said, without the label that gRPC puts before nothing. */
function reasonOf({ message }: Error): string {
  return message.replace(/\s*Resolution note:\s*$/, '').trim();
}

const WRONG_ADDRESSES: Readonly<Record<WrongAddress, string>> = {
  scheme: "l'adresse doit commencer par esdb://, esdb+discover://, kurrentdb:// ou kurrentdb+discover://.",
  parameter: "l'adresse porte un paramètre inconnu : retirez-le (docs/reference/eventstoredb.md).",
  'certificates-unchecked': 'les certificats sont toujours vérifiés : retirez tlsVerifyCert.',
  unreadable:
    "l'adresse n'est pas de celles que le client du serveur comprend, ou nomme un fichier qui ne peut pas être lu.",
  'no-store':
    "ce serveur n'a jamais reçu d'événements de Caisse : indiquez l'adresse où le service les écrit.",
  'other-read-models':
    'les vues de lecture de cette base ont été écrites par une autre version de Caisse : indiquez une autre base, ou supprimez celle-ci, elles seront refaites à partir des événements.',
  'newer-vault':
    'le coffre de cette base a été écrit par une version de Caisse plus récente que celle-ci : démarrez cette version-là, ou indiquez une autre base.',
};

function fileProblem(error: unknown, { setting, option }: Ground, file: string): unknown {
  const name = option ?? setting;
  if (error instanceof StoreLocked)
    return new StartRefused(
      'service-running',
      `Un autre processus utilise ${file} : arrêtez-le, ou indiquez un autre emplacement avec ${name}.`,
      { cause: error },
    );
  if (error instanceof UnusableFile)
    return new ConfigError(unusableSentence(error, option), { cause: error });
  // The vault tells its callers what they can do, and keeps what the machine said.
  const code = codeOf(error instanceof StoreUnavailable ? (error.cause ?? error) : error);
  if (FULL.has(code))
    return new StartRefused(
      'unavailable',
      `Le disque de ${file} est plein : faites de la place, ou indiquez un autre emplacement avec ${name}.`,
      { cause: error },
    );
  if (!OF_THE_MACHINE.test(code)) return error;
  const reason = REASONS[code] ?? REASONS[code.split('_', 2).join('_')];
  return new ConfigError(wrongFile(setting, file, reason ?? `qui ne peut pas servir (${code})`, option), {
    cause: error,
  });
}

const UNUSABLE: Readonly<Record<Unusable, (file: string, option?: string) => string>> = {
  'key-open-to-others': (file) =>
    `${file} contient la clé de signature et d'autres que son propriétaire peuvent le lire : chmod 600 ${file}, ou indiquez un autre fichier avec CAISSE_SIGNING_KEY.`,
  'key-out-of-reach': (file) =>
    wrongFile('CAISSE_SIGNING_KEY', file, 'mais ce processus ne peut ni le lire ni le créer'),
  'no-signing-key': (file) => wrongFile('CAISSE_SIGNING_KEY', file, 'qui ne contient pas de clé Ed25519'),
  'not-our-events': (file, option) =>
    wrongFile(
      'CAISSE_EVENT_STORE',
      file,
      "qui n'est pas un fichier d'événements de cette version de Caisse",
      option,
    ),
  'not-our-read-models': (file) =>
    `CAISSE_READ_STORE mène à ${file}, qui n'a pas été fait par Caisse pour ses vues de lecture et reste comme il est : indiquez un autre fichier, ou enlevez celui-ci s'il ne sert à personne.`,
  'newer-vault': (file) =>
    wrongFile('CAISSE_DATA', file, 'écrit par une version de Caisse plus récente que celle-ci'),
};

/** What to set where a file cannot be used. */
export function unusableSentence({ why, file }: UnusableFile, option?: string): string {
  return UNUSABLE[why](file, option);
}

const NOT_OF_THIS_MACHINE = /^(?:ENOTFOUND|EADDRNOTAVAIL|EAFNOSUPPORT|EAI_\w+|EINVAL)$/;

/** What to set where the service cannot listen; any other error as it is. */
export function listeningProblem(error: unknown, { host, port }: Config): unknown {
  const code = codeOf(error);
  if (code === 'EADDRINUSE')
    return new StartRefused(
      'unavailable',
      `PORT vaut « ${port} », un port déjà pris sur ${host} : arrêtez ce qui l'occupe, ou indiquez un autre port avec PORT.`,
      { cause: error },
    );
  if (code === 'EACCES')
    return new ConfigError(
      `PORT vaut « ${port} », un port que ce processus n'a pas le droit d'ouvrir : indiquez un port de 1024 à 65535.`,
      { cause: error },
    );
  if (NOT_OF_THIS_MACHINE.test(code))
    return new ConfigError(
      `HOST vaut « ${host} », qui n'est pas une adresse de cette machine : indiquez une adresse, par exemple HOST=127.0.0.1.`,
      { cause: error },
    );
  return error;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
