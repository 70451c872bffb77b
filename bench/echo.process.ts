import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type express from 'express';

/** The Express that the service itself stands on. */
const load = createRequire(require.resolve('@nestjs/platform-express'));
const bare = load('express') as typeof express;

/** The least that Express does with a sale: parse its JSON and send it back. Tells its port to the parent process. */
function serve(): void {
  const application = bare();
  application.use(bare.json());
  application.post('/echo', (request, response) => {
    response.status(201).json(request.body);
  });
  const server = createServer((request, response) => {
    application(request, response);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.once('disconnect', () => process.exit(0));
}

serve();
