// What of dist/ is older than its source. Worker threads and processes under test run compiled files, so a
// stale one would be the program of yesterday.
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const folders = ['src', 'projections'];

const filesBelow = (folder) =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
    : [];

const isSource = (file) => /[.](ts|json)$/.test(file) && !/[.](spec|d)[.]ts$/.test(file);
// In whole milliseconds: a date set on a file keeps no more.
const modifiedAt = (file) => fs.statSync(file, { throwIfNoEntry: false })?.mtime.getTime() ?? 0;

/** The compiled counterpart in dist/ of a source file, both as absolute paths. */
function compiledOf(source) {
  return path.join(root, 'dist', path.relative(root, source)).replace(/[.]ts$/, '.js');
}

/** Sources whose compiled file is missing or older. Empty where there are no sources, as in an image. */
function staleSources() {
  return folders
    .flatMap((folder) => filesBelow(path.join(root, folder)))
    .filter((source) => isSource(source) && modifiedAt(compiledOf(source)) < modifiedAt(source));
}

/** Compiled files whose source is gone. */
function orphans() {
  return folders
    .flatMap((folder) => filesBelow(path.join(root, 'dist', folder)))
    .filter((file) => file.endsWith('.js'))
    .filter((file) => {
      const source = path.join(root, path.relative(path.join(root, 'dist'), file));
      return !fs.existsSync(source.replace(/[.]js$/, '.ts'));
    });
}

module.exports = { root, compiledOf, staleSources, orphans };
