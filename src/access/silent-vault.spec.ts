import { Controller, Get, Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AccessApp,
  accessApp,
  COMPANY,
  OTHER_COMPANY,
  UNKNOWN_COMPANY,
} from '../../test/support/access-app';
import { StoreUnavailable } from '../ports/event-store';
import { Authenticator } from './authenticator';
import { Permit } from './permit.decorator';
import { type Action, mayWithoutVault, PERMISSIONS } from './permissions';
import { hashOfToken, newApiKey, newToken } from './tokens';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const bearer = { type: 'bearer' } as const;

const away = () => Promise.reject(new StoreUnavailable('MongoDB cannot be reached', 'not-written'));
const never = () => new Promise<never>(() => undefined);

@Controller('v1/companies/:company/work')
class WorkController {
  @Get()
  @Permit('entry.record')
  do() {
    return {};
  }
}

describe('while the vault does not answer', () => {
  let on: AccessApp;
  let warned: jest.SpyInstance;
  beforeEach(async () => {
    on = await accessApp([WorkController]);
    warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await on.close();
  });

  /** Who asks cannot be found out; all else that the vault holds is there. */
  const fallsSilent = (how: () => Promise<never> = away) => {
    for (const call of ['apiKeyByHash', 'sessionByTokenHash', 'hasFirmAdmin'] as const)
      jest.spyOn(on.vault, call).mockImplementation(how);
  };
  const answersAgain = async () => {
    for (const call of ['apiKeyByHash', 'sessionByTokenHash', 'hasFirmAdmin'] as const)
      jest.spyOn(on.vault, call).mockRestore();
    await delay(1.5 * SECOND);
  };
  const standing = () => on.app.get(Authenticator).standing();
  const me = (token: string) => on.http.get('/v1/me').auth(token, bearer);
  const keysOf = (token: string, company = COMPANY) =>
    on.http.get(`/v1/companies/${company}/api-keys`).auth(token, bearer);

  it('whom it has confirmed goes on for a quarter of an hour since, and no longer', async () => {
    const tokens = [await on.key('connector'), await on.person('user')];
    for (const token of tokens) await me(token).expect(200);
    fallsSilent();
    for (let minute = 0; minute < 15; minute += 1) {
      for (const token of tokens) await me(token).expect(200);
      on.clock.advance(MINUTE);
    }
    for (const token of tokens) {
      const { body, headers } = await me(token).expect(503);
      expect([body.code, headers['retry-after']]).toEqual(['store-unavailable', '1']);
    }
  });

  it('goes on for as long as the installation says', async () => {
    await on.close();
    on = await accessApp([], { CAISSE_ACCESS_GRACE_MINUTES: '0' });
    const key = await on.key('connector');
    await me(key).expect(200);
    fallsSilent();
    on.clock.advance(4 * SECOND);
    await me(key).expect(200);
    on.clock.advance(SECOND);
    await me(key).expect(503);
  });

  it('no session goes on beyond its end', async () => {
    await on.close();
    on = await accessApp([], { CAISSE_ACCESS_GRACE_MINUTES: '1440' });
    const session = await on.person('user');
    await me(session).expect(200);
    fallsSilent();
    on.clock.advance(5 * SECOND);
    await me(session).expect(200);
    on.clock.advance(12 * HOUR - 6 * SECOND);
    await me(session).expect(200);
    on.clock.advance(SECOND);
    await me(session).expect(503);
  });

  it('no session goes on to a later end that was not written', async () => {
    await on.close();
    on = await accessApp([], { CAISSE_ACCESS_GRACE_MINUTES: '1440' });
    const session = await on.person('user');
    on.clock.advance(11 * HOUR);
    jest.spyOn(on.vault, 'extendSession').mockImplementation(away);
    await me(session).expect(200);
    fallsSilent();
    on.clock.advance(5 * SECOND);
    await me(session).expect(200);
    on.clock.advance(HOUR - 5 * SECOND);
    await me(session).expect(503);
  });

  describe('whoever does not come for a while is asked about nevertheless', () => {
    /** As `upkeep.ts` has it done. */
    const passes = async (milliseconds: number) => {
      for (let passed = 0; passed < milliseconds; passed += 20 * SECOND) {
        on.clock.advance(20 * SECOND);
        await on.app.get(Authenticator).confirmAnew();
      }
    };
    const record = (token: string) => on.http.get(`/v1/companies/${COMPANY}/work`).auth(token, bearer);
    const userId = async () => (await on.vault.userByEmail('user@example.org'))?.id ?? '';

    it('and goes on, for a quarter of an hour after he came last', async () => {
      const keys = [await on.key('connector'), await on.key('user')] as const;
      for (const key of keys) await me(key).expect(200);
      await passes(10 * MINUTE);
      await me(keys[0]).expect(200);
      await passes(6 * MINUTE);
      const asked = jest.spyOn(on.vault, 'apiKeyByHash');
      await passes(MINUTE);
      expect(asked.mock.calls).toEqual([
        [hashOfToken(keys[0])],
        [hashOfToken(keys[0])],
        [hashOfToken(keys[0])],
      ]);
      fallsSilent();
      on.clock.advance(5 * SECOND);
      await me(keys[0]).expect(200);
      await me(keys[1]).expect(503);
    });

    it('so that what was taken away elsewhere before is known', async () => {
      const key = await on.key('connector');
      const { body } = await me(key).expect(200);
      const sessions = [await on.person('user'), await on.person('admin')] as const;
      for (const session of sessions) await record(session).expect(200);
      await on.vault.revokeApiKey(COMPANY, String(body.apiKey.id), on.clock.now());
      await on.vault.putMembership({
        user: await userId(),
        company: COMPANY,
        role: 'inspector',
        expiresAt: null,
      });
      const ended = await on.vault.sessionByTokenHash(hashOfToken(sessions[1]));
      await on.vault.removeSession(ended?.id ?? '');
      await passes(MINUTE);
      fallsSilent();
      on.clock.advance(5 * SECOND);
      await me(key).expect(401);
      await record(sessions[0]).expect(403);
      await record(sessions[1]).expect(401);
    });

    it('and does not go on where that could not be done for a minute', async () => {
      const keys = [await on.key('connector'), await on.key('user')] as const;
      await me(keys[0]).expect(200);
      on.clock.advance(MINUTE);
      await me(keys[1]).expect(200);
      on.clock.advance(SECOND);
      fallsSilent();
      await me(keys[0]).expect(503);
      await me(keys[1]).expect(200);
    });

    it('which shows that it has fallen silent; an answer in between begins no other silence', async () => {
      const keys = [await on.key('connector'), await on.key('user')] as const;
      for (const key of keys) await me(key).expect(200);
      fallsSilent();
      await passes(20 * SECOND);
      expect(standing().silent).toBe('MongoDB cannot be reached');
      on.clock.advance(MINUTE);
      await answersAgain();
      expect(standing().silent).toBeNull();
      fallsSilent();
      on.clock.advance(30 * SECOND);
      for (const key of keys) await me(key).expect(200);
    });

    it('every 20 s', async () => {
      await on.close();
      const every = jest.spyOn(global, 'setInterval');
      on = await accessApp([]);
      const key = await on.key('connector');
      await me(key).expect(200);
      on.clock.advance(20 * SECOND);
      const asked = jest.spyOn(on.vault, 'apiKeyByHash');
      for (const [round, milliseconds] of every.mock.calls) if (milliseconds === 20 * SECOND) round();
      expect(asked).toHaveBeenCalledTimes(1);
    });
  });

  it('nobody goes on for longer because the clock is set back', async () => {
    const key = await on.key('connector');
    await me(key).expect(200);
    fallsSilent();
    on.clock.advance(5 * SECOND);
    await me(key).expect(200);
    on.clock.advance(-HOUR);
    await me(key).expect(503);
  });

  it('of people who enter many companies, those who came last are remembered', async () => {
    const [COMPANIES, SESSIONS] = [1000, 101];
    await on.person('user');
    const user = (await on.vault.userByEmail('user@example.org'))?.id ?? '';
    for (let company = 0; company < COMPANIES; company += 1)
      await on.vault.putMembership({ user, company: on.ids.uuid(), role: 'user', expiresAt: null });
    const tokens = Array.from({ length: SESSIONS }, () => newToken());
    const [createdAt, expiresAt] = ['2026-03-14T09:00:00.000Z', '2026-03-14T21:00:00.000Z'];
    for (const token of tokens)
      await on.vault.addSession({
        id: on.ids.uuid(),
        user,
        tokenHash: hashOfToken(token),
        createdAt,
        expiresAt,
      });
    for (const token of tokens) await me(token).expect(200);
    fallsSilent();
    await me(tokens[0] ?? '').expect(503);
    await me(tokens.at(-1) ?? '').expect(200);
  });

  it('nobody else comes in: 503 for who may be somebody, 401 for who is known to be nobody', async () => {
    const [neverSeen, unknown] = [await on.key('connector'), newApiKey()];
    await me(unknown).expect(401);
    const ended = await on.person('user');
    await on.http.post('/v1/auth/logout').auth(ended, bearer).expect(204);
    await me(ended).expect(401);
    fallsSilent();
    for (const token of [neverSeen, newApiKey(), newToken()]) await me(token).expect(503);
    for (const token of [unknown, ended, 'caisse_wrong', newToken().slice(1)]) await me(token).expect(401);
  });

  it.each(['get', 'post'] as const)('who tries tokens out by %s is told to wait, too', async (method) => {
    await on.close();
    jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-03-14T09:00:00.000Z'));
    on = await accessApp([], { CAISSE_RATE_LIMIT: '5' });
    fallsSilent();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1)
      statuses.push((await on.http[method]('/v1/me').auth(newApiKey(), bearer)).status);
    expect(statuses).toEqual([503, 503, 503, 503, 503, 429, 429, 429]);
  });

  it('a write by somebody unknown is answered before its body is read', async () => {
    fallsSilent();
    const write = on.http.post(`/v1/companies/${COMPANY}/entries/batch`).auth(newApiKey(), bearer);
    const { body } = await write.send({ entries: 'x'.repeat(100_000) }).expect(503);
    expect(body.code).toBe('store-unavailable');
  });

  it('what is for anybody is for who cannot be identified, too', async () => {
    fallsSilent();
    const { body } = await on.http.get(`/v1/invitations/${newToken()}`).auth(newApiKey(), bearer).expect(404);
    expect(body.code).toBe('invitation-not-valid');
    await on.http.head(`/v1/invitations/${newToken()}`).auth(newApiKey(), bearer).expect(404);
  });

  it('nothing is given, taken or signed away by who may have been revoked', async () => {
    const admin = await on.person('admin');
    await keysOf(admin).expect(200);
    fallsSilent();
    await keysOf(admin).expect(200);
    on.clock.advance(5 * SECOND);
    await me(admin).expect(200);
    const { body, headers } = await keysOf(admin).expect(503);
    expect([body.code, headers['retry-after']]).toEqual(['store-unavailable', '1']);
    await keysOf(admin, OTHER_COMPANY).expect(503);
  });

  it('the firm enters a company that this node has not seen for the work of the day alone', async () => {
    const firm = await on.firmAdmin();
    await me(firm).expect(200);
    fallsSilent();
    jest.spyOn(on.vault, 'hasCompany').mockImplementation(away);
    await on.http.get(`/v1/companies/${COMPANY}/work`).auth(firm, bearer).expect(200);
    await keysOf(firm).expect(503);
    jest.spyOn(on.vault, 'hasCompany').mockRestore();
    await on.http.get(`/v1/companies/${UNKNOWN_COMPANY}/work`).auth(firm, bearer).expect(404);
  });

  it('what goes on is the work of the day', () => {
    const waits = (Object.keys(PERMISSIONS) as Action[]).filter((action) => !mayWithoutVault(action));
    expect(waits).toEqual([
      'invitation.create',
      'api-key.manage',
      'company.create',
      'company.settings',
      'till.add',
      'opening-balances.record',
      'budget.set',
      'customer.create',
      'customer.erase',
      'technical-events.read',
      'export.books',
      'proof.read',
      'proof.verify',
      'export.events',
      'archive.read',
      'archive.create',
    ]);
  });

  it('a request waits a second for it at most, and those after it not at all', async () => {
    const keys = [await on.key('connector'), await on.key('user')] as const;
    for (const key of keys) await me(key).expect(200);
    fallsSilent(never);
    on.clock.advance(5 * SECOND);
    const first = performance.now();
    await me(keys[0]).expect(200);
    expect(performance.now() - first).toBeGreaterThan(0.9 * SECOND);
    const second = performance.now();
    for (const key of keys) for (let request = 0; request < 5; request += 1) await me(key).expect(200);
    expect(performance.now() - second).toBeLessThan(0.9 * SECOND);
    expect(standing()).toEqual({ silent: 'no answer within 1000 ms', unconfirmed: 11 });
  });

  it('it is in the log once, and when it is over', async () => {
    const keys = [await on.key('connector'), await on.key('user')];
    for (const key of keys) await me(key).expect(200);
    fallsSilent();
    on.clock.advance(5 * SECOND);
    for (const key of keys) for (let request = 0; request < 5; request += 1) await me(key).expect(200);
    await delay(1.5 * SECOND);
    const lines = () => warned.mock.calls.map(([line]) => (line as { message: string }).message);
    expect(lines()).toEqual([expect.stringContaining('the vault does not answer')]);
    await answersAgain();
    expect(lines().slice(1)).toEqual(['the vault answers again']);
    expect(standing()).toEqual({ silent: null, unconfirmed: 10 });
  });

  it('is heard again although an ask hangs', async () => {
    const key = await on.key('connector');
    await me(key).expect(200);
    fallsSilent();
    on.clock.advance(5 * SECOND);
    await me(key).expect(200);
    jest.spyOn(on.vault, 'hasFirmAdmin').mockImplementationOnce(never).mockResolvedValue(true);
    await delay(6 * SECOND);
    expect(standing().silent).toBeNull();
  });

  it('is asked again by one timer, however often it falls silent, and no old answer ends a new silence', async () => {
    const keys = [await on.key('connector'), await on.key('user')] as const;
    for (const key of keys) await me(key).expect(200);
    const answers: ((answer: boolean) => void)[] = [];
    const asked = jest.spyOn(on.vault, 'hasFirmAdmin');
    asked.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
    const ofKey = jest.spyOn(on.vault, 'apiKeyByHash').mockImplementation(away);
    on.clock.advance(5 * SECOND);
    await me(keys[0]).expect(200);
    await delay(1.5 * SECOND);
    expect(asked).toHaveBeenCalledTimes(1);
    ofKey.mockRestore();
    await me(await on.key('connector')).expect(200);
    expect(standing().silent).toBeNull();
    jest.spyOn(on.vault, 'apiKeyByHash').mockImplementation(away);
    await me(keys[1]).expect(200);
    answers.forEach((answer) => answer(true));
    await delay(0.5 * SECOND);
    expect(standing().silent).toBe('MongoDB cannot be reached');
    asked.mockImplementation(away);
    await delay(3.2 * SECOND);
    const times = asked.mock.calls.length;
    expect(times).toBeGreaterThan(1);
    expect(times).toBeLessThan(6);
  });

  it('a key that was revoked meanwhile is refused as soon as it answers again', async () => {
    const secret = await on.key('connector');
    await me(secret).expect(200);
    fallsSilent();
    on.clock.advance(5 * SECOND);
    const { body } = await me(secret).expect(200);
    await on.vault.revokeApiKey(COMPANY, String(body.apiKey.id), on.clock.now());
    await me(secret).expect(200);
    await answersAgain();
    await me(secret).expect(401);
    fallsSilent();
    await me(secret).expect(401);
  });

  describe('whose end is asked for here', () => {
    /** Revocations and ends by this node reach the vault no more than questions do. */
    const fallsSilentFor5s = () => {
      fallsSilent();
      for (const call of ['revokeApiKey', 'removeSession'] as const)
        jest.spyOn(on.vault, call).mockImplementation(away);
      on.clock.advance(5 * SECOND);
    };
    const revoke = (admin: string, id: unknown) =>
      on.http.delete(`/v1/companies/${COMPANY}/api-keys/${String(id)}`).auth(admin, bearer);
    const idOf = async (key: string) => (await me(key).expect(200)).body.apiKey.id as unknown;

    it('goes on no more, whether or not it is done: a key', async () => {
      const admin = await on.person('admin');
      const secret = await on.key('connector');
      const id = await idOf(secret);
      await me(admin).expect(200);
      fallsSilentFor5s();
      await me(secret).expect(200);
      const { headers } = await revoke(admin, id).expect(503);
      expect(headers['retry-after']).toBe('1');
      await me(secret).expect(503);
      await me(admin).expect(200);
    });

    it('goes on no more, whether or not it is done: a session, and its cookie', async () => {
      const session = await on.person('user');
      await me(session).expect(200);
      fallsSilentFor5s();
      await me(session).expect(200);
      const { headers } = await on.http.post('/v1/auth/logout').auth(session, bearer).expect(503);
      expect(headers['retry-after']).toBe('1');
      expect(headers['set-cookie']).toEqual([expect.stringMatching(/^caisse_session=;.* Max-Age=0$/)]);
      await me(session).expect(503);
    });

    it('is a key that the firm shuts out of a company that this node has not seen', async () => {
      const firm = await on.firmAdmin();
      const secret = await on.key('connector');
      const id = await idOf(secret);
      await me(firm).expect(200);
      fallsSilentFor5s();
      jest.spyOn(on.vault, 'hasCompany').mockImplementation(away);
      await revoke(firm, id).expect(503);
      await me(secret).expect(503);
    });

    it('is shut out for a while by who may have been revoked himself, and never for good', async () => {
      const admin = await on.person('admin');
      const secret = await on.key('connector');
      const id = await idOf(secret);
      await me(admin).expect(200);
      fallsSilent();
      on.clock.advance(5 * SECOND);
      await revoke(admin, id).expect(503);
      await answersAgain();
      await me(secret).expect(200);
    });

    it('is nobody’s but who may', async () => {
      const [user, admin] = [await on.person('user'), await on.person('admin')];
      const [own, foreign] = [
        await on.key('connector'),
        await on.key('connector', { company: OTHER_COMPANY }),
      ];
      const ids = [await idOf(own), await idOf(foreign)];
      for (const token of [user, admin]) await me(token).expect(200);
      fallsSilentFor5s();
      for (const id of ids) await revoke(user, id).expect(403);
      await revoke(admin, ids[1]).expect(503);
      for (const key of [own, foreign]) await me(key).expect(200);
    });
  });

  it('a live listener stays for as long as anybody else does', async () => {
    const authenticator = on.app.get(Authenticator);
    const key = await on.key('user');
    const isGood = () => authenticator.isStillGood(key, COMPANY, 'live.read');
    expect(await isGood()).toBe(true);
    fallsSilent();
    on.clock.advance(5 * SECOND);
    expect(await isGood()).toBe(true);
    on.clock.advance(14 * MINUTE - 5 * SECOND);
    expect(await isGood()).toBe(true);
    on.clock.advance(MINUTE);
    await expect(isGood()).rejects.toThrow(StoreUnavailable);
  });
});
