// What `npm run test:engines` runs on the engines of servers, which `npm test` has run on the embedded ones: every
// specification that speaks HTTP and holds on any engine. Those of one engine (its files, its faults) stay out.
const config = require('./jest.config.js');

const BY_HTTP = [
  'src/access/(access|first-start|permit[.]check)',
  'src/platform/http/http',
  'src/reports/reports',
  'test/api/[a-z-]+',
  'test/e2e/(contention|roll)',
  'test/history/history',
];

/** @type {import('jest').Config} */
module.exports = {
  ...config,
  testRegex: BY_HTTP.map((path) => `/${path}[.]spec[.]ts$`),
  testTimeout: 120_000,
};
