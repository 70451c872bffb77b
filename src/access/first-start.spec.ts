import { type AccessApp, accessApp, newVault } from '../../test/support/access-app';
import { FirstStart } from './first-start';
import { Invitations } from './invitations';
import { Passwords } from './passwords';
import { readConfig } from '../config';
import type { Vault } from '../ports/vault';

describe('the first start', () => {
  let on: AccessApp;
  let empty: Vault;
  beforeEach(async () => {
    on = await accessApp();
    empty = await newVault();
  });
  afterEach(async () => {
    await empty.close();
    await on.close();
  });

  const firstStart = (vault: Vault, environment: Record<string, string> = {}) =>
    new FirstStart(
      vault,
      on.app.get(Passwords),
      on.app.get(Invitations),
      on.clock,
      on.ids,
      readConfig(environment),
    );

  it('makes the administrator that the environment names', async () => {
    const start = firstStart(empty, {
      CAISSE_ADMIN_EMAIL: 'claire@example.org',
      CAISSE_ADMIN_PASSWORD: 'une phrase de passe',
    });
    expect(await start.prepare()).toBeNull();
    const user = await empty.userByEmail('claire@example.org');
    expect(user).toMatchObject({
      firmAdmin: true,
      passwordHash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/),
    });
    expect(await start.prepare()).toBeNull();
  });

  it('leaves an installation with an administrator alone, whatever the environment says', async () => {
    const environment = {
      CAISSE_ADMIN_EMAIL: 'other@example.org',
      CAISSE_ADMIN_PASSWORD: 'une autre phrase',
    };
    expect(await firstStart(on.vault, environment).prepare()).toBeNull();
    expect(await on.vault.userByEmail('other@example.org')).toBeNull();
  });

  it('else gives a link, with which one chooses e-mail and password, once', async () => {
    const { link, token } = await on.app.get(Invitations).inviteFirst();
    expect(link).toBe(`http://127.0.0.1:3000/#/invitation/${token}`);
    const path = `/v1/invitations/${token}`;
    expect((await on.http.get(path).expect(200)).body).toMatchObject({
      role: 'firm-admin',
      email: null,
      company: null,
    });
    const nameless = await on.http.post(path).send({ password: 'une phrase', name: 'C' }).expect(400);
    expect(nameless.body.errors).toEqual([
      { pointer: '/email', code: 'required', message: expect.any(String) },
    ]);
    const chosen = { email: 'claire@example.org', password: 'une phrase', name: 'Claire' };
    const accepted = await on.http.post(path).send(chosen).expect(201);
    expect(accepted.body.user).toMatchObject({
      email: 'claire@example.org',
      name: 'Claire',
      firmAdmin: true,
    });
    await on.http.post(path).send(chosen).expect(404);
  });

  it('gives the link while there is nobody', async () => {
    const invitations = { inviteFirst: async () => ({ link: 'the link' }) } as unknown as Invitations;
    const start = new FirstStart(empty, on.app.get(Passwords), invitations, on.clock, on.ids, readConfig({}));
    expect(await start.prepare()).toBe('the link');
  });
});
