import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  aSale,
  type Client,
  endServices,
  type Folder,
  newFolder,
  openCompany,
  removeFolders,
  type ServiceProcess,
  signIn,
  startService,
} from '../support/service';

/** Two starts, and the seconds that the service gives to connections in use. */
const PATIENCE_MS = 60_000;

describe('asked to stop, the service', () => {
  let folder: Folder;
  let service: ServiceProcess;
  let client: Client;
  let company: string;
  beforeEach(async () => {
    folder = newFolder();
    service = await startService(folder);
    client = await signIn(service);
    company = await openCompany(client);
  });
  afterEach(async () => {
    await endServices();
    removeFolders();
  });

  /** Opens a connection and sends a beginning of a request, which nobody will end. */
  const begin = async (...lines: readonly string[]): Promise<Socket> => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(lines.map((line) => `${line}\r\n`).join(''));
    return socket;
  };
  const bearer = (): string => `Authorization: Bearer ${String(client.token)}`;

  it(
    'does, whoever holds a connection: a half-sent header, lines that do not come, a listener',
    async () => {
      const held = [
        await begin('GET /v1/me HTTP/1.1', 'Host: x'),
        await begin(
          `POST ${company}/entries/batch HTTP/1.1`,
          'Host: x',
          bearer(),
          'Content-Type: application/x-ndjson',
          'Transfer-Encoding: chunked',
          '',
        ),
        await begin(`GET ${company}/live HTTP/1.1`, 'Host: x', bearer(), ''),
      ];
      const sale = aSale(450);
      expect((await client.post(`${company}/entries`, sale)).status).toBe(201);
      expect(await service.stop()).toBe(0);
      held.forEach((socket) => socket.destroy());

      service = await startService(folder);
      client = await signIn(service);
      expect((await client.post(`${company}/entries`, sale)).status).toBe(200);
    },
    PATIENCE_MS,
  );
});
