import { type Config, readConfig } from '../../config';
import { type Service, startService } from '../../service';
import { CliError } from '../cli-error';
import { DEMO_ADMIN, DEMO_PEOPLE, makeAccounts } from './accounts';
import { ApiClient } from './api-client';
import { type Demo, feedDemo } from './feed-demo';

/** A demo listens to one machine and protects nothing; what the environment says counts more. */
const DEFAULTS = { CAISSE_DATA: './data/demo', CAISSE_RATE_LIMIT: 'off', LOG_LEVEL: 'error' };

export function readDemoConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  return readConfig({ ...DEFAULTS, ...environment });
}

export type RunningDemo = {
  readonly service: Service;
  /** How to look at it, for a person. */
  readonly text: string;
  readonly facts: Demo & {
    readonly url: string;
    readonly accounts: readonly {
      readonly role: string;
      readonly email: string;
      readonly password: string;
    }[];
  };
};

/**
 * Starts the service with the demo company in it.
 *
 * @throws CliError when the data folder belongs to somebody else
 */
export async function runDemo(config: Config): Promise<RunningDemo> {
  const admin = config.admin ?? DEMO_ADMIN;
  const service = await startService({ ...config, admin });
  try {
    const firm = new ApiClient(service.url);
    if (!(await firm.signIn(admin.email, admin.password)))
      throw new CliError(
        'wrong-data-folder',
        `${config.data} n'est pas le dossier de la démonstration : choisissez-en un autre avec CAISSE_DATA.`,
      );
    const demo = await feedDemo(firm);
    await makeAccounts(service.url, firm, demo.company);
    const accounts = [{ role: 'firm-admin', ...admin }, ...DEMO_PEOPLE].map(({ role, email, password }) => ({
      role,
      email,
      password,
    }));
    const facts = { url: service.url, ...demo, accounts };
    return { service, text: instructions(service.url, demo, admin, config.data), facts };
  } catch (error) {
    await service.close();
    throw error;
  }
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
