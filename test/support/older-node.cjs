// Loaded before a service under test (`node --require`), in each of its threads: it is of a version that does not know
// the event types that `TEST_UNKNOWN_EVENTS` names, and neither writes nor reads them.
const Module = require('node:module');

const unknown = (process.env.TEST_UNKNOWN_EVENTS ?? '').split(',').filter((name) => name !== '');
const load = Module._load;

Module._load = function (...args) {
  const loaded = load.apply(this, args);
  if (Object.hasOwn(loaded ?? {}, 'EVENTS'))
    for (const name of unknown) Reflect.deleteProperty(loaded.EVENTS, name);
  return loaded;
};
