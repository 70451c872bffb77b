import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, configurationTable, readConfig } from './config';

/** The sentences that an environment is refused with. */
function sentencesOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing: every variable but the administrator has a default', () =>
    expect(readConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      logLevel: 'info',
      production: false,
      data: './data',
      witness: './data.witness',
      signingKey: 'data/signing-key.pem',
      eventStore: { engine: 'sqlite', path: './data/events.db' },
      readStore: { engine: 'sqlite', path: './data/read.db' },
      admin: null,
      publicUrl: 'http://127.0.0.1:3000',
      trustedProxies: 0,
      rateLimit: 6000,
      sessionHours: 12,
      accessGraceMinutes: 15,
      ledgerCacheMiB: 256,
      queuePerLedger: 2000,
      queueTotal: 20_000,
      afterWaitMs: 5000,
      projectionPartitions: 1,
    }));

  it('shares the folding of read models where several nodes can', () => {
    const shared = { CAISSE_READ_STORE: 'mongodb://db/caisse' };
    expect(readConfig(shared)).toMatchObject({ projectionPartitions: 8 });
    expect(readConfig({ ...shared, CAISSE_PROJECTION_PARTITIONS: '32' })).toMatchObject({
      projectionPartitions: 32,
    });
    expect(readConfig({ CAISSE_PROJECTION_PARTITIONS: '1' })).toMatchObject({ projectionPartitions: 1 });
    expect(() => readConfig({ CAISSE_PROJECTION_PARTITIONS: '2' })).toThrow('CAISSE_READ_STORE=mongodb');
    for (const wrong of ['0', '257', '1.5', '-1'])
      expect(() => readConfig({ ...shared, CAISSE_PROJECTION_PARTITIONS: wrong })).toThrow('de 1 à 256');
  });

  it('takes what was set', () =>
    expect(
      readConfig({
        PORT: '8080',
        HOST: '::1',
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        CAISSE_DATA: '/srv/caisse/',
        CAISSE_EVENT_STORE: 'sqlite:/fast/events.db',
        CAISSE_READ_STORE: 'sqlite:///fast/read.db',
        CAISSE_ADMIN_EMAIL: 'cabinet@example.org',
        CAISSE_ADMIN_PASSWORD: 'correct horse',
        CAISSE_RATE_LIMIT: 'off',
      }),
    ).toMatchObject({
      port: 8080,
      production: true,
      logLevel: 'warn',
      witness: '/srv/caisse.witness',
      eventStore: { engine: 'sqlite', path: '/fast/events.db' },
      readStore: { engine: 'sqlite', path: '/fast/read.db' },
      admin: { email: 'cabinet@example.org', password: 'correct horse' },
      publicUrl: 'http://[::1]:8080',
      rateLimit: null,
    }));

  it('removes the slash at the end of the public address', () =>
    expect(readConfig({ CAISSE_PUBLIC_URL: 'https://caisse.example.org/' }).publicUrl).toBe(
      'https://caisse.example.org',
    ));

  it('counts an empty variable as absent, as compose files write them', () =>
    expect(readConfig({ PORT: '', CAISSE_ADMIN_EMAIL: '', CAISSE_ADMIN_PASSWORD: '' })).toMatchObject({
      port: 3000,
      admin: null,
    }));

  it('says what to set, a sentence for each wrong variable', () =>
    expect(sentencesOf({ PORT: '70000', LOG_LEVEL: 'loud', CAISSE_SESSION_HOURS: '0' })).toEqual([
      'PORT vaut « 70000 » : indiquez un port de 0 à 65535, par exemple PORT=3000.',
      "LOG_LEVEL vaut « loud » : indiquez l'un de fatal, error, warn, info, debug, trace, silent.",
      "CAISSE_SESSION_HOURS vaut « 0 » : indiquez un nombre d'heures de 1 à 720.",
    ]));

  it.each([
    ['PORT', '3e3'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['CAISSE_RATE_LIMIT', 'none'],
    ['CAISSE_RATE_LIMIT', '0'],
    ['CAISSE_PUBLIC_URL', 'caisse.example.org'],
    ['CAISSE_PUBLIC_URL', 'ftp://caisse.example.org'],
    ['CAISSE_PUBLIC_URL', 'https://caisse.example.org/?a=1'],
    ['CAISSE_LEDGER_CACHE_MIB', '15'],
  ])('refuses %s=%s', (name, value) => {
    const sentences = sentencesOf({ [name]: value });
    expect(sentences).toHaveLength(1);
    expect(sentences[0]).toContain(`${name} vaut « ${value} » : indiquez `);
  });

  it.each([
    'esdb://eventstore:2113?tls=false',
    'esdb+discover://user:secret@one:2113,two:2113,three:2113?keepAliveInterval=10000',
    'kurrentdb://eventstore:2113',
    'kurrentdb+discover://cluster.example.org:2113',
  ])('takes events from %s', (address) =>
    expect(readConfig({ CAISSE_EVENT_STORE: address }).eventStore).toEqual({
      engine: 'eventstoredb',
      connectionString: address,
    }),
  );

  it.each([
    'mongodb://one:27017,two:27017/caisse?replicaSet=rs0',
    'mongodb+srv://user:secret@cluster.example.org/',
  ])('takes read models from %s', (address) =>
    expect(readConfig({ CAISSE_READ_STORE: address }).readStore).toEqual({ engine: 'mongodb', uri: address }),
  );

  it.each([
    ['CAISSE_EVENT_STORE', 'mongodb://mongodb:27017/caisse'],
    ['CAISSE_EVENT_STORE', 'esdb://'],
    ['CAISSE_READ_STORE', 'esdb://eventstore:2113'],
    ['CAISSE_READ_STORE', 'postgres://server/caisse'],
  ])('refuses %s=%s', (name, value) =>
    expect(sentencesOf({ [name]: value })).toEqual([
      expect.stringContaining(`${name} vaut « ${value} » : indiquez sqlite:`),
    ]),
  );

  it('repeats no password that stands in an address', () => {
    const [sentence] = sentencesOf({ CAISSE_READ_STORE: 'mongo://caisse:secret@mongodb/caisse' });
    expect(sentence).toContain('mongo://…@mongodb/caisse');
    expect(sentence).not.toContain('secret');
  });

  it('never repeats a password', () => {
    const sentences = sentencesOf({
      CAISSE_ADMIN_EMAIL: 'cabinet@example.org',
      CAISSE_ADMIN_PASSWORD: 'court',
    });
    expect(sentences).toEqual([
      'CAISSE_ADMIN_PASSWORD ne convient pas : indiquez un mot de passe de 8 à 256 caractères.',
    ]);
  });

  it('wants e-mail and password together', () =>
    expect(sentencesOf({ CAISSE_ADMIN_EMAIL: 'cabinet@example.org' })).toEqual([
      'CAISSE_ADMIN_EMAIL et CAISSE_ADMIN_PASSWORD vont ensemble : indiquez les deux, ou aucun.',
    ]));

  it('suggests the variable that was meant', () =>
    expect(sentencesOf({ CAISSE_RATELIMIT: '5' })).toEqual([
      "CAISSE_RATELIMIT n'est pas une variable de Caisse : vouliez-vous CAISSE_RATE_LIMIT ?",
    ]));

  it('lists the known ones where nothing is near, and leaves foreign variables alone', () => {
    const sentences = sentencesOf({ CAISSE_XYZZY_FROBNICATE: '5', PATH: '/bin', MONGODB: 'x' });
    expect(sentences).toHaveLength(1);
    expect(sentences[0]).toContain('CAISSE_WITNESS');
  });

  describe('gives every part a file of its own', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'caisse-config-'));
      writeFileSync(join(folder, 'events.db'), '');
      symlinkSync(folder, join(folder, 'link'));
      symlinkSync(join(folder, 'later.db'), join(folder, 'dangling.db'));
      symlinkSync(join(folder, 'round'), join(folder, 'round'));
      linkSync(join(folder, 'events.db'), join(folder, 'same.db'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const set = (settings: Record<string, string>) =>
      sentencesOf(
        Object.fromEntries(
          Object.entries({ CAISSE_DATA: '.', ...settings }).map(([name, value]) => [
            name,
            value.startsWith('sqlite:')
              ? `sqlite:${join(folder, value.slice('sqlite:'.length))}`
              : join(folder, value),
          ]),
        ),
      );

    it.each([
      ['events and read models', { CAISSE_READ_STORE: 'sqlite:events.db' }],
      ['the same by a linked folder', { CAISSE_READ_STORE: 'sqlite:link/events.db' }],
      ['the same by a hard link', { CAISSE_READ_STORE: 'sqlite:same.db' }],
      [
        'the same by a link to what will be',
        { CAISSE_EVENT_STORE: 'sqlite:later.db', CAISSE_READ_STORE: 'sqlite:dangling.db' },
      ],
      ['read models and the log of the events', { CAISSE_READ_STORE: 'sqlite:events.db-wal' }],
      ['events and what is put aside', { CAISSE_EVENT_STORE: 'sqlite:read.db.damaged' }],
    ])('%s', (_what, settings) =>
      expect(set(settings)).toEqual([
        expect.stringMatching(
          /^Le même fichier, .*, les événements \(CAISSE_EVENT_STORE\) et les vues de lecture \(CAISSE_READ_STORE\) : indiquez/,
        ),
      ]),
    );

    it.each([
      ['CAISSE_READ_STORE', 'sqlite:vault.db', 'le coffre (CAISSE_DATA)'],
      ['CAISSE_EVENT_STORE', 'sqlite:vault.db', 'les événements (CAISSE_EVENT_STORE)'],
      ['CAISSE_WITNESS', 'events.db', 'le témoin (CAISSE_WITNESS)'],
      ['CAISSE_WITNESS', 'signing-key.pem', 'le témoin (CAISSE_WITNESS)'],
      ['CAISSE_SIGNING_KEY', 'events.db', 'la clé de signature (CAISSE_SIGNING_KEY)'],
      ['CAISSE_READ_STORE', 'sqlite:reserve', 'le dossier des données (CAISSE_DATA)'],
    ])('%s=%s is refused', (name, value, part) => {
      const sentences = set({ [name]: value });
      expect(sentences).toHaveLength(1);
      expect(sentences[0]).toContain(part);
    });

    it('and takes those that only look alike', () =>
      expect(
        set({
          CAISSE_EVENT_STORE: 'sqlite:link/other.db',
          CAISSE_READ_STORE: 'sqlite:read.db',
          CAISSE_WITNESS: 'round',
        }),
      ).toEqual([]));
  });

  it('is described by its reference page', () => {
    const page = readFileSync(join(__dirname, '../docs/reference/configuration.md'), 'utf8');
    // The formatter aligns the columns of a table.
    expect(page.replace(/ {2,}/g, ' ').replace(/-{4,}/g, '---')).toContain(configurationTable());
  });
});
