// Loaded before a service under test (`node --require`), in each of its threads: its clock shows another time than the
// machine's, by the milliseconds that the file `TEST_CLOCK` holds. It is read anew a few times a second, so that a
// test makes the clock jump by writing the file.
const { readFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');

const EVERY_MS = 20;
const RealDate = Date;
const file = process.env.TEST_CLOCK;

let offset = 0;
let readAt = -Infinity;

function shiftedNow() {
  const at = performance.now();
  if (file !== undefined && at - readAt > EVERY_MS) {
    readAt = at;
    try {
      offset = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      // A file that is being replaced: the time is what it was.
    }
  }
  return RealDate.now() + offset;
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, parts, made) =>
    Reflect.construct(target, parts.length === 0 ? [shiftedNow()] : parts, made),
  get: (target, name) => (name === 'now' ? shiftedNow : Reflect.get(target, name)),
});
