// `npm run event-schemas`: writes docs/reference/events.md and a JSON Schema of each stored event, from the schemas
// that the store's edge validates with. `test/repository/event-schemas.spec.ts` compares what is committed.
const fs = require('node:fs');
const path = require('node:path');
const { z } = require('zod');
const { root } = require('./stale.cjs');

/** What each event says, in the order of the page. A type without a sentence fails the test. */
const sentences = {
  LedgerOpened: 'Event 1: the format, the origin of the checkpoints and the key that signs them.',
  SettingsChanged: 'One part of the settings, whole, and the day from which it counts.',
  BudgetSet: 'The turnover that the company expects of a month.',
  TillOpened: 'A till, how its days are fed, and what was in it before its first day.',
  TillChanged: 'A till’s name and feed from a day on.',
  CustomerRegistered: 'A customer’s account, under an opaque id; the name is in the vault.',
  CustomerErased: 'A customer’s identity was erased from the vault; the account stays.',
  OpeningBalancesRecorded: 'What customers owed and what vouchers were worth before the first day.',
  SaleRecorded: 'A sale or refund: its lines, payments, and the vouchers sold with it.',
  ZTicketRecorded: 'The sales of a day, or of a part of it, as the shop’s own Z adds them up.',
  ZTicketChecked: 'A Z-ticket of a day whose sales were recorded one by one: a control, counted nowhere.',
  ExpensePaid: 'An expense paid from the till, with its VAT.',
  DepositMade: 'A remittance on its way to the bank, with its slip.',
  DepositConfirmed: 'What the bank credited of a deposit, and what it kept as fees.',
  CashPutIn: 'Money put into a till by the owner, the bank, the safe or somebody else.',
  CashTakenOut: 'Money taken out of a till.',
  MethodsTransferred: 'An amount moved from one means of payment to another in the same till.',
  TransferSent: 'The first half of a transfer between tills: what leaves one.',
  TransferReceived: 'Its second half: what reaches the other.',
  OverpaymentExplained: 'A gap between turnover and payments, explained as kept or borne.',
  CreditRepaid: 'A customer’s repayment of what was bought on credit.',
  VoucherSold: 'A gift voucher sold, multi-purpose or single-purpose.',
  VoucherRefunded: 'A gift voucher paid back, wholly or in part.',
  VoucherExpired: 'What was left on a gift voucher when it expired.',
  TillCounted: 'A closing count; it posts nothing.',
  OpeningCounted: 'An opening count, and the overnight difference that it posts.',
  CommentAdded: 'A comment on a difference, on a ventilation gap or on an entry.',
  DayClosed: 'A till’s business day, closed: differences, figures, totals, numbers and balances, sealed.',
  MovementReversed: 'A movement taken back by a correction: its stored postings negated.',
  AlertRaised: 'A condition began to hold: cash above its maximum, a count that differs …',
  AlertCleared: 'It ceased to hold.',
};

const fileOf = (type, version) => `${type}.${version}.json`;

/** The JSON Schema of one event, as stored. `uuidSchema` and `daySchema` are told by identity: they check by code. */
function schemaOf(definition, { uuidSchema, daySchema }) {
  const { type, schemaVersion, schema } = definition;
  const { $schema, ...json } = z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === uuidSchema) {
        jsonSchema.type = 'string';
        jsonSchema.pattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
      }
      if (zodSchema === daySchema) jsonSchema.format = 'date';
    },
  });
  const title = `${type}, version ${schemaVersion}`;
  return {
    $schema,
    $id: `urn:caisse:event:${type}:${schemaVersion}`,
    title,
    description: sentences[type],
    ...json,
  };
}

/** One row per type, its versions with the newest first: older ones keep their files, since their events stay. */
function rowOf({ type, schemaVersion }) {
  const versions = Array.from({ length: schemaVersion }, (_, index) => schemaVersion - index);
  const links = versions.map((version) => `[${version}](events/${fileOf(type, version)})`);
  return [`\`${type}\``, links.join(', '), sentences[type]];
}

/** A table as the formatter leaves it. */
function tableOf(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row, filler) => row.map((cell, column) => cell.padEnd(widths[column], filler)).join(' | ');
  const [head, ...body] = rows;
  return [head, head.map(() => ''), ...body]
    .map((row, index) => `| ${line(row, index === 1 ? '-' : ' ')} |`)
    .join('\n');
}

function pageOf(definitions) {
  return `# Events

What a ledger consists of. Each event is one JSON object, stored as its canonical text (RFC 8785) and sealed by the
SHA-256 of exactly these bytes. A line of an export is that text with \`,"hash":"…"\` put in before its last brace: take
it out before holding a line against a schema.

The schemas below (JSON Schema 2020-12) are made from the definitions that the service itself validates with, by
\`npm run event-schemas\`. They are strict: a member that they do not name is an error. What a schema cannot say,
\`caisse verify\` checks: that postings follow from the facts and add up to zero, that numbers have no gap, what a closure
seals.

A stored type never changes its name or its meaning. A change of its form raises \`schemaVersion\`; the schema of the
former version stays here, and events of it are read for ever.

Amounts are integer cents, rates basis points, days \`YYYY-MM-DD\`, instants UTC with milliseconds. The service
counts a \`maxLength\` in UTF-16 code units.

${tableOf([['type', 'version', 'what it says'], ...definitions.map(rowOf)])}
`;
}

/** All files, by their path below docs/reference. */
function documentsOf(events, schemas) {
  const definitions = Object.values(events);
  const files = definitions.map((definition) => [
    `events/${fileOf(definition.type, definition.schemaVersion)}`,
    `${JSON.stringify(schemaOf(definition, schemas), null, 2)}\n`,
  ]);
  return new Map([['events.md', pageOf(definitions)], ...files]);
}

function write() {
  const load = (file) => require(path.join(root, 'dist/src', file));
  const { EVENTS } = load('ledger/events.js');
  const { uuidSchema } = load('kernel/text.js');
  const { daySchema } = load('kernel/day.js');
  const folder = path.join(root, 'docs/reference');
  fs.mkdirSync(path.join(folder, 'events'), { recursive: true });
  for (const [file, text] of documentsOf(EVENTS, { uuidSchema, daySchema }))
    fs.writeFileSync(path.join(folder, file), text);
}

module.exports = { sentences, documentsOf };

if (require.main === module) write();
