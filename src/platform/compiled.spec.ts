import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { compiledFile } from './compiled';

const dist = resolve(__dirname, '../../dist');

describe('finding a compiled file', () => {
  it('points into dist, with or without the extension', () => {
    expect(compiledFile('src/platform/compiled')).toBe(join(dist, 'src/platform/compiled.js'));
    expect(compiledFile('src/platform/compiled.ts')).toBe(join(dist, 'src/platform/compiled.js'));
  });

  it('names a file that the test run has built', () => {
    expect(existsSync(compiledFile('src/platform/compiled'))).toBe(true);
  });

  it('gives the same answer when it runs compiled itself', () => {
    const compiled = createRequire(__filename)(compiledFile('src/platform/compiled')) as {
      compiledFile: typeof compiledFile;
    };
    expect(compiled.compiledFile('src/main')).toBe(compiledFile('src/main'));
  });
});
