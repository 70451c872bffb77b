import { basename, join, resolve } from 'node:path';

/** The folder that holds package.json, whether this file runs from dist/ or as TypeScript under Jest. */
function projectRoot(): string {
  const above = resolve(__dirname, '../..');
  return basename(above) === 'dist' ? resolve(above, '..') : above;
}

/**
 * The absolute path of a compiled file, for what cannot be loaded as TypeScript: worker threads and child
 * processes. Takes the source's path from the project's root, with or without its extension:
 * `compiledFile('src/platform/sqlite.worker')` is `…/dist/src/platform/sqlite.worker.js`.
 */
export function compiledFile(relativeToRoot: string): string {
  return join(projectRoot(), 'dist', `${relativeToRoot.replace(/[.](ts|js)$/, '')}.js`);
}
