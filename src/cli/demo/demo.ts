import type { Config } from '../../config';
import { type Service, startService } from '../../service';
import { DEMO_ADMIN, DEMO_PEOPLE, makeAccounts } from './accounts';
import { ApiClient } from './api-client';
import { type Demo, feedDemo } from './feed-demo';

/** Starts the service with the demo company in it, and says how to look at it. */
export async function runDemo(config: Config, print: (text: string) => void): Promise<Service> {
  const service = await startService({ ...config, admin: config.admin ?? DEMO_ADMIN });
  const firm = new ApiClient(service.url);
  const { email, password } = config.admin ?? DEMO_ADMIN;
  if (!(await firm.signIn(email, password))) {
    await service.close();
    throw new Error(`the data folder ${config.data} is not the demo's: choose another with CAISSE_DATA`);
  }
  const demo = await feedDemo(firm);
  await makeAccounts(service.url, firm, demo.company);
  print(instructions(service.url, demo, { email, password }, config.data));
  return service;
}

function instructions(
  url: string,
  demo: Demo,
  admin: { email: string; password: string },
  data: string,
): string {
  const company = `${url}/v1/companies/${demo.company}`;
  const people = DEMO_PEOPLE.map(({ role, email, password }) => `  ${role.padEnd(11)} ${email}  ${password}`);
  const json = `-H 'Content-Type: application/json'`;
  const bearer = `-H "Authorization: Bearer $TOKEN"`;
  const sale = {
    id: '00000000-0000-4000-8000-000000000001',
    type: 'sale',
    till: demo.till,
    lines: [{ category: 'pain', label: 'Baguette', gross: 90, vatRate: 550 }],
    payments: [{ method: 'cash', amount: 90 }],
  };
  return `
Caisse répond sur ${url}   (documentation : ${url}/docs)

Comptes
  ${'firm-admin'.padEnd(11)} ${admin.email}  ${admin.password}
${people.join('\n')}

Cinq choses à essayer
  1. Se connecter
     TOKEN=$(curl -s ${url}/v1/auth/login ${json} \\
       -d '{"email":"${admin.email}","password":"${admin.password}"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  2. Enregistrer une vente (la renvoyer ne la compte pas deux fois)
     curl -s ${company}/entries ${bearer} ${json} -d '${JSON.stringify(sale)}'
  3. Lire la feuille du jour
     curl -s ${company}/tills/${demo.till}/days/${demo.today} ${bearer}
  4. Lire le journal d'un jour clôturé
     curl -s "${company}/journal.csv?from=${demo.closedDay}&to=${demo.closedDay}&till=${demo.till}" ${bearer}
  5. Vérifier que rien n'a été changé
     npx caisse verify ${data}

Ctrl-C arrête le service.
`;
}
