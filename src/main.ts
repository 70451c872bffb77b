import { ConfigError, readConfig } from './config';
import { startService } from './service';

/** Starts the service from the environment; a wrong environment is answered with what to set. */
async function main(): Promise<void> {
  const service = await startService(readConfig(process.env));
  process.stdout.write(`Caisse écoute sur ${service.url}\n`);
  if (service.firstStartLink !== null) {
    process.stdout.write(`Premier démarrage : créez le compte du cabinet avec ${service.firstStartLink}\n`);
  }
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

main().catch((error: unknown) => {
  const message =
    error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${message ?? ''}\n`);
  process.exit(error instanceof ConfigError ? 2 : 3);
});
