import { ApiClient } from './api-client';

/** The demo's people. Their passwords are printed: a demo protects nothing. */
export const DEMO_ADMIN = { email: 'cabinet@caisse.example', password: 'demo-cabinet' } as const;

export const DEMO_PEOPLE = [
  {
    role: 'accountant',
    email: 'comptable@caisse.example',
    password: 'demo-comptable',
    name: 'Camille, comptable',
  },
  { role: 'admin', email: 'eve@caisse.example', password: 'demo-patronne', name: 'Ève, patronne' },
  { role: 'user', email: 'vendeur@caisse.example', password: 'demo-vendeur', name: 'Sam, vendeur' },
] as const;

/** Invites and signs up who is not there yet. */
export async function makeAccounts(base: string, firm: ApiClient, company: string): Promise<void> {
  for (const { role, email, password, name } of DEMO_PEOPLE) {
    const person = new ApiClient(base);
    if (await person.signIn(email, password)) continue;
    const { link } = await firm.post<{ link: string }>(`/v1/companies/${company}/invitations`, {
      email,
      role,
    });
    const token = link.slice(link.lastIndexOf('/') + 1);
    await person.post(`/v1/invitations/${token}`, { password, name });
  }
}
