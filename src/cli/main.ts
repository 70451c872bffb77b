import { createWriteStream } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { type Config, ConfigError, readConfig } from '../config';
import type { Service } from '../service';
import { paintFor } from './paint';

/** 0 fine, 1 something was found, 2 wrong usage, 3 not possible now. */
const FOUND = 1;
const USAGE = 2;
const UNAVAILABLE = 3;

const VERSION = '0.1.0';

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function program(): Command {
  const caisse = new Command('caisse')
    .description('Caisse : le registre de caisse que personne ne peut fausser')
    .version(VERSION)
    .showSuggestionAfterError()
    .exitOverride();

  caisse.command('serve').description('démarre le service').action(serve);
  caisse.command('demo').description('démarre le service avec une boulangerie de démonstration').action(demo);
  caisse
    .command('verify')
    .description('vérifie un fichier d’événements ou tous les registres d’un dossier de données')
    .argument('<path>', 'fichier NDJSON ou dossier')
    .option('--all', 'toutes les signatures et la forme de chaque événement', false)
    .option('--witness <file>', 'fichier témoin (par défaut <dossier>.witness)')
    .option('--json', 'rapport en JSON', false)
    .action(verifyCommand);
  const exported = caisse.command('export').description('exporte');
  exported
    .command('events')
    .description('les événements bruts d’une société, exactement comme ils ont été scellés')
    .requiredOption('--company <id>', 'identifiant de la société')
    .option('--out <file>', 'fichier (par défaut la sortie)')
    .option('--data <folder>', 'dossier de données')
    .action(exportCommand);
  caisse
    .command('rebuild')
    .description('reconstruit les vues de lecture à partir des événements')
    .option('--projection <name...>', 'seulement celles-ci')
    .action(rebuildCommand);
  caisse
    .command('backup')
    .description('sauvegarde le dossier de données, service en marche ou arrêté')
    .argument('<folder>', 'dossier de la sauvegarde, vide')
    .option('--json', 'manifeste en JSON', false)
    .action(backupCommand);
  caisse
    .command('restore')
    .description('reprend une sauvegarde, service arrêté')
    .argument('<backup>', 'dossier de la sauvegarde')
    .option('--accept-loss <reason>', 'accepte de perdre des événements acquittés, pour cette raison')
    .action(restoreCommand);
  return caisse;
}

async function serve(): Promise<void> {
  await import('../main.js');
}

async function demo(): Promise<void> {
  const environment = {
    CAISSE_RATE_LIMIT: 'off',
    LOG_LEVEL: 'warn',
    CAISSE_DATA: './data/demo',
    ...process.env,
  };
  const { runDemo } = await import('./demo/demo.js');
  stopOnSignal(await runDemo(readConfig(environment), say));
}

function stopOnSignal(service: Service): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void service.close().finally(() => process.exit(0)));
  }
}

async function verifyCommand(
  path: string,
  options: { all: boolean; witness?: string; json: boolean },
): Promise<void> {
  const { verify } = await import('./verify.js');
  const { reportLines } = await import('./findings.js');
  const { restoresOf } = await import('./backup.js');
  const reports = await verify(path, options);
  const restores = restoresOf(path);
  if (options.json)
    say(JSON.stringify({ reports, restores: restores.map((line) => JSON.parse(line) as unknown) }, null, 2));
  else {
    for (const report of reports)
      for (const line of reportLines(report, paintFor(process.stdout, process.env))) say(line);
    for (const line of restores) say(`reprise consignée : ${line}`);
  }
  if (reports.some((report) => report.errors.length > 0)) process.exitCode = FOUND;
}

async function exportCommand(options: { company: string; out?: string; data?: string }): Promise<void> {
  const { exportEvents } = await import('./export-events.js');
  const data = options.data ?? config().data;
  const out = options.out === undefined ? process.stdout : createWriteStream(options.out, { mode: 0o600 });
  const count = await exportEvents(data, options.company, out);
  if (out !== process.stdout) await new Promise<void>((resolve) => out.end(() => resolve()));
  process.stderr.write(`${count} événements\n`);
  if (count === 0) process.exitCode = FOUND;
}

async function rebuildCommand(options: { projection?: string[] }): Promise<void> {
  const { rebuild } = await import('./rebuild.js');
  const count = await rebuild(config(), options.projection);
  say(`${count} vues reconstruites`);
}

async function backupCommand(folder: string, options: { json: boolean }): Promise<void> {
  const { backup } = await import('./backup.js');
  const manifest = await backup(config().data, folder, new Date().toISOString());
  if (options.json) say(JSON.stringify(manifest, null, 2));
  else for (const { ledger, size, hash } of manifest.ledgers) say(`${ledger} ${size} ${hash}`);
}

async function restoreCommand(source: string, options: { acceptLoss?: string }): Promise<void> {
  const { restore } = await import('./backup.js');
  const { data, witness } = config();
  const now = new Date().toISOString();
  const abandoned = await restore(source, { data, witness, acceptLoss: options.acceptLoss, now });
  for (const { ledger, size, root, restoredTo } of abandoned) {
    say(`${ledger}: ${size - restoredTo} événements abandonnés (taille ${size}, racine ${root})`);
  }
  say(`${source} est repris dans ${data}`);
}

function config(): Config {
  return readConfig(process.env);
}

async function main(): Promise<void> {
  try {
    await program().parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
      return;
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof ConfigError ? USAGE : UNAVAILABLE;
  }
}

void main();
