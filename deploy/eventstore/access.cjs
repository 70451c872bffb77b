// Gives the service an account in EventStoreDB, and lets it alone write: users are made over HTTP, the default access
// rules are an event in $settings. What is there is kept. Runs in the service's image, which has the client.
const { EventStoreDBClient, jsonEvent } = require('@eventstore/db-client');
const { setTimeout: delay } = require('node:timers/promises');

const { EVENTSTORE_ADMIN_PASSWORD: adminPassword, EVENTSTORE_CAISSE_PASSWORD: password } = process.env;
const NODES = (process.env.EVENTSTORE_NODES ?? 'eventstore-1:2113,eventstore-2:2113,eventstore-3:2113').split(
  ',',
);
const AUTHORITY = process.env.NODE_EXTRA_CA_CERTS;
const SCHEME = AUTHORITY ? 'https' : 'http';
const PATIENCE_MS = 120_000;

const ADMINS = ['$admins'];
const SERVICE = ['$admins', 'caisse'];

/** The service appends to streams and reads them, and the whole; nobody deletes, nobody else sees anything. */
const RULES = {
  $userStreamAcl: { $r: SERVICE, $w: SERVICE, $d: ADMINS, $mr: ADMINS, $mw: ADMINS },
  $systemStreamAcl: { $r: SERVICE, $w: ADMINS, $d: ADMINS, $mr: ADMINS, $mw: ADMINS },
};

const headers = {
  Authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`,
  'Content-Type': 'application/json',
};

/** A node that does not lead may send elsewhere, without the credentials: the leader is asked itself. */
async function leader() {
  for (const node of NODES) {
    const answer = await fetch(`${SCHEME}://${node}/gossip`, { headers }).catch(() => null);
    const { members = [] } = answer?.ok ? await answer.json() : {};
    const found = members.find(({ state, isAlive }) => state === 'Leader' && isAlive);
    if (found) return `${SCHEME}://${found.httpEndPointIp}:${found.httpEndPointPort}`;
  }
  throw new Error('the cluster has no leader yet');
}

async function makeUser() {
  const body = JSON.stringify({ loginName: 'caisse', fullName: 'Caisse', groups: [], password });
  const answer = await fetch(`${await leader()}/users/`, { method: 'POST', headers, body });
  if (answer.status !== 201 && answer.status !== 409)
    throw new Error(`the account was not made: ${answer.status}`);
}

async function setRules() {
  const tls = AUTHORITY ? `tls=true&tlsCAFile=${AUTHORITY}` : 'tls=false';
  const client = EventStoreDBClient.connectionString(
    `esdb://admin:${adminPassword}@${NODES.join(',')}?${tls}`,
  );
  try {
    if (JSON.stringify(await knownRules(client)) === JSON.stringify(RULES)) return;
    await client.appendToStream('$settings', jsonEvent({ type: 'update-default-acl', data: RULES }));
  } finally {
    await client.dispose();
  }
}

async function knownRules(client) {
  try {
    for await (const { event } of client.readStream('$settings', {
      direction: 'backwards',
      fromRevision: 'end',
      maxCount: 1,
    }))
      return event?.data;
  } catch (error) {
    if (error.type !== 'stream-not-found') throw error;
  }
  return undefined;
}

async function main() {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await makeUser();
      await setRules();
      console.log('the service has its account in EventStoreDB');
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await delay(2000);
    }
  }
}

main().catch((error) => {
  // Errors of the client quote the address, with the password in it.
  console.error(String(error.message).replaceAll(adminPassword, '***'));
  process.exit(1);
});
