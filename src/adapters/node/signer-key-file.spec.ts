import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync, chmodSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignerKeyFile } from './signer-key-file';

describe('the file of the signing key', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisse-signer-'));
    file = join(folder, 'keys/signing-key.pem');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, for its owner alone, and is the same from then on', () => {
    const { keyName } = new SignerKeyFile(file);
    expect(new SignerKeyFile(file).keyName).toBe(keyName);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'keys'))).toEqual(['signing-key.pem']);
  });

  it('is made although somebody was interrupted who had the number of this process', () => {
    new SignerKeyFile(file);
    rmSync(file);
    writeFileSync(`${file}.${process.pid}.new`, 'half a key');
    expect(new SignerKeyFile(file).sign(new Uint8Array([1]))).toHaveLength(64);
  });

  it('is refused when others may read it, or when it holds another kind of key', () => {
    new SignerKeyFile(file);
    chmodSync(file, 0o640);
    expect(() => new SignerKeyFile(file)).toThrow('open to others');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    chmodSync(file, 0o600);
    expect(() => new SignerKeyFile(file)).toThrow('no Ed25519 key');
  });

  it('is refused by its name when it holds something else, or lies where nothing can be made', () => {
    const other = join(folder, 'notes.txt');
    writeFileSync(other, 'pas une clé', { mode: 0o600 });
    expect(() => new SignerKeyFile(other)).toThrow(
      expect.objectContaining({ why: 'no-signing-key', file: other }),
    );
    const below = join(other, 'signing-key.pem');
    expect(() => new SignerKeyFile(below)).toThrow(
      expect.objectContaining({ why: 'key-out-of-reach', file: below }),
    );
  });
});
