import { generateKeyPairSync, sign } from 'node:crypto';
import { ed25519Verify, sha256 } from '../platform/crypto';
import {
  formatCheckpoint,
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  noteSigner,
  verifierKey,
} from './checkpoint';
import { equalBytes, fromBase64, fromHex, genesisHash, toBase64, toHex } from './hash';
import { sha256Hex } from '../platform/crypto';

/** The signed note that Go's sumdb/note documents. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const TEXT =
  'If you think cryptography is the answer to your problem,\nthen you don\u0027t know what your problem is.\n';
const SIGNATURE =
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=';
const NOTE = `${TEXT}\n${SIGNATURE}\n`;

const keys = generateKeyPairSync('ed25519');
const publicKey = new Uint8Array(keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(12));
const signWith = (message: Uint8Array) => new Uint8Array(sign(null, message, keys.privateKey));
const own = () => parseVerifierKey(verifierKey('caisse-test', publicKey, sha256), sha256);

function signedNote(
  text: string,
  name: string,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
): string {
  return noteSigner({ name, publicKey, sign }, sha256)(text);
}

describe('signed notes (C2SP signed-note)', () => {
  it('opens the documented note with the documented key', () => {
    const peter = parseVerifierKey(PETER, sha256);
    expect(openNote(NOTE, [peter], ed25519Verify)).toEqual({ text: TEXT, signedBy: ['PeterNeumann'] });
  });

  it('writes a key as it reads it', () => {
    const { name, publicKey: raw } = parseVerifierKey(PETER, sha256);
    expect(verifierKey(name, raw, sha256)).toBe(PETER);
  });

  it('signs what it then opens', () => {
    const note = signedNote('caisse\n1\n', 'caisse-test', publicKey, signWith);
    expect(openNote(note, [own()], ed25519Verify)).toEqual({
      text: 'caisse\n1\n',
      signedBy: ['caisse-test'],
    });
  });

  it('passes over signatures of keys that it does not know', () => {
    expect(openNote(NOTE, [own()], ed25519Verify).signedBy).toEqual([]);
    const signature = signedNote(TEXT, 'caisse-test', publicKey, signWith).slice(TEXT.length + 1);
    const both = `${NOTE}${signature}`;
    expect(openNote(both, [own(), parseVerifierKey(PETER, sha256)], ed25519Verify).signedBy).toEqual([
      'PeterNeumann',
      'caisse-test',
    ]);
  });

  it('refuses a note whose text or signature was changed', () => {
    const peter = [parseVerifierKey(PETER, sha256)];
    expect(() => openNote(NOTE.replace('cryptography', 'Cryptography'), peter, ed25519Verify)).toThrow(
      'bad signature of PeterNeumann',
    );
    expect(() => openNote(NOTE.replace('JnAM=', 'JnAQ='), peter, ed25519Verify)).toThrow(RangeError);
  });

  it('knows a key by its name and by its hash', () => {
    const peter = parseVerifierKey(PETER, sha256);
    expect(openNote(NOTE, [{ ...peter, name: 'Peter' }], ed25519Verify).signedBy).toEqual([]);
    const hash = Uint8Array.of(1, 2, 3, 4);
    expect(openNote(NOTE, [{ ...peter, hash }], ed25519Verify).signedBy).toEqual([]);
  });

  it('checks each key of a name that was rotated', () => {
    const younger = generateKeyPairSync('ed25519');
    const raw = new Uint8Array(younger.publicKey.export({ format: 'der', type: 'spki' }).subarray(12));
    const rotated = parseVerifierKey(verifierKey('caisse-test', raw, sha256), sha256);
    const old = signedNote(TEXT, 'caisse-test', publicKey, signWith);
    const lineOf = (signature: Uint8Array) =>
      signedNote(TEXT, 'caisse-test', raw, () => signature).slice(TEXT.length + 1);
    const good = lineOf(new Uint8Array(sign(null, Buffer.from(TEXT), younger.privateKey)));
    expect(openNote(`${old}${good}`, [own(), rotated], ed25519Verify).signedBy).toEqual(['caisse-test']);
    const bad = lineOf(new Uint8Array(64));
    expect(() => openNote(`${old}${bad}`, [own(), rotated], ed25519Verify)).toThrow('bad signature');
  });

  it('does not ask whether a signature of another length than 64 bytes is good', () => {
    const credulous = () => true;
    const short = `${TEXT}\n\u2014 caisse-test ${toBase64(Uint8Array.of(...own().hash, 1, 2, 3))}\n`;
    expect(() => openNote(short, [own()], credulous)).toThrow('bad signature of caisse-test');
  });

  it('reads a hundred signatures and no more', () => {
    const note = (count: number) => `${TEXT}\n${`${SIGNATURE}\n`.repeat(count)}`;
    const peter = [parseVerifierKey(PETER, sha256)];
    expect(openNote(note(100), peter, ed25519Verify).signedBy).toEqual(['PeterNeumann']);
    expect(() => openNote(note(101), peter, ed25519Verify)).toThrow('more than 100 signatures');
  });

  it.each(['\u0000', '\t', '\r', '\u001f', '\ud83d', '\ude00'])('holds no %j', (character) => {
    const text = `a${character}b\n`;
    const what = 'a control character, or half of a surrogate pair';
    expect(() => signedNote(text, 'caisse-test', publicKey, signWith)).toThrow(what);
    const note = NOTE.replace(TEXT, () => text);
    expect(() => openNote(note, [], ed25519Verify)).toThrow(what);
  });

  it('makes no line from a key or a signature of another length', () => {
    const key = publicKey.slice(1);
    expect(() => verifierKey('caisse-test', key, sha256)).toThrow('an Ed25519 key has 32 bytes');
    expect(() => signedNote(TEXT, 'caisse-test', key, signWith)).toThrow('an Ed25519 key has 32 bytes');
    expect(() => signedNote(TEXT, 'caisse-test', publicKey, () => key)).toThrow(
      'an Ed25519 signature has 64 bytes',
    );
  });

  const malformed = 'malformed signature line';

  it.each([
    ['no empty line', TEXT, 'no empty line before the signatures'],
    ['no line feed at the end', NOTE.slice(0, -1), 'the last signature is not ended by a line feed'],
    ['another dash', NOTE.replace('\u2014', '-'), malformed],
    ['something before the dash', NOTE.replace('\u2014', '> \u2014'), malformed],
    ['something behind the signature', NOTE.replace('JnAM=', 'JnAM= JnAM='), malformed],
    ['no name', NOTE.replace('PeterNeumann x08', 'x08'), malformed],
    ['no base64', NOTE.replace('x08go', '*08go'), malformed],
    ['no more than the hash of a key', `${TEXT}\n\u2014 PeterNeumann x08goA==\n`, malformed],
    ['a signature that is too short', `${TEXT}\n\u2014 PeterNeumann AAAA\n`, malformed],
  ])('refuses %s, and says so', (_what, note, said) => {
    expect(() => openNote(note, [parseVerifierKey(PETER, sha256)], ed25519Verify)).toThrow(
      new RangeError(said),
    );
  });

  it('passes over a signature of another algorithm, whatever its length', () => {
    const note = `${TEXT}\n\u2014 somebody AAAAAAA=\n`;
    expect(openNote(note, [own()], ed25519Verify)).toEqual({ text: TEXT, signedBy: [] });
  });

  it('opens a note of nothing but its end of line', () => {
    expect(openNote(`\n\n${SIGNATURE}\n`, [], ed25519Verify).text).toBe('\n');
  });

  const badName = 'a key name has no spaces or plus signs';
  const noKey = 'no Ed25519 key';

  it.each([
    ['a name with a space', PETER.replace('rN', 'r N'), badName],
    ['no name', PETER.replace('PeterNeumann', ''), badName],
    ['a wrong hash', PETER.replace('c74f20a3', 'c74f20a4'), 'the key does not have its hash'],
    ['another algorithm', PETER.replace('+ARpc', '+Ahpc'), noKey],
    ['a short key', 'PeterNeumann+c74f20a3+ARpc', noKey],
    ['no base64', PETER.replace('+ARpc', '+*Rpc'), noKey],
    ['a name alone', 'PeterNeumann', noKey],
  ])('refuses a key with %s, and says so', (_what, key, said) => {
    expect(() => parseVerifierKey(key, sha256)).toThrow(new RangeError(said));
  });

  it('signs no text that does not end with a line feed, and with no name that breaks the line', () => {
    expect(() => signedNote('caisse', 'caisse-test', publicKey, signWith)).toThrow(
      'a note ends with a line feed',
    );
    expect(() => signedNote('caisse\n', 'caisse test', publicKey, signWith)).toThrow(badName);
    expect(() => verifierKey('a+b', publicKey, sha256)).toThrow(RangeError);
    // U+0085 is a Unicode space that `\s` does not know.
    expect(() => verifierKey('a\u0085b', publicKey, sha256)).toThrow(RangeError);
    expect(() => openNote(NOTE.replace('PeterNeumann', 'Peter\u0085'), [], ed25519Verify)).toThrow(
      RangeError,
    );
  });
});

describe('checkpoints (C2SP tlog-checkpoint)', () => {
  const root = sha256('root');
  const body = `caisse/ledger/x\n42\n${toBase64(root)}\n`;

  it('are an origin, a size and a root', () => {
    expect(formatCheckpoint({ origin: 'caisse/ledger/x', size: 42, root })).toBe(body);
    expect(parseCheckpoint(body)).toEqual({ origin: 'caisse/ledger/x', size: 42, root });
    expect(parseCheckpoint(`caisse/ledger/x\n0\n${toBase64(root)}\n`).size).toBe(0);
  });

  it.each([0, 7, 10, 1234, Number.MAX_SAFE_INTEGER])('of %i leaves are read as they are written', (size) => {
    const head = { origin: 'caisse/ledger/x', size, root };
    expect(parseCheckpoint(formatCheckpoint(head))).toEqual(head);
  });

  it('may have extension lines, which are passed over', () => {
    expect(parseCheckpoint(`${body}an extension\n`)).toMatchObject({ size: 42 });
  });

  const notThreeLines = 'a checkpoint has three lines, each ended';
  const noSize = 'no size';
  const noRoot = 'no root of 32 bytes in base64';
  const emptyLine = 'an extension line is empty';
  const notInANote = 'a control character, or half of a surrogate pair';

  it.each([
    ['an empty origin', body.replace('caisse/ledger/x', ''), 'the origin is empty'],
    ['a size with a leading zero', body.replace('42', '042'), noSize],
    ['a negative size', body.replace('42', '-42'), noSize],
    ['a size beyond 2^53', body.replace('42', '9007199254740993'), noSize],
    ['a size and something behind it', body.replace('42', '42 '), noSize],
    ['a root of another length', `caisse/ledger/x\n42\n${toBase64(root.slice(1))}\n`, noRoot],
    ['a root that is no base64', body.replace(toBase64(root), 'ro*t'), noRoot],
    ['no last line feed', body.slice(0, -1), notThreeLines],
    ['something behind the last line feed', `${body}an extension`, notThreeLines],
    ['no root', 'caisse/ledger/x\n42\n', notThreeLines],
    ['an empty extension line', `${body}\n`, emptyLine],
    ['an empty line before an extension', `${body}\nan extension\n`, emptyLine],
    ['a control character', body.replace('caisse', 'ca\u0007sse'), notInANote],
    ['half of a surrogate pair', body.replace('caisse', 'ca\ud83dsse'), notInANote],
    ['carriage returns', body.replaceAll('\n', '\r\n'), notInANote],
  ])('are refused with %s, which is said', (_what, text, said) => {
    expect(() => parseCheckpoint(text)).toThrow(new RangeError(said));
  });
});

describe('what would be read back as another checkpoint', () => {
  const head = { origin: 'caisse/ledger/x', size: 42, root: sha256('root') };

  const badOrigin = 'an origin is one line of printable characters';

  it.each([
    ['an origin of two lines', { ...head, origin: `x\n999\n${toBase64(head.root)}` }, badOrigin],
    ['an empty origin', { ...head, origin: '' }, badOrigin],
    ['an origin with a control character', { ...head, origin: 'a\u0000b' }, badOrigin],
    ['half a leaf', { ...head, size: 41.5 }, 'no size: 41.5'],
    ['a size below zero', { ...head, size: -1 }, 'no size: -1'],
    ['a size beyond 2^53', { ...head, size: 2 ** 53 }, 'no size: 9007199254740992'],
    ['a root of another length', { ...head, root: head.root.slice(1) }, 'a root has 32 bytes'],
  ])('is not written: %s', (_what, checkpoint, said) => {
    expect(() => formatCheckpoint(checkpoint)).toThrow(new RangeError(said));
  });
});

describe('writing bytes down', () => {
  it('goes to hex and base64 and back', () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256);
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromHex(toHex(bytes))).toEqual(bytes);
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }
  });

  it.each(['AB', '=', 'A===', 'AB=C', 'AAA*', ' AAA', 'AB==\n', 'AAB=', 'AAAAA'])(
    'does not take %j for base64',
    (text) => {
      expect(fromBase64(text)).toBeNull();
    },
  );

  it.each(['0', 'AB', 'zz', '0 '])('does not take %j for hex', (text) => {
    expect(() => fromHex(text)).toThrow(new RangeError('not lowercase hex digits'));
  });

  it('compares whole', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false);
  });

  it('begins each ledger with a link of its own', () => {
    expect(genesisHash('a', sha256Hex)).toBe(sha256Hex('{"format":"caisse-ledger/1","ledger":"a"}'));
    expect(genesisHash('a', sha256Hex)).not.toBe(genesisHash('b', sha256Hex));
  });
});
