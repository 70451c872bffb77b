import 'reflect-metadata';
import type { Server } from 'node:http';
import { Global, Module, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { AccessModule } from '../../src/access/access.module';
import { authentication, isSignedIn } from '../../src/access/authentication';
import { Authenticator } from '../../src/access/authenticator';
import { Passwords } from '../../src/access/passwords';
import { hashOfToken, newApiKey } from '../../src/access/tokens';
import { openRateCounters, openVault } from '../../src/adapters/engines';
import { CONFIG, type Config, readConfig } from '../../src/config';
import { configureHttp, type HttpOptions } from '../../src/platform/http/configure';
import { RateLimiter } from '../../src/platform/http/rate-limiter';
import { Clock } from '../../src/ports/clock';
import { Ids } from '../../src/ports/ids';
import { RateCounters } from '../../src/ports/rate-counters';
import { type CompanyRole, Vault } from '../../src/ports/vault';
import { newServers } from './engines';

/** A clock that stands until it is moved. */
class StandingClock extends Clock {
  private time = Date.parse('2026-03-14T09:00:00.000Z');

  now(): string {
    return new Date(this.time).toISOString();
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }
}

class CountedIds extends Ids {
  private count = 0;

  uuid(): string {
    this.count += 1;
    return `018f0000-0000-7000-8000-${String(this.count).padStart(12, '0')}`;
  }
}

export const COMPANY = '018f0000-0000-7000-8000-00000000c001';
export const OTHER_COMPANY = '018f0000-0000-7000-8000-00000000c002';
export const UNKNOWN_COMPANY = '018f0000-0000-7000-8000-00000000c003';
export const FIRM_ADMIN = { email: 'cabinet@example.org', password: 'une phrase de passe' };

export type AccessApp = {
  readonly app: NestExpressApplication;
  readonly server: Server;
  readonly vault: Vault;
  readonly clock: StandingClock;
  readonly ids: Ids;
  readonly config: Config;
  readonly http: ReturnType<typeof request>;
  /** Signs the firm's administrator in; answers the token. */
  readonly firmAdmin: () => Promise<string>;
  /** A new API key of this role. */
  readonly key: (role: CompanyRole, fields?: { company?: string; tills?: string[] }) => Promise<string>;
  /** A new person with this role in `COMPANY`, invited by the firm; answers the session token. */
  readonly person: (role: CompanyRole, email?: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

const IN_MEMORY = { engine: 'sqlite', path: ':memory:' } as const;

/** An empty vault: a file in memory, or on the servers that are asked for (see `engines`). */
export async function newVault(): Promise<Vault> {
  return openVault((await newServers())?.readModels ?? IN_MEMORY, ':memory:');
}

/** The access layer and the HTTP platform alone, on a vault with two companies and the firm's administrator. */
export async function accessApp(
  controllers: Type[] = [],
  environment: Record<string, string> = {},
  options: Pick<HttpOptions, 'longestBodyMs'> = {},
): Promise<AccessApp> {
  const readStore = (await newServers())?.readModels ?? IN_MEMORY;
  const vault = await openVault(readStore, ':memory:');
  const counters = await openRateCounters(readStore);
  const clock = new StandingClock();
  const ids = new CountedIds();
  const config = readConfig({ CAISSE_RATE_LIMIT: 'off', ...environment });
  for (const [index, company] of [COMPANY, OTHER_COMPANY].entries()) {
    await vault.reserveCompany({ siren: `siren-${index}`, company, idempotencyKey: `key-${index}` });
    await vault.confirmCompany(company);
  }
  const letGo = async () => {
    await vault.close();
    await counters?.close();
  };
  const app = await anApp(controllers, { vault, counters, clock, ids, config }, options).catch(
    async (error: unknown) => {
      await letGo();
      throw error;
    },
  );
  const server = app.getHttpServer();
  const http = request(server);
  const firmAdmin = async () =>
    String((await http.post('/v1/auth/login').send(FIRM_ADMIN).expect(200)).body.token);
  return {
    app,
    server,
    vault,
    clock,
    ids,
    config,
    http,
    firmAdmin,
    key: (role, fields) => aKey(vault, clock, ids, role, fields),
    person: async (role, email = `${role}@example.org`) => {
      const invitation = await http
        .post(`/v1/companies/${COMPANY}/invitations`)
        .auth(await firmAdmin(), { type: 'bearer' })
        .send({ email, role })
        .expect(201);
      const acceptance = { password: 'une autre phrase', name: email };
      const accepted = await http
        .post(`/v1/invitations/${String(invitation.body.token)}`)
        .send(acceptance)
        .expect(201);
      return String(accepted.body.token);
    },
    close: async () => {
      await app.close();
      await letGo();
    },
  };
}

/** Made once: a hash is slow on purpose. */
let adminHash: Promise<string> | undefined;

type Ports = { vault: Vault; counters: RateCounters | null; clock: Clock; ids: Ids; config: Config };

async function anApp(
  controllers: Type[],
  { vault, counters, clock, ids, config }: Ports,
  options: Pick<HttpOptions, 'longestBodyMs'>,
): Promise<NestExpressApplication> {
  @Global()
  @Module({
    providers: [
      { provide: Vault, useValue: vault },
      { provide: RateCounters, useValue: counters },
      { provide: Clock, useValue: clock },
      { provide: Ids, useValue: ids },
      { provide: CONFIG, useValue: config },
    ],
    exports: [Vault, RateCounters, Clock, Ids, CONFIG],
  })
  class PortsModule {}

  const compiled = await Test.createTestingModule({
    imports: [PortsModule, AccessModule],
    controllers,
  }).compile();
  const app = compiled.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  const authenticate = authentication(app.get(Authenticator), app.get(RateLimiter));
  configureHttp(app, { config, authenticate, isSignedIn, ...options });
  await app.init();
  await vault.addFirstUser({
    id: ids.uuid(),
    email: FIRM_ADMIN.email,
    name: 'Cabinet',
    passwordHash: await (adminHash ??= app.get(Passwords).hash(FIRM_ADMIN.password)),
    firmAdmin: true,
    createdAt: clock.now(),
  });
  await app.listen(0, '127.0.0.1');
  return app;
}

async function aKey(
  vault: Vault,
  clock: Clock,
  ids: Ids,
  role: CompanyRole,
  { company = COMPANY, tills }: { company?: string; tills?: string[] } = {},
): Promise<string> {
  const secret = newApiKey();
  await vault.addApiKey({
    id: ids.uuid(),
    company,
    name: role,
    role,
    tills: tills ?? null,
    keyHash: hashOfToken(secret),
    createdBy: 'nobody',
    createdAt: clock.now(),
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
  });
  return secret;
}
