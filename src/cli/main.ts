import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { ConfigError } from '../config';
import { UnusableFile } from '../ports/unusable-file';
import { StartRefused, unusableSentence } from '../start-problem';
import { VERSION } from '../version';
import { CliError, EXIT } from './cli-error';
import * as commands from './commands';

const DATA = ['--data <folder>', 'dossier de données (par défaut CAISSE_DATA)'] as const;
const JSON_OUTPUT = ['--json', 'résultat et erreurs en JSON'] as const;

const EXIT_HELP = `
Codes de sortie : 0 tout va bien, 1 quelque chose a été trouvé, 2 mauvais usage, 3 impossible pour l'instant.
La configuration vient de l'environnement : docs/reference/configuration.md.`;

function program(output: OutputConfiguration): Command {
  const caisse = new Command('caisse')
    .description('Le registre de caisse que personne ne peut fausser')
    .usage('<commande> [options]')
    .version(VERSION, '-V, --version', 'affiche la version')
    .helpCommand('help [commande]', "affiche l'aide d'une commande")
    .addHelpText('after', EXIT_HELP)
    // Before any command is made: they take it over.
    .configureOutput(output)
    .configureHelp({ styleTitle: french })
    .helpOption('-h, --help', "affiche l'aide")
    .exitOverride();
  const add = (parent: Command, name: string, description: string) =>
    parent.command(name).description(description).helpOption('-h, --help', "affiche l'aide");

  add(caisse, 'serve', 'démarre le service').action(commands.serve);
  add(caisse, 'demo', 'démarre le service avec une boulangerie de démonstration')
    .option(...JSON_OUTPUT)
    .action(commands.demo);
  add(caisse, 'verify', 'vérifie un export d’événements, ou tous les registres d’un dossier')
    .argument('<chemin>', 'fichier NDJSON, dossier de données ou sauvegarde')
    .option('--all', 'toutes les signatures, et non celles des clôtures et la dernière')
    .option('--witness <file>', 'fichier témoin (pour un dossier : <dossier>.witness)')
    .option(...JSON_OUTPUT)
    .action(commands.verify);
  const exported = add(caisse, 'export', 'exporte').usage('events [options]');
  add(exported, 'events', 'les événements bruts d’une société, exactement comme ils ont été scellés')
    .requiredOption('--company <id>', 'identifiant de la société')
    .option('--out <file>', 'fichier (par défaut la sortie standard)')
    .option(...DATA)
    .option(...JSON_OUTPUT)
    .action(commands.exportEvents);
  add(caisse, 'rebuild', 'reconstruit les vues de lecture à partir des événements, service arrêté')
    .option('--projection <name...>', 'seulement celles-ci')
    .option(...DATA)
    .option(...JSON_OUTPUT)
    .action(commands.rebuild);
  add(caisse, 'backup', 'sauvegarde les données, que le service soit en marche ou arrêté')
    .argument('<dossier>', 'nouveau dossier de la sauvegarde')
    .option(...DATA)
    .option(...JSON_OUTPUT)
    .action(commands.backup);
  add(caisse, 'restore', 'reprend une sauvegarde, service arrêté')
    .argument('<sauvegarde>', 'dossier de la sauvegarde')
    .option('--accept-loss <reason>', 'accepte de perdre des événements acquittés, pour cette raison')
    .option(...DATA)
    .option(...JSON_OUTPUT)
    .action(commands.restore);
  add(caisse, 'copy', 'copie les registres vers un autre moteur, à l’octet près, service arrêté')
    .requiredOption('--from <adresse>', 'sqlite:<fichier>, esdb://<serveur> ou kurrentdb://<serveur>')
    .requiredOption('--to <adresse>', 'de même ; une copie interrompue est reprise')
    .option(...JSON_OUTPUT)
    .action(commands.copy);
  return caisse;
}

/** Titles of the help pages. */
function french(title: string): string {
  return title
    .replace('Usage:', 'Usage :')
    .replace('Options:', 'Options :')
    .replace('Commands:', 'Commandes :')
    .replace('Arguments:', 'Arguments :');
}

/** What commander says of a wrong usage, in French; its codes stay. */
const USAGE_ERRORS: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'commande inconnue',
  'commander.unknownOption': 'option inconnue',
  'commander.missingArgument': 'argument manquant',
  'commander.excessArguments': "trop d'arguments",
  'commander.optionMissingArgument': "valeur d'option manquante",
  'commander.missingMandatoryOptionValue': 'option obligatoire manquante',
  'commander.invalidArgument': 'valeur invalide',
};

function usageMessage({ code, message }: CommanderError): string {
  const named = /'([^']+)'/.exec(message)?.[1];
  const hint = /\(Did you mean (?:one of )?(.+)\?\)/.exec(message)?.[1];
  const what = USAGE_ERRORS[code] ?? message;
  const suggestion = hint === undefined ? '' : ` (vouliez-vous ${hint} ?)`;
  return `${what}${named === undefined ? '' : ` : ${named}`}${suggestion}. Voir caisse --help.`;
}

/** An error as a stable code, a sentence and the code that the process ends with. */
function explained(error: unknown): {
  readonly code: string;
  readonly message: string;
  readonly exit: number;
} {
  if (error instanceof CommanderError)
    return { code: error.code.replace('commander.', ''), message: usageMessage(error), exit: EXIT.usage };
  if (error instanceof CliError) return { code: error.code, message: error.message, exit: error.exitCode };
  if (error instanceof ConfigError)
    return { code: 'wrong-configuration', message: error.message, exit: EXIT.usage };
  if (error instanceof UnusableFile)
    return { code: 'wrong-configuration', message: unusableSentence(error), exit: EXIT.usage };
  if (error instanceof StartRefused)
    return { code: error.code, message: error.message, exit: EXIT.unavailable };
  const message = error instanceof Error ? error.message : String(error);
  const isLocked = error instanceof Error && error.name === 'StoreLocked';
  if (isLocked)
    return {
      code: 'service-running',
      message: 'Un autre processus utilise ces données.',
      exit: EXIT.unavailable,
    };
  return { code: 'unavailable', message, exit: EXIT.unavailable };
}

async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.unavailable);
  });
  try {
    // What commander would say of an error is said below, in French.
    await program({ outputError: () => undefined }).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    process.exitCode = EXIT.usage;
    // Called without a command: the help that was shown says it all.
    if (error instanceof CommanderError && error.code === 'commander.help') return;
    const { code, message, exit } = explained(error);
    const text = args.includes('--json') ? JSON.stringify({ error: { code, message } }) : message;
    process.stderr.write(`${text}\n`);
    process.exitCode = exit;
  }
}

void main(process.argv.slice(2));
