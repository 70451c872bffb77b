import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignerKeyFile } from '../../src/adapters/node/signer-key-file';
import { ROOT } from '../support/deployment';
import { describeWithProgram } from '../support/installed';

const DAY_MS = 86_400_000;

const PASSWORDS = Object.fromEntries(
  ['EVENTSTORE_ADMIN', 'EVENTSTORE_OPS', 'EVENTSTORE_CAISSE', 'MONGODB_ROOT', 'MONGODB_CAISSE'].map(
    (name) => [`${name}_PASSWORD`, 'correct-horse-battery'],
  ),
);

describeWithProgram('openssl', 'deploy/secrets.sh', () => {
  let made: string;
  let folder: string;
  // Keys take their time: each test has a copy of those that were made once.
  beforeAll(() => {
    made = folder = mkdtempSync(join(tmpdir(), 'caisse-secrets-'));
    expect(make()).toEqual({ status: 0, stderr: '' });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisse-secrets-'));
    cpSync(made, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  afterAll(() => rmSync(made, { recursive: true }));

  // Files can be given away by root alone; here they stay with who runs the test.
  const own = `${String(process.getuid?.())}:${String(process.getgid?.())}`;
  const make = (environment: Readonly<Record<string, string>> = {}) => {
    const { status, stderr } = spawnSync('sh', [join(ROOT, 'deploy/secrets.sh')], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        SECRETS_ROOT: folder,
        EVENTSTORE_USER: own,
        MONGODB_USER: own,
        SERVICE_USER: own,
        ...PASSWORDS,
        ...environment,
      },
    });
    return { status, stderr };
  };
  const file = (...names: string[]) => join(folder, ...names);
  const certificate = (node: number) =>
    new X509Certificate(readFileSync(file('certificates', `eventstore-${node}`, 'node.crt')));
  const everything = () =>
    Object.fromEntries(
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => statSync(file(name)).isFile() && !name.endsWith('.srl'))
        .map((name) => [name, readFileSync(file(name), 'latin1')]),
    );

  it('makes certificates that EventStoreDB takes: its common name, the names and addresses of the node', () => {
    const authority = new X509Certificate(readFileSync(file('trusted/ca.crt')));
    expect(authority.ca).toBe(true);
    for (const node of [1, 2, 3]) {
      const own = certificate(node);
      expect(own.checkIssued(authority) && own.verify(authority.publicKey)).toBe(true);
      expect(own.subject).toBe('CN=eventstoredb-node');
      expect(own.ca).toBe(false);
      expect([own.checkHost(`eventstore-${node}`), own.checkIP(`172.30.240.1${node}`)]).not.toContain(
        undefined,
      );
      expect([own.checkHost('localhost'), own.checkIP('127.0.0.1')]).not.toContain(undefined);
      expect(own.checkHost(`eventstore-${(node % 3) + 1}`)).toBeUndefined();
      // Of servers and of clients: nodes are both to each other.
      expect(own.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
      expect(Date.parse(own.validTo) - Date.now()).toBeGreaterThan(700 * DAY_MS);
    }
  });

  it('makes a key that the service signs with, and keeps all keys from others', () => {
    const signer = new SignerKeyFile(file('signing/signing-key.pem'));
    expect(signer.sign(new Uint8Array([1]))).toHaveLength(64);
    const keys = [
      'signing/signing-key.pem',
      'mongodb/keyfile',
      'authority/ca.key',
      'certificates/eventstore-1/node.key',
    ];
    for (const key of keys) expect([key, statSync(file(key)).mode & 0o077]).toEqual([key, 0]);
    // MongoDB takes 6 to 1024 characters of base64.
    expect(readFileSync(file('mongodb/keyfile'), 'utf8').replaceAll('\n', '')).toMatch(
      /^[A-Za-z0-9+/=]{1000,1024}$/,
    );
    expect(readdirSync(file('trusted'))).toEqual(['ca.crt']);
  });

  it('keeps what is there, and makes what is missing', () => {
    const before = everything();
    make();
    expect(everything()).toEqual(before);
    rmSync(file('mongodb/keyfile'));
    make();
    const { 'mongodb/keyfile': keyfile, ...others } = everything();
    const { 'mongodb/keyfile': former, ...same } = before;
    expect(others).toEqual(same);
    expect([keyfile === former, keyfile?.length]).toEqual([false, former?.length]);
  });

  it('makes a certificate anew that ends within a month, by the same authority', () => {
    const [first, second] = [certificate(1), certificate(2)];
    const soon = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '20', '-subj', '/CN=eventstoredb-node'],
      ...['-keyout', '/dev/null', '-out', '-'],
    ]);
    rmSync(file('certificates/eventstore-2/node.crt'));
    writeFileSync(file('certificates/eventstore-2/node.crt'), soon.stdout);
    make();
    expect(certificate(1).fingerprint256).toBe(first.fingerprint256);
    expect(certificate(2).fingerprint256).not.toBe(second.fingerprint256);
    expect(certificate(2).issuer).toBe(second.issuer);
  });

  it.each([
    ['none', ''],
    ['a short one', 'short'],
    ['one that would end an address', 'correct/horse@battery'],
  ])('names a password that will not do: %s', (_what, password) => {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    const { status, stderr } = make({ MONGODB_ROOT_PASSWORD: password });
    expect([status, stderr]).toEqual([1, expect.stringContaining('MONGODB_ROOT_PASSWORD')]);
    expect(stderr).not.toContain(password || 'nothing');
    expect(everything()).toEqual({});
  });
});
