import { readConfig } from './config';
import { listeningProblem, settingUp } from './start-problem';
import { StoreUnavailable } from './ports/event-store';

const ground = { setting: 'CAISSE_WITNESS', file: '/mnt/temoin/caisse.witness' } as const;
const failing = (code: string) => Object.assign(new Error(`${code}: as the machine says it`), { code });
const told = (error: Error) =>
  settingUp(ground, () => {
    throw error;
  });

describe('an error at start', () => {
  it.each([
    ['EACCES', "n'y a pas accès"],
    ['EROFS', 'en lecture seule'],
    ['ENOTDIR', "la place d'un dossier"],
    ['SQLITE_CANTOPEN_ISDIR', 'ne peut pas être ouvert'],
    ['ENAMETOOLONG', '(ENAMETOOLONG)'],
  ])('%s is a matter of what was set: the sentence names the variable', async (code, reason) => {
    await expect(told(failing(code))).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/^CAISSE_WITNESS mène à \S+, .* : indiquez .*\.$/) as unknown,
    });
    await expect(told(failing(code))).rejects.toThrow(reason);
  });

  it('of a full disk may be over the next time', () =>
    expect(told(failing('ENOSPC'))).rejects.toMatchObject({
      name: 'StartRefused',
      message: expect.stringContaining('CAISSE_WITNESS') as unknown,
    }));

  it('is known by its cause where a port tells it otherwise', () => {
    const cause = failing('EACCES');
    const error = new StoreUnavailable('the vault did not answer', 'not-written', { cause });
    return expect(told(error)).rejects.toMatchObject({ name: 'ConfigError', cause: error });
  });

  it.each([new TypeError('x is not a function'), failing('SQLITE_ERROR'), failing('ERR_INVALID_ARG_TYPE')])(
    'that is a bug stays one: %s',
    (error) => expect(told(error)).rejects.toBe(error),
  );

  it('of listening names the port or the address', () => {
    const config = readConfig({ PORT: '80', HOST: '10.0.0.1' });
    expect(listeningProblem(failing('EACCES'), config)).toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('PORT vaut « 80 »') as unknown,
    });
    expect(listeningProblem(failing('EADDRNOTAVAIL'), config)).toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('HOST vaut « 10.0.0.1 »') as unknown,
    });
    const bug = new TypeError('x');
    expect(listeningProblem(bug, config)).toBe(bug);
  });
});
