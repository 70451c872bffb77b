import { inspect } from 'node:util';
import { ConfigError, readConfig } from './config';
import { type Service, startService } from './service';
import { StartRefused } from './start-problem';

/** Starts the service from the environment; what is wrong with it is answered with what to do, a bug with where it is. */
async function main(): Promise<void> {
  const service = await startService(readConfig(process.env));
  process.stdout.write(`Caisse écoute sur ${service.url}\n`);
  if (service.firstStartLink !== null) process.stdout.write(firstStartText(service));
  let closing = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (closing) return;
      closing = true;
      service.close().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`${String(error)}\n`);
          process.exit(1);
        },
      );
    });
  }
}

/** The link is for the app; who has no browser at hand sends what its page would send. */
function firstStartText({ url, firstStartLink }: Service): string {
  const token = firstStartLink?.split('/').at(-1) ?? '';
  return [
    `Premier démarrage : créez le compte du cabinet avec ${firstStartLink ?? ''}`,
    'ou, sans navigateur :',
    `  curl ${url}/v1/invitations/${token} -H 'Content-Type: application/json' \\`,
    `    -d '{"email":"cabinet@example.org","name":"Cabinet","password":"une phrase de passe"}'`,
    '',
  ].join('\n');
}

main().catch((error: unknown) => {
  const saysWhatToDo = error instanceof ConfigError || error instanceof StartRefused;
  const message = saysWhatToDo ? error.message : error instanceof Error ? error.stack : inspect(error);
  process.stderr.write(`${message ?? ''}\n`);
  process.exit(error instanceof ConfigError ? 2 : 3);
});
