import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Logger } from '@nestjs/common';
import {
  type AccessApp,
  accessApp,
  COMPANY,
  FIRM_ADMIN,
  OTHER_COMPANY,
  UNKNOWN_COMPANY,
} from '../../test/support/access-app';
import { AccessGuard } from './access.guard';
import { Authenticator } from './authenticator';
import { hashOfToken, newApiKey } from './tokens';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const bearer = { type: 'bearer' } as const;

describe('access over HTTP', () => {
  let on: AccessApp;
  beforeEach(async () => {
    on = await accessApp();
  });
  afterEach(() => on.close());

  const me = (token: string) => on.http.get('/v1/me').auth(token, bearer);
  const keysOf = (company: string, token: string) =>
    on.http.get(`/v1/companies/${company}/api-keys`).auth(token, bearer);
  const makeKey = (token: string, body: object, company = COMPANY) =>
    on.http.post(`/v1/companies/${company}/api-keys`).auth(token, bearer).send(body);
  const invite = (token: string, body: object, company = COMPANY) =>
    on.http.post(`/v1/companies/${company}/invitations`).auth(token, bearer).send(body);

  describe('signing in', () => {
    it('answers a token, its end and the user, and sets the cookie', async () => {
      const { body, headers } = await on.http.post('/v1/auth/login').send(FIRM_ADMIN).expect(200);
      expect(body).toEqual({
        token: expect.stringMatching(/^[\w-]{43}$/),
        expiresAt: '2026-03-14T21:00:00.000Z',
        user: { id: expect.any(String), email: FIRM_ADMIN.email, name: 'Cabinet', firmAdmin: true },
      });
      expect(headers['set-cookie']).toEqual([
        `caisse_session=${String(body.token)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000`,
      ]);
      await me(body.token).expect(200);
    });

    it('knows the e-mail in any case', () =>
      on.http
        .post('/v1/auth/login')
        .send({ ...FIRM_ADMIN, email: 'CABINET@Example.ORG' })
        .expect(200));

    it('is told to the log, and so is a failure, by opaque ids alone', async () => {
      const told = [
        jest.spyOn(Logger.prototype, 'log').mockReturnValue(),
        jest.spyOn(Logger.prototype, 'warn').mockReturnValue(),
      ];
      const login = (body: object) => on.http.post('/v1/auth/login').send(body);
      const { body } = await login(FIRM_ADMIN).expect(200);
      await login({ ...FIRM_ADMIN, password: 'devinette' }).expect(401);
      await login({ ...FIRM_ADMIN, email: 'x@example.org' }).expect(401);
      const [signedIn, refused] = told.map(({ mock }) => mock.calls.map(([line]) => line as unknown));
      jest.restoreAllMocks();
      const user = (body as { user: { id: string } }).user.id;
      expect(signedIn).toEqual([{ message: 'signed in', user, firmAdmin: true }]);
      expect(refused).toEqual([
        { message: 'sign-in refused', user },
        { message: 'sign-in refused', user: null },
      ]);
    });

    it('says the same for a wrong password and an unknown e-mail', async () => {
      const wrong = await on.http
        .post('/v1/auth/login')
        .send({ ...FIRM_ADMIN, password: 'autre chose' })
        .expect(401);
      const unknown = await on.http
        .post('/v1/auth/login')
        .send({ ...FIRM_ADMIN, email: 'x@example.org' })
        .expect(401);
      expect(wrong.body.code).toBe('wrong-credentials');
      expect(unknown.body).toEqual(wrong.body);
      expect(wrong.headers['set-cookie']).toBeUndefined();
    });

    it('names each field that does not fit', async () => {
      const { body } = await on.http.post('/v1/auth/login').send({ email: 5, pin: 1 }).expect(400);
      expect(body.code).toBe('invalid-input');
      expect(
        body.errors.map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code]),
      ).toEqual(
        expect.arrayContaining([
          ['/pin', 'unknown-field'],
          ['/email', 'wrong-type'],
          ['/password', 'required'],
        ]),
      );
    });

    it.each([[undefined], [[]], ['"text"'], ['5'], ['null']])('refuses the body %j', async (body) => {
      const sent = on.http.post('/v1/auth/login').set('Content-Type', 'application/json');
      const answer = await (body === undefined ? sent : sent.send(body as string));
      expect(answer.status).toBe(400);
      expect(answer.headers['content-type']).toBe('application/problem+json');
    });

    it('stops guessing after ten wrong passwords, also when they come at once', async () => {
      const guesses = await Promise.all(
        Array.from({ length: 14 }, () =>
          on.http.post('/v1/auth/login').send({ ...FIRM_ADMIN, password: 'devinette' }),
        ),
      );
      expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
      const blocked = await on.http.post('/v1/auth/login').send(FIRM_ADMIN).expect(429);
      expect(blocked.body.code).toBe('too-many-sign-ins');
      expect(blocked.headers['retry-after']).toBe('900');
      await on.http.post('/v1/auth/login').send({ email: 'else@example.org', password: 'x' }).expect(401);
      on.clock.advance(15 * MINUTE);
      await on.http.post('/v1/auth/login').send(FIRM_ADMIN).expect(200);
    });

    it('does not count right passwords as guesses', async () => {
      for (let attempt = 0; attempt < 12; attempt += 1) await on.firmAdmin();
    });

    it('keeps nothing of the token but its hash', async () => {
      const token = await on.firmAdmin();
      expect(await on.vault.sessionByTokenHash(token)).toBeNull();
    });
  });

  describe('an answer of the vault', () => {
    afterEach(() => jest.restoreAllMocks());

    /** The next answer to this question is on its way until it is let through. */
    const holdsBack = (question: 'apiKeyByHash' | 'memberships') => {
      const ask = on.vault[question].bind(on.vault) as (about: string) => Promise<never>;
      const waiting: (() => void)[] = [];
      const arrives = new Promise<void>((resolve) => waiting.push(resolve));
      const asked = new Promise<void>((resolve) => {
        jest.spyOn(on.vault, question).mockImplementationOnce(async (about: string) => {
          const answer = await ask(about);
          resolve();
          await arrives;
          return answer;
        });
      });
      return { asked, letThrough: () => waiting.forEach((goOn) => goOn()) };
    };

    it('is nothing any more once the vault has said no', async () => {
      const key = await on.key('connector');
      const { id } = (await on.vault.apiKeys(COMPANY))[0] ?? { id: '' };
      const { asked, letThrough } = holdsBack('apiKeyByHash');
      const slow = me(key).then(({ status }) => status);
      await asked;
      await on.vault.revokeApiKey(COMPANY, id, on.clock.now());
      await me(key).expect(401);
      letThrough();
      expect(await slow).toBe(401);
      await me(key).expect(401);
    });

    it('is not that of who comes after a revocation here', async () => {
      const admin = await on.person('admin');
      await me(admin).expect(200);
      const key = await on.key('connector');
      const { id } = (await on.vault.apiKeys(COMPANY))[0] ?? { id: '' };
      const { asked, letThrough } = holdsBack('apiKeyByHash');
      const before = me(key).then(({ status }) => status);
      await asked;
      await on.http.delete(`/v1/companies/${COMPANY}/api-keys/${id}`).auth(admin, bearer).expect(204);
      const after = me(key).then(({ status }) => status);
      setTimeout(letThrough, 300);
      await before;
      expect(await after).toBe(401);
    });

    it('is not that of who comes after a sign-out here', async () => {
      const session = await on.person('user');
      const { asked, letThrough } = holdsBack('memberships');
      const before = me(session).then(({ status }) => status);
      await asked;
      const found = await on.vault.sessionByTokenHash(hashOfToken(session));
      await on.vault.removeSession(found?.id ?? '');
      on.app.get(Authenticator).forget(found?.id ?? '');
      const after = me(session).then(({ status }) => status);
      setTimeout(letThrough, 300);
      await before;
      expect(await after).toBe(401);
    });

    it('is not remembered in the place of a newer one', async () => {
      const session = await on.person('admin');
      const user = (await on.vault.userByEmail('admin@example.org'))?.id ?? '';
      const { asked, letThrough } = holdsBack('memberships');
      const slow = me(session).then(({ status }) => status);
      await asked;
      await on.vault.putMembership({ user, company: COMPANY, role: 'user', expiresAt: null });
      await keysOf(COMPANY, session).expect(403);
      letThrough();
      expect(await slow).toBe(200);
      await keysOf(COMPANY, session).expect(403);
    });

    it('counts for no longer because the clock is set back', async () => {
      const key = await on.key('connector');
      await me(key).expect(200);
      const { id } = (await on.vault.apiKeys(COMPANY))[0] ?? { id: '' };
      await on.vault.revokeApiKey(COMPANY, id, on.clock.now());
      on.clock.advance(-HOUR);
      await me(key).expect(401);
    });
  });

  describe('ten requests that come at once', () => {
    afterEach(() => jest.restoreAllMocks());

    /** The vault's answers to this question are on their way until the tenth who `came` would have asked it. */
    const untilTenCame = (question: 'apiKeyByHash' | 'hasCompany') => {
      const answer = on.vault[question].bind(on.vault) as (about: string) => Promise<never>;
      const came = jest.fn();
      const ten = new Promise<void>((resolve) => {
        came.mockImplementation(() => {
          if (came.mock.calls.length === 10) resolve();
        });
      });
      const asked = jest.spyOn(on.vault, question).mockImplementation(async (about: string) => {
        await ten;
        return answer(about);
      });
      return { asked, came };
    };
    /** Once, as a rule; on a machine that takes seconds for the ten to come, once a second. */
    const expectShared = ({ mock }: jest.SpyInstance) => expect(mock.calls.length).toBeLessThan(10);
    const tenTimes = (what: () => Promise<unknown>) => Promise.all(Array.from({ length: 10 }, what));

    it('ask the vault once who comes', async () => {
      const key = await on.key('connector');
      const { asked, came } = untilTenCame('apiKeyByHash');
      const authenticator = on.app.get(Authenticator);
      const authenticate = authenticator.authenticate.bind(authenticator);
      jest.spyOn(authenticator, 'authenticate').mockImplementation((token) => {
        const identity = authenticate(token);
        came();
        return identity;
      });
      await tenTimes(async () => me(key).expect(200));
      expectShared(asked);
    });

    it('ask the vault once for a company that this node has not seen', async () => {
      const token = await on.firmAdmin();
      const { asked, came } = untilTenCame('hasCompany');
      // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the guard that the spy is of
      const { canActivate } = AccessGuard.prototype;
      jest.spyOn(AccessGuard.prototype, 'canActivate').mockImplementation(function (this: AccessGuard, to) {
        const passes = canActivate.call(this, to);
        came();
        return passes;
      });
      await tenTimes(async () => keysOf(OTHER_COMPANY, token).expect(200));
      expectShared(asked);
    });
  });

  describe('trying tokens out', () => {
    const LIMIT = 5;
    beforeEach(async () => {
      await on.close();
      // One minute, as the limit counts.
      jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-03-14T09:00:00.000Z'));
      on = await accessApp([], { CAISSE_RATE_LIMIT: String(LIMIT) });
    });
    afterEach(() => jest.restoreAllMocks());

    const tryOut = async (times: number) => {
      const statuses: number[] = [];
      for (let attempt = 0; attempt < times; attempt += 1) statuses.push((await me(newApiKey())).status);
      return statuses;
    };

    it('counts for the address, and beyond the limit the vault is not asked', async () => {
      const asked = jest.spyOn(on.vault, 'apiKeyByHash');
      expect(await tryOut(8)).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
      expect(asked).toHaveBeenCalledTimes(LIMIT);
    });

    it('does not count for who turns out to be somebody, nor stops who is known', async () => {
      const known = await on.key('connector');
      for (let request = 0; request < LIMIT - 1; request += 1) await me(known).expect(200);
      expect(await tryOut(LIMIT + 1)).toEqual([401, 401, 401, 401, 401, 429]);
      on.clock.advance(MINUTE);
      await me(known).expect(200);
      await me(known).expect(429);
    });

    it('leaves nothing of the requests in memory', async () => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      const authenticator = on.app.get(Authenticator);
      const used = () => {
        collect();
        return process.memoryUsage().heapUsed;
      };
      const header = (token: string) =>
        Buffer.from(`Bearer ${token}${' '.repeat(50_000)}`).toString('latin1');
      const tokens = async (make: () => Promise<string>) => {
        for (let request = 0; request < 500; request += 1) {
          const token = /^Bearer +(\S+)/.exec(header(await make()))?.[1] ?? '';
          await authenticator.authenticate(token);
        }
      };
      const before = used();
      await tokens(() => Promise.resolve(newApiKey()));
      await tokens(() => on.key('connector'));
      expect(used() - before).toBeLessThan(10_000_000);
    });
  });

  describe('a session', () => {
    it('ends when one signs out, at once and for the cookie too', async () => {
      const token = await on.firmAdmin();
      await me(token).expect(200);
      const { headers } = await on.http.post('/v1/auth/logout').auth(token, bearer).expect(204);
      expect(headers['set-cookie']).toEqual([
        'caisse_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
      ]);
      const { body, headers: refused } = await me(token).expect(401);
      expect(body.code).toBe('not-signed-in');
      expect(refused['www-authenticate']).toBe('Bearer realm="caisse"');
    });

    it('ends after twelve hours without use, and slides while it is used', async () => {
      const used = await on.firmAdmin();
      const idle = await on.firmAdmin();
      on.clock.advance(8 * HOUR);
      await me(used).expect(200);
      on.clock.advance(8 * HOUR);
      await me(used).expect(200);
      await me(idle).expect(401);
      on.clock.advance(12 * HOUR);
      await me(used).expect(401);
    });

    it('ends after thirty days, however much it is used', async () => {
      const token = await on.firmAdmin();
      for (let hour = 0; hour < 30 * 24; hour += 8) {
        await me(token).expect(200);
        // Noted beside the answer, for which eight hours are enough.
        const next = Date.parse(on.clock.now()) + 8 * HOUR;
        const end = async () => (await on.vault.sessionByTokenHash(hashOfToken(token)))?.expiresAt ?? '';
        while (Date.parse(await end()) < next) await delay(1);
        on.clock.advance(8 * HOUR);
      }
      await me(token).expect(401);
    });

    it('lives in the cookie for reads', async () => {
      const token = await on.firmAdmin();
      await on.http.get('/v1/me').set('Cookie', `a=b; caisse_session=${token}`).expect(200);
      await on.http.get('/v1/me').set('Cookie', `caisse_session=${token}x`).expect(401);
    });

    it('is the header’s rather than the cookie’s', async () => {
      const token = await on.firmAdmin();
      await on.http.get('/v1/me').set('Cookie', `caisse_session=${token}`).auth('wrong', bearer).expect(401);
    });

    it.each([
      ['from another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
      ['from a sister site', { 'Sec-Fetch-Site': 'same-site' }, 403],
      ['from the app', { 'Sec-Fetch-Site': 'same-origin' }, 204],
      ['from another origin, in an old browser', { Origin: 'https://evil.example' }, 403],
      ['from an opaque origin', { Origin: 'null' }, 403],
      ['without a browser', {}, 204],
    ])('writes by cookie %s: %j → %i', async (_from, headers, status) => {
      const token = await on.firmAdmin();
      const answer = await on.http
        .post('/v1/auth/logout')
        .set('Cookie', `caisse_session=${token}`)
        .set(headers);
      expect(answer.status).toBe(status);
      if (status === 403) expect(answer.body.code).toBe('cross-site-request');
    });

    it('writes by header from wherever it likes: no browser adds that by itself', async () => {
      const token = await on.firmAdmin();
      const sent = on.http.post('/v1/auth/logout').auth(token, bearer).set('Sec-Fetch-Site', 'cross-site');
      await sent.expect(204);
    });
  });

  describe('GET /v1/me', () => {
    it('lists every company for the firm', async () => {
      const { body } = await me(await on.firmAdmin()).expect(200);
      expect(body).toMatchObject({
        user: { email: FIRM_ADMIN.email, firmAdmin: true },
        apiKey: null,
        companies: [
          { id: COMPANY, role: 'firm-admin' },
          { id: OTHER_COMPANY, role: 'firm-admin' },
        ],
        more: false,
      });
    });

    it('lists the companies of a person', async () => {
      const { body } = await me(await on.person('user')).expect(200);
      expect(body.companies).toEqual([{ id: COMPANY, role: 'user' }]);
      expect(body.user).toMatchObject({ email: 'user@example.org', firmAdmin: false });
      expect(JSON.stringify(body)).not.toContain('argon2');
    });

    it('describes an API key', async () => {
      const { body } = await me(await on.key('connector', { tills: ['T1'] })).expect(200);
      expect(body).toMatchObject({
        user: null,
        apiKey: { tills: ['T1'], expiresAt: null },
        companies: [{ id: COMPANY, role: 'connector' }],
      });
    });

    it.each([
      ['nothing', ''],
      ['another scheme', 'Basic YTpi'],
      ['a scheme alone', 'Bearer '],
      ['two tokens', 'Bearer a b'],
      ['a token of 5,000 characters', `Bearer ${'x'.repeat(5000)}`],
      ['an unknown key', 'Bearer caisse_wrong'],
    ])('is not for %s', (_what, authorization) =>
      on.http.get('/v1/me').set('Authorization', authorization).expect(401),
    );
  });

  describe('another tenant’s company', () => {
    it('is as unknown as one that does not exist, whatever the role', async () => {
      const tokens = [await on.person('admin'), await on.person('accountant'), await on.key('admin')];
      for (const token of tokens) {
        const foreign = await keysOf(OTHER_COMPANY, token).expect(404);
        const unknown = await keysOf(UNKNOWN_COMPANY, token).expect(404);
        expect(foreign.body).toEqual(unknown.body);
      }
    });

    it('is unknown before the right to the action is looked at', async () => {
      await keysOf(OTHER_COMPANY, await on.person('user')).expect(404);
      await keysOf(COMPANY, await on.person('user', 'second@example.org')).expect(403);
    });

    it('exists for the firm; an unknown one and a reserved one do not', async () => {
      const token = await on.firmAdmin();
      await on.vault.reserveCompany({ siren: 'x', company: UNKNOWN_COMPANY, idempotencyKey: 'x' });
      await keysOf(OTHER_COMPANY, token).expect(200);
      await keysOf(UNKNOWN_COMPANY, token).expect(404);
      await keysOf('..%2f', token).expect(404);
      await keysOf(COMPANY.toUpperCase(), token).expect(200);
      await on.vault.confirmCompany(UNKNOWN_COMPANY);
      await keysOf(UNKNOWN_COMPANY, token).expect(200);
    });

    it('exists for the firm when it was opened while the vault was being asked', async () => {
      const token = await on.firmAdmin();
      await on.vault.reserveCompany({ siren: 'x', company: UNKNOWN_COMPANY, idempotencyKey: 'x' });
      jest.spyOn(on.vault, 'hasCompany').mockImplementationOnce(async () => {
        await on.vault.confirmCompany(UNKNOWN_COMPANY);
        return false;
      });
      await keysOf(UNKNOWN_COMPANY, token).expect(200);
    });

    it('is unknown to whoever is not signed in only after that', () =>
      on.http.get(`/v1/companies/${COMPANY}/api-keys`).expect(401));
  });

  describe('invitations', () => {
    it('make an account, give the role and sign in, once', async () => {
      const { body } = await invite(await on.firmAdmin(), { email: 'eve@example.org', role: 'admin' }).expect(
        201,
      );
      expect(body).toEqual({
        id: expect.any(String),
        company: COMPANY,
        role: 'admin',
        email: 'eve@example.org',
        expiresAt: '2026-03-21T09:00:00.000Z',
        accessExpiresAt: null,
        token: expect.stringMatching(/^[\w-]{43}$/),
        link: `http://127.0.0.1:3000/#/invitation/${String(body.token)}`,
      });
      const link = `/v1/invitations/${String(body.token)}`;
      const offer = await on.http.get(link).expect(200);
      expect(offer.body).toMatchObject({ company: COMPANY, role: 'admin', email: 'eve@example.org' });
      expect(offer.body.token).toBeUndefined();

      const acceptance = { password: 'pain au chocolat', name: 'Ève' };
      const accepted = await on.http.post(link).send(acceptance).expect(201);
      expect(accepted.headers['set-cookie']).toHaveLength(1);
      expect((await me(accepted.body.token)).body.companies).toEqual([{ id: COMPANY, role: 'admin' }]);

      expect((await on.http.post(link).send(acceptance).expect(404)).body.code).toBe('invitation-not-valid');
      await on.http.get(link).expect(404);
      await on.http
        .post('/v1/auth/login')
        .send({ email: 'EVE@example.org', password: acceptance.password })
        .expect(200);
    });

    it('are used by exactly one of many at once', async () => {
      const { body } = await invite(await on.firmAdmin(), { email: 'eve@example.org', role: 'user' }).expect(
        201,
      );
      const attempts = await Promise.all(
        ['un', 'deux', 'trois', 'quatre'].map((name) =>
          on.http
            .post(`/v1/invitations/${String(body.token)}`)
            .send({ password: `${name} ${name} ${name}`, name }),
        ),
      );
      expect(attempts.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(attempts.every(({ status }) => status < 500)).toBe(true);
    });

    it('expire after seven days', async () => {
      const { body } = await invite(await on.firmAdmin(), { email: 'eve@example.org', role: 'user' }).expect(
        201,
      );
      on.clock.advance(7 * DAY);
      await on.http.get(`/v1/invitations/${String(body.token)}`).expect(404);
      await on.http
        .post(`/v1/invitations/${String(body.token)}`)
        .send({ password: 'pain au chocolat', name: 'Ève' })
        .expect(404);
    });

    it('add a role to who has an account, and want its password', async () => {
      await on.person('user', 'eve@example.org');
      const { body } = await invite(
        await on.firmAdmin(),
        { email: 'Eve@example.org', role: 'accountant' },
        OTHER_COMPANY,
      ).expect(201);
      const link = `/v1/invitations/${String(body.token)}`;
      await on.http.post(link).send({ password: 'pas la bonne' }).expect(401);
      const accepted = await on.http.post(link).send({ password: 'une autre phrase' }).expect(201);
      expect((await me(accepted.body.token)).body.companies).toEqual([
        { id: COMPANY, role: 'user' },
        { id: OTHER_COMPANY, role: 'accountant' },
      ]);
    });

    it('reach sessions that are open already', async () => {
      const open = await on.person('user', 'eve@example.org');
      await keysOf(COMPANY, open).expect(403);
      const { body } = await invite(await on.firmAdmin(), { email: 'eve@example.org', role: 'admin' }).expect(
        201,
      );
      await on.http
        .post(`/v1/invitations/${String(body.token)}`)
        .send({ password: 'une autre phrase' })
        .expect(201);
      await keysOf(COMPANY, open).expect(200);
    });

    it('want a name and a password of eight characters for a new account', async () => {
      const { body } = await invite(await on.firmAdmin(), { email: 'eve@example.org', role: 'user' }).expect(
        201,
      );
      const link = `/v1/invitations/${String(body.token)}`;
      const short = await on.http.post(link).send({ password: '1234567', name: 'Ève' }).expect(400);
      expect(short.body.errors).toEqual([
        { pointer: '/password', code: 'too-short', message: expect.any(String) },
      ]);
      const nameless = await on.http.post(link).send({ password: 'pain au chocolat' }).expect(400);
      expect(nameless.body.errors).toEqual([
        { pointer: '/name', code: 'required', message: expect.any(String) },
      ]);
      const nul = await on.http
        .post(link)
        .send({ password: 'pain au chocolat', name: 'a\u0000b' })
        .expect(400);
      expect(nul.body.errors[0].code).toBe('text-not-well-formed');
      await on.http.get(link).expect(200);
    });

    it('of inspectors end their access after thirty days', async () => {
      const token = await on.person('inspector');
      expect((await me(token)).body.companies).toEqual([{ id: COMPANY, role: 'inspector' }]);
      on.clock.advance(30 * DAY - 6 * HOUR);
      const again = { email: 'inspector@example.org', password: 'une autre phrase' };
      const later = await on.http.post('/v1/auth/login').send(again).expect(200);
      expect((await me(later.body.token)).body.companies).toHaveLength(1);
      on.clock.advance(6 * HOUR);
      expect((await me(later.body.token)).body.companies).toEqual([]);
      await keysOf(COMPANY, later.body.token).expect(404);
    });

    it('are for who may give the role: an administrator of the shop makes no accountant', async () => {
      const admin = await on.person('admin');
      await invite(admin, { email: 'x@example.org', role: 'user' }).expect(201);
      const { body } = await invite(admin, { email: 'x@example.org', role: 'accountant' }).expect(403);
      expect(body.code).toBe('not-allowed');
      await invite(await on.person('user'), { email: 'x@example.org', role: 'user' }).expect(403);
      await invite(await on.key('admin'), { email: 'x@example.org', role: 'user' }).expect(403);
    });

    it('make another administrator of the firm', async () => {
      const { body } = await invite(await on.firmAdmin(), {
        email: 'b@example.org',
        role: 'firm-admin',
      }).expect(201);
      expect(body.company).toBeNull();
      const accepted = await on.http
        .post(`/v1/invitations/${String(body.token)}`)
        .send({ password: 'pain au chocolat', name: 'B' });
      await keysOf(OTHER_COMPANY, accepted.body.token).expect(200);
    });

    it('are made once per Idempotency-Key, and show their secret once', async () => {
      const token = await on.firmAdmin();
      const send = (role: string) =>
        invite(token, { email: 'eve@example.org', role }).set('Idempotency-Key', '"invite-1"');
      const [first, second] = await Promise.all([send('user'), send('user')]);
      const [made, replayed] = first.status === 201 ? [first, second] : [second, first];
      expect([made.status, replayed.status]).toEqual([201, 200]);
      expect(replayed.headers['idempotent-replayed']).toBe('true');
      expect(replayed.body).toEqual({ ...made.body, token: null, link: null });
      expect((await send('admin').expect(409)).body.code).toBe('idempotency-mismatch');
      await invite(token, { email: 'eve@example.org', role: 'user' }).set('Idempotency-Key', 'é').expect(400);
    });
  });

  describe('API keys', () => {
    it('are shown once, listed without their secret, and work until they are revoked', async () => {
      const admin = await on.person('admin');
      const wanted = {
        name: 'Caisse 1',
        role: 'connector',
        tills: ['T1'],
        expiresAt: '2026-12-31T23:59:59+01:00',
      };
      const { body } = await makeKey(admin, wanted).expect(201);
      expect(body).toMatchObject({
        name: 'Caisse 1',
        role: 'connector',
        tills: ['T1'],
        expiresAt: '2026-12-31T22:59:59.000Z',
        lastUsedAt: null,
        revokedAt: null,
        key: expect.stringMatching(/^caisse_[\w-]{43}$/),
      });
      await me(body.key).expect(200);

      const listed = await keysOf(COMPANY, admin).expect(200);
      expect(listed.body).toEqual({
        data: [{ ...body, key: undefined, lastUsedAt: on.clock.now() }],
        next: null,
      });

      const revoke = () =>
        on.http.delete(`/v1/companies/${COMPANY}/api-keys/${String(body.id)}`).auth(admin, bearer);
      await revoke().expect(204);
      await me(body.key).expect(401);
      await revoke().expect(404);
      expect((await keysOf(COMPANY, admin)).body.data[0].revokedAt).toBe(on.clock.now());
    });

    it('end when they say so', async () => {
      const { body } = await makeKey(await on.firmAdmin(), {
        name: 'k',
        role: 'user',
        expiresAt: '2026-03-14T10:00:00Z',
      }).expect(201);
      await me(body.key).expect(200);
      on.clock.advance(HOUR);
      await me(body.key).expect(401);
    });

    it('of inspectors end after thirty days unless said otherwise', async () => {
      const { body } = await makeKey(await on.firmAdmin(), { name: 'k', role: 'inspector' }).expect(201);
      expect(body.expiresAt).toBe('2026-04-13T09:00:00.000Z');
    });

    it.each([
      [{ name: 'k', role: 'firm-admin' }, '/role', 'unknown-value'],
      [{ name: '', role: 'user' }, '/name', 'too-short'],
      [{ role: 'user' }, '/name', 'required'],
      [{ name: 'k', role: 'user', tills: [] }, '/tills', 'too-short'],
      [{ name: 'k', role: 'user', tills: ['no spaces'] }, '/tills', 'bad-format'],
      [{ name: 'k', role: 'user', tills: 'T1' }, '/tills', 'wrong-type'],
      [{ name: 'k', role: 'user', expiresAt: 'tomorrow' }, '/expiresAt', 'not-an-instant'],
      [{ name: 'k', role: 'user', expiresAt: '2026-03-14T09:00:00Z' }, '/expiresAt', 'in-the-past'],
      [{ name: 'k', role: 'user', scope: 'all' }, '/scope', 'unknown-field'],
    ])('are refused when asked for as %j', async (wanted, pointer, code) => {
      const { body } = await makeKey(await on.firmAdmin(), wanted).expect(400);
      expect(body.errors).toEqual([{ pointer, code, message: expect.any(String) }]);
    });

    it('and sessions, asked for without being used, are good until they end, where they may', async () => {
      const authenticator = on.app.get(Authenticator);
      const good = (token: string, company = COMPANY) =>
        authenticator.isStillGood(token, company, 'live.read');
      const session = await on.person('user');
      const inspector = await on.key('inspector');
      expect([await good(session), await good(inspector), await good(await on.firmAdmin())]).toEqual([
        true,
        true,
        true,
      ]);
      expect([await good(session, OTHER_COMPANY), await good(await on.key('connector'))]).toEqual([
        false,
        false,
      ]);
      // Asking every hour does not keep a session open.
      for (let hour = 0; hour < 11; hour += 1) {
        on.clock.advance(HOUR);
        expect(await good(session)).toBe(true);
      }
      on.clock.advance(HOUR);
      expect([await good(session), await good(inspector)]).toEqual([false, true]);
      const other = await on.person('user', 'autre@example.org');
      await on.http.post('/v1/auth/logout').auth(other, { type: 'bearer' }).expect(204);
      expect(await good(other)).toBe(false);
    });

    it('of another company cannot be revoked, nor used there', async () => {
      const { body } = await makeKey(await on.firmAdmin(), { name: 'k', role: 'user' }, OTHER_COMPANY).expect(
        201,
      );
      const foreign = on.http.delete(`/v1/companies/${COMPANY}/api-keys/${String(body.id)}`);
      await foreign.auth(await on.person('admin'), bearer).expect(404);
      await me(body.key).expect(200);
    });

    it('are not made by keys, nor above one’s own role', async () => {
      await makeKey(await on.key('admin'), { name: 'k', role: 'user' }).expect(403);
      await makeKey(await on.person('admin'), { name: 'k', role: 'accountant' }).expect(403);
      await makeKey(await on.person('user'), { name: 'k', role: 'user' }).expect(403);
    });

    it('cost the vault one read in five seconds, not one per request', async () => {
      const key = await on.key('connector');
      const reads = jest.spyOn(on.vault, 'apiKeyByHash');
      for (let request = 0; request < 10; request += 1) await me(key).expect(200);
      expect(reads).toHaveBeenCalledTimes(1);
      on.clock.advance(5000);
      await me(key).expect(200);
      expect(reads).toHaveBeenCalledTimes(2);
    });
  });
});
