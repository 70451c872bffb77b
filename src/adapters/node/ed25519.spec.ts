import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { ed25519Signer, loadSodium } from './ed25519';

/** RFC 8032 §7.1, TEST 3. */
const SEED = 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7';
const SIGNATURE =
  '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
  '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a';
/** DER prefix of an Ed25519 private key (RFC 8410 §7): the seed follows. */
const PREFIX = '302e020100300506032b657004220420';

const known = createPrivateKey({ key: Buffer.from(PREFIX + SEED, 'hex'), format: 'der', type: 'pkcs8' });
const signersOf = (key: typeof known) => [ed25519Signer(key, null), ed25519Signer(key, loadSodium())];

describe('signing with Ed25519', () => {
  it('is done by libsodium where its binding has a binary', () => {
    const { platform, arch } = process;
    const hasBinary = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'].includes(
      `${platform}-${arch}`,
    );
    expect(loadSodium() !== null).toBe(hasBinary);
  });

  it('makes the signature of RFC 8032 §7.1 in either way', () => {
    for (const signer of signersOf(known))
      expect(Buffer.from(signer(Buffer.from('af82', 'hex'))).toString('hex')).toBe(SIGNATURE);
  });

  it('makes the same bytes in either way, which the public key confirms', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const [ofNode, ofSodium] = signersOf(privateKey);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
        const signature = ofSodium?.(message) ?? new Uint8Array();
        expect([...signature]).toEqual([...(ofNode?.(message) ?? [])]);
        expect(verify(null, message, createPublicKey(privateKey), signature)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
