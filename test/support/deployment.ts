import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const ROOT = resolve(__dirname, '../..');

export const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

export type ComposeService = {
  readonly build?: unknown;
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly healthcheck?: unknown;
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address: string }>>;
  readonly network_mode?: string;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?:
    readonly string[] | Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
  readonly deploy?: { readonly replicas?: string };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
};

export type Compose = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

export function readCompose(): Compose {
  return parse(read('docker-compose.yml'), { merge: true, maxAliasCount: -1 }) as Compose;
}

export function serviceOf(compose: Compose, name: string): ComposeService {
  const service = compose.services[name];
  if (!service) throw new Error(`no service is named ${name}`);
  return service;
}

type Values = Readonly<Record<string, string>>;

/** Compose's interpolation, as far as the file uses it: `${NAME:-default}` and `${NAME:?message}`, one in another too. */
export function substituted(text: string, values: Values): string {
  const once = text.replace(
    /\$\{(\w+):([-?])([^${}]*)\}/g,
    (_all, name: string, kind: string, rest: string) => {
      const value = values[name] ?? '';
      if (value === '' && kind === '?') throw new Error(rest);
      return value === '' ? rest : value;
    },
  );
  return once === text ? text : substituted(once, values);
}

export function environmentOf(service: ComposeService, values: Values): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([name, text]) => [name, substituted(text, values)]),
  );
}

/** A file of `NAME=value` lines. */
export function readEnvironmentFile(file: string): Readonly<Record<string, string>> {
  const lines = read(file)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]));
}

/** The services that a profile starts, beside those that are in none. */
export function startedBy(compose: Compose, profile: string | null): string[] {
  return Object.entries(compose.services)
    .filter(([, { profiles }]) => (profile === null ? !profiles : profiles?.includes(profile)))
    .map(([name]) => name);
}

export type Dependency = { readonly name: string; readonly condition: string; readonly required: boolean };

export function dependenciesOf({ depends_on: on = [] }: ComposeService): Dependency[] {
  if (Array.isArray(on))
    return on.map((name: string) => ({ name, condition: 'service_started', required: true }));
  return Object.entries(on as Readonly<Record<string, { condition: string; required?: boolean }>>).map(
    ([name, { condition, required = true }]) => ({ name, condition, required }),
  );
}

export function networksOf({ networks = [] }: ComposeService): string[] {
  return Array.isArray(networks) ? [...(networks as readonly string[])] : Object.keys(networks);
}

/** What is mounted where. A source that is a path is one of the repository, anything else a volume. */
export function mountsOf({
  volumes = [],
}: ComposeService): { source: string; target: string; isFile: boolean }[] {
  return volumes.map((volume) => {
    // A variable's default is told by a colon, too.
    const [, source = '', target = ''] = /^((?:\$\{[^}]*\}|[^:$])+):([^:]+)/.exec(volume) ?? [];
    return { source, target, isFile: source.startsWith('./') };
  });
}
