import { type Container, type ContainerOptions, startContainer, whyNoContainer } from './docker';

type Product = ContainerOptions & { readonly name: string; readonly scheme: 'esdb' | 'kurrentdb' };

/** A server alone, in memory, without TLS and passwords. */
function alone(prefix: 'EVENTSTORE' | 'KURRENTDB'): Readonly<Record<string, string>> {
  const settings = { CLUSTER_SIZE: '1', INSECURE: 'true', MEM_DB: 'true', RUN_PROJECTIONS: 'None' };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${prefix}_${name}`, value]));
}

const HTTP = { port: 2113, ready: { path: '/health/live', status: 204 } };

const PRODUCTS: readonly Product[] = [
  {
    ...HTTP,
    name: 'EventStoreDB',
    scheme: 'esdb',
    image: 'eventstore/eventstore:24.10.5-bookworm-slim',
    environment: alone('EVENTSTORE'),
  },
  {
    ...HTTP,
    name: 'KurrentDB',
    scheme: 'kurrentdb',
    image: 'docker.kurrent.io/kurrent-latest/kurrentdb:25.1.4',
    environment: alone('KURRENTDB'),
  },
];

/**
 * Declares tests that need a real server of events: the one at `CAISSE_TEST_EVENTSTORE`, or else each product in a container,
 * where there is Docker. Where there is neither, one line says that they were not run, and they count as skipped.
 */
export function describeWithEventStore(
  name: string,
  declare: (product: string, connectionString: () => string) => void,
): void {
  const given = process.env.CAISSE_TEST_EVENTSTORE;
  if (given !== undefined && given !== '')
    return declare('The server of CAISSE_TEST_EVENTSTORE', () => given);
  for (const product of PRODUCTS) {
    const reason = whyNoContainer(product.image);
    if (reason === null) describeInContainer(product, declare);
    else {
      process.stderr.write(
        `NOT RUN: ${name} on ${product.name}: ${reason}; CAISSE_TEST_EVENTSTORE=esdb://… names a server\n`,
      );
      // eslint-disable-next-line no-restricted-syntax -- what cannot be run here must not count as passed
      it.skip(`${name}: no ${product.name} is at hand`, () => undefined);
    }
  }
}

function describeInContainer(
  product: Product,
  declare: (product: string, connectionString: () => string) => void,
): void {
  describe(`in a container of ${product.image}`, () => {
    let container: Container;
    beforeAll(async () => {
      container = await startContainer(product);
    }, 180_000);
    afterAll(() => container.stop());
    declare(product.name, () => `${product.scheme}://${container.host}:${container.port}?tls=false`);
  });
}
