/* global db, rs, sleep, print -- what mongosh has at hand */
// Makes the replica set, its administrator and the service's account, by mongosh on the first member's own address: there,
// and only as long as nobody has an account, MongoDB asks for no password. What is there is kept.
const { MONGODB_ROOT_PASSWORD: rootPassword, MONGODB_CAISSE_PASSWORD: password } = process.env;
const admin = db.getSiblingDB('admin');

function isInitiated() {
  try {
    return admin.auth('root', rootPassword).ok === 1;
  } catch {
    return false;
  }
}

function awaitPrimary() {
  while (!db.hello().isWritablePrimary) sleep(500);
}

function initiate() {
  try {
    rs.initiate({
      _id: 'caisse',
      // The first is preferred: its address is the one on which the accounts are made.
      members: [1, 2, 3].map((number) => ({
        _id: number - 1,
        host: `mongodb-${number}:27017`,
        priority: number === 1 ? 2 : 1,
      })),
    });
  } catch (error) {
    if (error.codeName !== 'AlreadyInitialized') throw error;
  }
  awaitPrimary();
  admin.createUser({ user: 'root', pwd: rootPassword, roles: ['root'] });
  admin.auth('root', rootPassword);
}

if (!isInitiated()) initiate();
if (admin.getUser('caisse') === null) {
  awaitPrimary();
  const roles = ['caisse', 'caisse-vault'].map((name) => ({ role: 'readWrite', db: name }));
  admin.createUser({ user: 'caisse', pwd: password, roles }, { w: 'majority' });
}
print('the replica set is there');
