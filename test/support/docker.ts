import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A server in a container, as long as it is wanted. */
export type Container = { readonly host: string; readonly port: number; readonly stop: () => Promise<void> };

export type ContainerOptions = {
  readonly image: string;
  readonly port: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  /** A path that answers with this status once the server is ready; without it, the port is waited for. */
  readonly ready?: { readonly path: string; readonly status: number };
  /** Run in the container once it is ready. */
  readonly then?: readonly string[];
};

const SOCKET = '/var/run/docker.sock';

/** Images are large. */
const PULL_PATIENCE_MS = 300_000;

/**
 * Asks an engine whether it answers and whether it has an image or can have it, by its API (Docker Engine API v1.41). Tests
 * are declared before anything can be awaited, so that this is a process of its own. What it says is the reason why not.
 */
const ASK = `
const http = require('node:http');
const [address, image] = process.argv.slice(1);
const url = new URL(address);
const where = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 2375 };
const ask = (method, path, timeout) =>
  new Promise((resolve, reject) => {
    const request = http.request({ ...where, method, path, timeout }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('it does not answer')));
    request.on('error', reject);
    request.end();
  });
const end = (reason) => {
  process.stdout.write(reason);
  process.exit(1);
};
(async () => {
  const ping = await ask('GET', '/_ping', 3000).catch((error) => end('no Docker engine answers (' + error.message + ')'));
  if (ping.status !== 200) end('no Docker engine answers (' + ping.status + ')');
  const known = await ask('GET', '/images/' + image + '/json', 10000);
  if (known.status === 200) return;
  const at = image.lastIndexOf(':');
  const pull = '/images/create?fromImage=' + encodeURIComponent(image.slice(0, at)) + '&tag=' + image.slice(at + 1);
  const pulled = await ask('POST', pull, ${PULL_PATIENCE_MS});
  if (pulled.status !== 200 || pulled.text.includes('"error"')) end('the image ' + image + ' cannot be had');
})().catch((error) => end(error.message));
`;

/** Why no container of this image can be started here; null when one can. */
export function whyNoContainer(image: string): string | null {
  const address = process.env.DOCKER_HOST ?? '';
  if (address === '' && !existsSync(SOCKET)) return 'there is no Docker engine';
  const asked = spawnSync(process.execPath, ['-e', ASK, address || `unix://${SOCKET}`, image], {
    encoding: 'utf8',
    timeout: PULL_PATIENCE_MS + 10_000,
  });
  return asked.status === 0 ? null : asked.stdout || 'no Docker engine answers';
}

/** Starts a container and waits until it is ready. @throws when it does not become so */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  // It is started here and ended here; the package's own sweeper would be one more image to be had.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const { image, port, environment = {}, command = [], ready, then = [] } = options;
  const container = new GenericContainer(image)
    .withExposedPorts(port)
    .withEnvironment({ ...environment })
    .withStartupTimeout(120_000)
    .withWaitStrategy(
      ready ? Wait.forHttp(ready.path, port).forStatusCode(ready.status) : Wait.forListeningPorts(),
    );
  const started = await (command.length > 0 ? container.withCommand([...command]) : container).start();
  try {
    if (then.length > 0) {
      const { exitCode, output } = await started.exec([...then]);
      if (exitCode !== 0) throw new Error(`${then[0] ?? ''} ended with ${exitCode}: ${output}`);
    }
  } catch (error) {
    await started.stop();
    throw error;
  }
  return {
    host: started.getHost(),
    port: started.getMappedPort(port),
    stop: async () => {
      await started.stop();
    },
  };
}
