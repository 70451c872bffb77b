import type { EntryType } from '../ledger/entries';
import { type CompanyRole, COMPANY_ROLES } from '../ports/vault';

/** Who may sign in or hold a key. `firm-admin` is of the whole installation, the others of one company each. */
export const ACCESS_ROLES = ['firm-admin', ...COMPANY_ROLES] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

const FIRM = ['firm-admin', 'accountant'] as const;
const MANAGERS = [...FIRM, 'admin'] as const;
const SHOP = [...MANAGERS, 'user'] as const;
const AUDIENCE = [...SHOP, 'inspector'] as const;
const EVERYBODY = [...AUDIENCE, 'connector'] as const;

/**
 * The whole matrix: what each route is called, and the roles that may. Every route declares one of these actions;
 * `permissions.spec.ts` writes the matrix out, so a change here is seen there.
 */
export const PERMISSIONS = {
  'me.read': EVERYBODY,
  'session.end': EVERYBODY,
  'invitation.create': MANAGERS,
  'api-key.manage': MANAGERS,
  'api-key.revoke': MANAGERS,

  'company.create': ['firm-admin'],
  'company.list': EVERYBODY,
  'company.read': EVERYBODY,
  'company.settings': MANAGERS,
  'till.add': MANAGERS,
  'opening-balances.record': MANAGERS,
  'budget.set': MANAGERS,
  'customer.create': SHOP,
  'customer.erase': MANAGERS,

  'entry.record': [...SHOP, 'connector'],
  'entry.read': EVERYBODY,

  'till.read': EVERYBODY,
  'voucher.read': EVERYBODY,
  'customer.read': AUDIENCE,
  'deposit.read': AUDIENCE,
  'report.read': AUDIENCE,
  'live.read': AUDIENCE,
  'technical-events.read': [...MANAGERS, 'inspector'],
  'export.books': [...MANAGERS, 'inspector'],

  'proof.read': AUDIENCE,
  'proof.verify': [...MANAGERS, 'inspector'],
  'export.events': [...MANAGERS, 'inspector'],
  'archive.read': [...MANAGERS, 'inspector'],
  'archive.create': MANAGERS,
} as const satisfies Readonly<Record<string, readonly AccessRole[]>>;

export type Action = keyof typeof PERMISSIONS;

/**
 * What a key that is limited to tills may do, where its role may: its own part of what is recorded and read, and the
 * settings, customers and vouchers that any till needs to sell. Whatever else is of the whole company is not for it.
 */
export const OF_A_TILL: ReadonlySet<Action> = new Set([
  'me.read',
  'company.list',
  'company.read',
  'customer.create',
  'entry.record',
  'entry.read',
  'till.read',
  'voucher.read',
  'customer.read',
  'report.read',
  'live.read',
]);

/**
 * What goes on while the vault does not answer, for whom it has confirmed lately: the work of the day, and what it takes to do
 * it. Whatever gives, takes away or carries off is not for somebody who may have been revoked, nor what the vault must write.
 */
export const WITHOUT_VAULT: ReadonlySet<Action> = new Set([
  'me.read',
  'company.list',
  'company.read',
  'entry.record',
  'entry.read',
  'till.read',
  'voucher.read',
  'customer.read',
  'deposit.read',
  'report.read',
  'live.read',
]);

/**
 * What ends access. While the vault does not answer it ends it on the node that was asked alone, until the vault is back: that
 * node forgets, and answers 503 for what could not be written.
 */
export const ENDS_ACCESS: ReadonlySet<Action> = new Set(['session.end', 'api-key.revoke']);

/** Given by people, never by a program: a stolen key must not make itself successors that outlive it. */
export const SESSION_ONLY: ReadonlySet<Action> = new Set([
  'invitation.create',
  'api-key.manage',
  'api-key.revoke',
  'session.end',
]);

/** Who may record which entry: a cashier does not correct, a POS sends what a POS knows. */
export const ENTRY_PERMISSIONS: Readonly<Record<EntryType, readonly AccessRole[]>> = {
  sale: [...SHOP, 'connector'],
  'z-ticket': [...SHOP, 'connector'],
  'credit-repayment': [...SHOP, 'connector'],
  'voucher-sale': [...SHOP, 'connector'],
  'voucher-refund': [...SHOP, 'connector'],
  expense: [...SHOP, 'connector'],
  'cash-in': [...SHOP, 'connector'],
  'cash-out': [...SHOP, 'connector'],
  count: [...SHOP, 'connector'],
  'voucher-expiry': SHOP,
  deposit: SHOP,
  'deposit-confirmation': SHOP,
  transfer: SHOP,
  overpayment: SHOP,
  comment: SHOP,
  'day-closure': SHOP,
  correction: MANAGERS,
};

/** Roles that may be given by invitation: to people, and never more than one has. */
export const INVITATIONS: Readonly<Record<AccessRole, readonly AccessRole[]>> = {
  'firm-admin': ['firm-admin', 'accountant', 'admin', 'user', 'inspector'],
  accountant: ['accountant', 'admin', 'user', 'inspector'],
  admin: ['admin', 'user'],
  user: [],
  connector: [],
  inspector: [],
};

/** Roles that may be given to an API key. A key is of one company, so none is an administrator of the firm. */
export const API_KEY_GRANTS: Readonly<Record<AccessRole, readonly CompanyRole[]>> = {
  'firm-admin': COMPANY_ROLES,
  accountant: COMPANY_ROLES,
  admin: ['admin', 'user', 'connector', 'inspector'],
  user: [],
  connector: [],
  inspector: [],
};

export function may(role: AccessRole, action: Action): boolean {
  return (PERMISSIONS[action] as readonly AccessRole[]).includes(role);
}

/** Whether somebody whom the vault has confirmed lately may, while it does not answer. */
export function mayWithoutVault(action: Action): boolean {
  return WITHOUT_VAULT.has(action) || ENDS_ACCESS.has(action);
}

export function mayRecord(role: AccessRole, type: EntryType): boolean {
  return ENTRY_PERMISSIONS[type].includes(role);
}
