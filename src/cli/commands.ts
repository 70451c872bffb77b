import type { Config } from '../config';
import { readConfig, readEventStoreAddress } from '../config';
import type { Service } from '../service';
import type { VerificationReport } from '../proof/verification';
import type { Options } from '../start-problem';
import { EXIT } from './cli-error';
import { paintFor } from './paint';
import type { RestoreHistory } from './restores';

/*
 * What each command does. Each one loads what it needs when it is asked: neither help nor verification waits for the
 * framework. Data goes to the standard output, remarks to the error output.
 */

type Json = { readonly json?: boolean };

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

function config(data?: string): Config {
  return readConfig(data === undefined ? process.env : { ...process.env, CAISSE_DATA: data });
}

/** What stands in the place of variables, for sentences on what is wrong with it. */
function optionsOf(data?: string): Options {
  return data === undefined ? {} : { CAISSE_DATA: '--data' };
}

export async function serve(): Promise<void> {
  await import('../main.js');
}

export async function demo({ json = false }: Json): Promise<void> {
  const { readDemoConfig, runDemo } = await import('./demo/demo.js');
  const { service, text, facts } = await runDemo(readDemoConfig(process.env));
  if (json) sayJson(facts);
  else say(text);
  stopOnSignal(service);
}

function stopOnSignal(service: Service): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void service.close().finally(() => process.exit(EXIT.ok)));
  }
}

export type VerifyFlags = Json & { readonly all?: boolean; readonly witness?: string };

export async function verify(path: string, { all = false, witness, json }: VerifyFlags): Promise<void> {
  const { verify: verifyPath, verifySurroundings } = await import('./verify.js');
  const reports = await verifyPath(path, { all, witness });
  const surroundings = await verifySurroundings(path, witness);
  if (json === true) sayJson({ reports, ...surroundings });
  else await sayVerification(reports, surroundings);
  const isFound = reports.some(({ errors }) => errors.length > 0) || surroundings.findings.length > 0;
  if (isFound) process.exitCode = EXIT.found;
}

type Surroundings = { readonly restores: RestoreHistory['records']; readonly findings: readonly string[] };

async function sayVerification(
  reports: readonly VerificationReport[],
  { restores, findings }: Surroundings,
): Promise<void> {
  const { reportLines } = await import('./findings.js');
  const paint = paintFor(process.stdout, process.env);
  for (const report of reports) for (const line of reportLines(report, paint)) say(line);
  for (const { at, reason, abandoned } of restores) {
    say(`reprise du ${at} : ${abandoned.length === 0 ? 'rien d’abandonné' : reason}`);
    for (const { ledger, size, root, restoredSize } of abandoned)
      say(`  ${ledger} : ${restoredSize} au lieu de ${size}, racine abandonnée ${root}`);
  }
  for (const finding of findings) say(`${paint.bad('ALTÉRÉ ')} ${finding}`);
}

export type ExportFlags = Json & { readonly company: string; readonly out?: string; readonly data?: string };

export async function exportEvents({ company, out, data, json }: ExportFlags): Promise<void> {
  const { exportEvents: write } = await import('./export-events.js');
  const { ledger, sequence, hash } = await write(config(data), company, {
    file: out,
    options: optionsOf(data),
  });
  const summary = { company: ledger, events: sequence, hash };
  if (json !== true) remark(`${sequence} événements, tête ${hash}`);
  else if (out === undefined) remark(JSON.stringify(summary));
  else sayJson(summary);
}

export type CopyFlags = Json & { readonly from: string; readonly to: string };

export async function copy({ from, to, json }: CopyFlags): Promise<void> {
  const { copyLedgers } = await import('./copy.js');
  const copied = await copyLedgers(
    readEventStoreAddress('--from', from),
    readEventStoreAddress('--to', to),
    ({ ledger, sequence, hash }) => {
      if (json !== true) say(`${ledger} ${sequence} ${hash}`);
    },
  );
  if (json === true) sayJson({ ledgers: copied });
  else remark(`${copied.length} registres copiés, têtes identiques`);
}

export type RebuildFlags = Json & { readonly projection?: string[]; readonly data?: string };

export async function rebuild({ projection, data, json }: RebuildFlags): Promise<void> {
  const { rebuild: fold } = await import('./rebuild.js');
  const rebuilt = await fold(config(data), projection, optionsOf(data));
  if (json === true) sayJson({ rebuilt });
  else say(`${rebuilt.length} vues reconstruites : ${rebuilt.join(', ')}`);
}

type Placed = Json & { readonly data?: string };

export async function backup(folder: string, { data, json }: Placed): Promise<void> {
  const [{ backup: copy }, { placesOf }] = await Promise.all([import('./backup.js'), import('./places.js')]);
  const manifest = await copy(placesOf(config(data)), folder, new Date().toISOString());
  if (json === true) sayJson(manifest);
  else for (const { ledger, size, hash } of manifest.ledgers) say(`${ledger} ${size} ${hash}`);
  const altered = manifest.ledgers.filter(({ findings }) => findings > 0);
  for (const { ledger } of altered)
    remark(
      `Le registre ${ledger} est altéré, dans les données comme dans leur copie : caisse verify ${folder}`,
    );
  if (altered.length > 0) process.exitCode = EXIT.found;
  else remark(`${folder} : ${manifest.ledgers.length} registres sauvegardés et vérifiés`);
}

export type RestoreFlags = Placed & { readonly acceptLoss?: string };

export async function restore(source: string, { data, acceptLoss, json }: RestoreFlags): Promise<void> {
  const [{ restore: put }, { placesOf }] = await Promise.all([import('./restore.js'), import('./places.js')]);
  const places = placesOf(config(data));
  const restored = await put(source, places, { acceptLoss, now: new Date().toISOString() });
  if (json === true) {
    sayJson(restored);
    return;
  }
  for (const { ledger, size, root, restoredSize } of restored.abandoned)
    say(`${ledger} : ${restoredSize} événements au lieu de ${size} (racine abandonnée ${root})`);
  say(`${source} est repris dans ${places.data}`);
  if (restored.before !== null) remark(`Ce qui s'y trouvait est dans ${restored.before}`);
}
