import {
  ACCESS_ROLES,
  API_KEY_GRANTS,
  ENTRY_PERMISSIONS,
  INVITATIONS,
  may,
  mayRecord,
  OF_A_TILL,
  type AccessRole,
  type Action,
  PERMISSIONS,
} from './permissions';
import { requireEntryType, requireTill, type Principal } from './principal';

/** Reads a table of rows `name ● · ●`, one column per role. */
function tableOf(text: string): { columns: string[]; rows: Map<string, boolean[]> } {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const [columns = [], ...rows] = lines;
  return {
    columns,
    rows: new Map(rows.map(([name = '', ...cells]) => [name, cells.map((cell) => cell === '●')])),
  };
}

const ROLE_ORDER: readonly AccessRole[] = [
  'firm-admin',
  'accountant',
  'admin',
  'user',
  'connector',
  'inspector',
];

const ACTIONS = tableOf(`
  firm-admin accountant admin user connector inspector
  me.read                  ● ● ● ● ● ●
  session.end              ● ● ● ● ● ●
  invitation.create        ● ● ● · · ·
  api-key.manage           ● ● ● · · ·
  api-key.revoke           ● ● ● · · ·
  company.create           ● · · · · ·
  company.list             ● ● ● ● ● ●
  company.read             ● ● ● ● ● ●
  company.settings         ● ● ● · · ·
  till.add                 ● ● ● · · ·
  opening-balances.record  ● ● ● · · ·
  budget.set               ● ● ● · · ·
  customer.create          ● ● ● ● · ·
  customer.erase           ● ● ● · · ·
  entry.record             ● ● ● ● ● ·
  entry.read               ● ● ● ● ● ●
  till.read                ● ● ● ● ● ●
  voucher.read             ● ● ● ● ● ●
  deposit.read             ● ● ● ● · ●
  customer.read            ● ● ● ● · ●
  report.read              ● ● ● ● · ●
  live.read                ● ● ● ● · ●
  technical-events.read    ● ● ● · · ●
  export.books             ● ● ● · · ●
  proof.read               ● ● ● ● · ●
  proof.verify             ● ● ● · · ●
  export.events            ● ● ● · · ●
  archive.read             ● ● ● · · ●
  archive.create           ● ● ● · · ·
`);

const ENTRIES = tableOf(`
  firm-admin accountant admin user connector inspector
  sale                  ● ● ● ● ● ·
  z-ticket              ● ● ● ● ● ·
  credit-repayment      ● ● ● ● ● ·
  voucher-sale          ● ● ● ● ● ·
  voucher-refund        ● ● ● ● ● ·
  expense               ● ● ● ● ● ·
  cash-in               ● ● ● ● ● ·
  cash-out              ● ● ● ● ● ·
  count                 ● ● ● ● ● ·
  voucher-expiry        ● ● ● ● · ·
  deposit               ● ● ● ● · ·
  deposit-confirmation  ● ● ● ● · ·
  transfer              ● ● ● ● · ·
  overpayment           ● ● ● ● · ·
  comment               ● ● ● ● · ·
  day-closure           ● ● ● ● · ·
  correction            ● ● ● · · ·
`);

/** Who (row) may give what (column). */
const INVITED = tableOf(`
  firm-admin accountant admin user connector inspector
  firm-admin  ● ● ● ● · ●
  accountant  · ● ● ● · ●
  admin       · · ● ● · ·
  user        · · · · · ·
  connector   · · · · · ·
  inspector   · · · · · ·
`);

const KEYS = tableOf(`
  firm-admin accountant admin user connector inspector
  firm-admin  · ● ● ● ● ●
  accountant  · ● ● ● ● ●
  admin       · · ● ● ● ●
  user        · · · · · ·
  connector   · · · · · ·
  inspector   · · · · · ·
`);

const cellsOf = (allowed: (role: AccessRole) => boolean) => ROLE_ORDER.map(allowed);

describe('the matrix of rights', () => {
  it('has one column per role', () => {
    expect([...ACCESS_ROLES].sort()).toEqual([...ROLE_ORDER].sort());
    for (const { columns } of [ACTIONS, ENTRIES, INVITED, KEYS]) expect(columns).toEqual(ROLE_ORDER);
  });

  it('has one row per action and per entry type', () => {
    expect([...ACTIONS.rows.keys()].sort()).toEqual(Object.keys(PERMISSIONS).sort());
    expect([...ENTRIES.rows.keys()].sort()).toEqual(Object.keys(ENTRY_PERMISSIONS).sort());
  });

  it.each([...ACTIONS.rows])('says who may %s', (action, cells) =>
    expect(cellsOf((role) => may(role, action as Action))).toEqual(cells),
  );

  it.each([...ENTRIES.rows])('says who may record a %s', (type, cells) =>
    expect(cellsOf((role) => mayRecord(role, type as keyof typeof ENTRY_PERMISSIONS))).toEqual(cells),
  );

  it.each([...INVITED.rows])('says whom %s may invite', (inviter, cells) =>
    expect(cellsOf((role) => INVITATIONS[inviter as AccessRole].includes(role))).toEqual(cells),
  );

  it.each([...KEYS.rows])('says which keys %s may make', (maker, cells) =>
    expect(
      cellsOf((role) => (API_KEY_GRANTS[maker as AccessRole] as readonly AccessRole[]).includes(role)),
    ).toEqual(cells),
  );

  it('leaves a key that is limited to tills nothing that is of the whole company', () => {
    const isOfACompany = (action: string) => !OF_A_TILL.has(action as Action);
    expect(Object.keys(PERMISSIONS).filter(isOfACompany)).toEqual([
      'session.end',
      'invitation.create',
      'api-key.manage',
      'api-key.revoke',
      'company.create',
      'company.settings',
      'till.add',
      'opening-balances.record',
      'budget.set',
      'customer.erase',
      'deposit.read',
      'technical-events.read',
      'export.books',
      'proof.read',
      'proof.verify',
      'export.events',
      'archive.read',
      'archive.create',
    ]);
  });

  it('never lets anybody give an action that he has not himself, but for the connector’s and the inspector’s own', () => {
    for (const giver of ACCESS_ROLES)
      for (const given of INVITATIONS[giver])
        for (const action of Object.keys(PERMISSIONS) as Action[])
          expect(may(given, action) && !may(giver, action)).toBe(false);
  });
});

describe('a principal', () => {
  const principal = (role: AccessRole, tills: readonly string[] | null = null) =>
    ({ role, tills }) as Principal;

  it('records what its role may', () => {
    expect(() => requireEntryType(principal('connector'), 'sale')).not.toThrow();
    expect(() => requireEntryType(principal('connector'), 'correction')).toThrow('not-allowed');
    expect(() => requireEntryType(principal('user'), 'correction')).toThrow('not-allowed');
  });

  it('without a limit uses every till', () =>
    expect(() => requireTill(principal('user'), 'T9', undefined)).not.toThrow());

  it('with a limit names one of its tills, each time', () => {
    const limited = principal('connector', ['T1', 'T2']);
    expect(() => requireTill(limited, 'T1')).not.toThrow();
    expect(() => requireTill(limited, 'T1', 'T2')).not.toThrow();
    for (const named of [['T3'], ['T1', 'T3'], [undefined], ['safe'], []])
      expect(() => requireTill(limited, ...named)).toThrow('till-not-allowed');
  });
});
