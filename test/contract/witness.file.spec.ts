import {
  appendFileSync,
  closeSync,
  openSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWitnessLines, WitnessFile } from '../../src/adapters/node/witness-file';
import { describeWitness } from './witness.contract';

const aFolder = () => mkdtempSync(join(tmpdir(), 'caisse-witness-'));

describeWitness('a file', async () => {
  const folder = aFolder();
  const file = join(folder, 'data.witness');
  let witness = new WitnessFile(file);
  return {
    witness,
    reopen: async () => {
      await witness.close();
      witness = new WitnessFile(file);
      return witness;
    },
    dispose: async () => {
      await witness.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('the file of a witness', () => {
  const LEDGER = '018f0000-0000-7000-8000-00000000000a';
  const OTHER = '018f0000-0000-7000-8000-00000000000b';
  const aHead = (size: number, ledger = LEDGER) => ({ ledger, size, root: String(size).padStart(64, '0') });

  let folder: string;
  let file: string;
  const opened: WitnessFile[] = [];
  const open = (compactAfterBytes?: number) => {
    const witness = new WitnessFile(file, compactAfterBytes);
    opened.push(witness);
    return witness;
  };
  const lines = () => readFileSync(file, 'utf8').split('\n').slice(0, -1);

  beforeEach(() => {
    folder = aFolder();
    file = join(folder, 'deep', 'data.witness');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((witness) => witness.close()));
    rmSync(folder, { recursive: true });
  });

  it('has a line for each step, before it is answered', async () => {
    const witness = open();
    await witness.advance([aHead(1), aHead(4, OTHER)]);
    await witness.advance([aHead(2)]);
    expect(lines()).toEqual([
      `${LEDGER} 1 ${aHead(1).root}`,
      `${OTHER} 4 ${aHead(4).root}`,
      `${LEDGER} 2 ${aHead(2).root}`,
    ]);
  });

  it('is its owner’s alone', async () => {
    await open().advance([aHead(1)]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is written anew at start, with the last line of each ledger and every rewinding', async () => {
    const witness = open();
    for (let size = 1; size <= 50; size += 1) await witness.advance([aHead(size), aHead(size, OTHER)]);
    await witness.rewind(aHead(7), 'restauration');
    await witness.advance([aHead(8)]);
    await witness.close();
    open();
    expect(lines()).toEqual([
      `${LEDGER} 7 ${aHead(7).root} rewound "restauration"`,
      `${LEDGER} 8 ${aHead(8).root}`,
      `${OTHER} 50 ${aHead(50).root}`,
    ]);
  });

  it('does not grow without end', async () => {
    const witness = open(1000);
    for (let size = 1; size <= 200; size += 1) await witness.advance([aHead(size)]);
    expect(statSync(file).size).toBeLessThan(2000);
    expect(open().read(LEDGER)).toEqual(aHead(200));
  });

  it.each([1, 20, 45, 70, 100])(
    'passes over a last line that lost %i bytes, and goes on behind it',
    async (lost) => {
      const witness = open();
      await witness.advance([aHead(1)]);
      await witness.advance([aHead(2)]);
      await witness.close();
      const { size } = statSync(file);
      truncateSync(file, size - lost);
      const again = open();
      // Without its line end alone, a line is whole.
      expect(again.read(LEDGER)).toEqual(aHead(lost === 1 ? 2 : 1));
      await again.advance([aHead(3)]);
      await again.close();
      expect(open().read(LEDGER)).toEqual(aHead(3));
    },
  );

  it('passes over lines that are none', async () => {
    mkdirSync(join(folder, 'deep'));
    const junk = ['', '\u0000\u0000\u0000', 'hello', `${LEDGER} -1 ${aHead(1).root}`, `${LEDGER} 12 abc`];
    writeFileSync(file, `${junk.join('\n')}\n${LEDGER} 3 ${aHead(3).root}\n${LEDGER} 99 ${aHead(9).root}0\n`);
    const witness = open();
    expect([...witness.all()]).toEqual([aHead(3)]);
  });

  it('that holds nothing of use is as good as none', () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(file, 'hello\n');
    expect(open().existed).toBe(false);
  });

  it('keeps every rewinding with its reason', async () => {
    const witness = open();
    await witness.advance([aHead(9)]);
    await witness.rewind(aHead(4), 'disque "noir"\ncassé');
    await witness.rewind(aHead(2), 'encore');
    await witness.close();
    await open().close();
    const { rewindings } = readWitnessLines(readFileSync(file, 'utf8'));
    expect(rewindings).toEqual([
      `${LEDGER} 4 ${aHead(4).root} rewound "disque \\"noir\\"\\ncassé"\n`,
      `${LEDGER} 2 ${aHead(2).root} rewound "encore"\n`,
    ]);
  });

  it('that cannot be written anew goes on as it is', async () => {
    const witness = open();
    await witness.advance([aHead(1)]);
    await witness.advance([aHead(2)]);
    await witness.close();
    appendFileSync(file, 'torn');
    // In the way of the new file.
    mkdirSync(`${file}.new`);
    const again = open();
    await again.advance([aHead(3)]);
    await again.close();
    expect(lines().at(-1)).toBe(`${LEDGER} 3 ${aHead(3).root}`);
    expect(open().read(LEDGER)).toEqual(aHead(3));
    rmSync(`${file}.new`, { recursive: true });
  });

  it('says so when it could not be written, and remembers nothing that it did not write', async () => {
    const witness = open();
    // A device on which there is never room, in the place of the file.
    const inside = witness as unknown as { descriptor: number };
    closeSync(inside.descriptor);
    inside.descriptor = openSync('/dev/full', 'a');
    await expect(witness.advance([aHead(1)])).rejects.toThrow('ENOSPC');
    expect(witness.read(LEDGER)).toBeNull();
    await expect(witness.rewind(aHead(1), 'raison')).rejects.toThrow('ENOSPC');
    expect(witness.read(LEDGER)).toBeNull();
    closeSync(inside.descriptor);
    inside.descriptor = openSync(file, 'a');
  });
});
