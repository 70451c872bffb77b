import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';
import { authentication, isSignedIn } from './access/authentication';
import { Authenticator } from './access/authenticator';
import { FirstStart } from './access/first-start';
import { AppModule, closeStores, openStores } from './app.module';
import type { Config } from './config';
import { configureHttp } from './platform/http/configure';
import { RateLimiter } from './platform/http/rate-limiter';
import { createLog, NestLog } from './platform/logger';
import { Metrics } from './service/metrics';
import { serveOpenApi } from './service/open-api';
import { listeningProblem } from './start-problem';
import { VERSION } from './version';

export type Service = {
  readonly app: NestExpressApplication;
  /** Where it answers, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The one-time link of the first start, where nobody can sign in yet. */
  readonly firstStartLink: string | null;
  readonly close: () => Promise<void>;
};

/** How long connections that are being served have when the service stops. */
const GRACE_MS = 5000;

/**
 * Opens the stores, builds the application, listens.
 *
 * @throws ConfigError, StartRefused with a sentence that says what to do, when a file or the port cannot be had
 */
export async function startService(config: Config): Promise<Service> {
  const log = createLog(config);
  const logger = new NestLog(log);
  const opened = await openStores(config, (message) => logger.warn(message, 'Start'));
  let app: NestExpressApplication | null = null;
  try {
    await opened.projector.start();
    app = await NestFactory.create<NestExpressApplication>(AppModule.with(opened), {
      bodyParser: false,
      logger,
      abortOnError: false,
    });
    app.use(app.get(Metrics).middleware);
    const authenticate = authentication(app.get(Authenticator), app.get(RateLimiter));
    configureHttp(app, { config, authenticate, isSignedIn });
    serveOpenApi(app, VERSION);
    const firstStartLink = await app.get(FirstStart).prepare();
    const { port } = await listen(app, config);
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    const started = app;
    return { app, url: `http://${host}:${port}`, firstStartLink, close: () => stop(started) };
  } catch (error) {
    // The application closes the stores with what it has begun itself.
    await (app ? app.close() : closeStores(opened));
    throw error;
  }
}

async function listen(app: NestExpressApplication, config: Config): Promise<AddressInfo> {
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    throw listeningProblem(error, config);
  }
  return app.getHttpServer().address() as AddressInfo;
}

/** Stops listening, lets answers be finished, then closes the stores. */
async function stop(app: NestExpressApplication): Promise<void> {
  // A reader that does not read, or a sender that does not send, would hold the service for ever.
  const cut = setTimeout(() => app.getHttpServer().closeAllConnections(), GRACE_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}
