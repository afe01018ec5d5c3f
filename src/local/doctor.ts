// `npm run doctor -- <organization>`: runs src/doctor.ts, with the settings of the environment if there are any, else against the running tenant.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { organizationNamed, runningTenant, tenantSettings } from './launcher/tenant-settings.ts';
import { takeDataOption } from './tool-options.ts';

const DOCTOR = resolve(import.meta.dirname, '..', 'doctor.ts');
const EXIT_USAGE = 2;

/** One of these in the environment says that a real organization is meant. */
const REAL = ['CONNECTOR_CREDENTIAL', 'CONNECTOR_CLIENT_ID', 'CONNECTOR_CLOUD', 'EXCHANGE_ENDPOINT'];

/** What to run the program with; a text says why there is nothing to run it against. */
function environmentFor(words: readonly string[], data: string): { name?: string; settings: Record<string, string> } | string {
  if (words.includes('--help') || words.includes('-h') || REAL.some((name) => process.env[name])) return { settings: {} };
  const tenant = runningTenant(data);
  if (!tenant) {
    return `No simulated tenant runs on ${data}, and the environment names no credential.\nStart one with npm start, or set CONNECTOR_CREDENTIAL for a real organization (npm run doctor -- --help).`;
  }
  const name = words.find((word) => !word.startsWith('-'));
  const organization = name === undefined ? undefined : organizationNamed(tenant, name);
  const [first] = tenant.organizations;
  if (!first) return `The tenant in ${data} has no organization.`;
  const settings = tenantSettings(tenant, organization ?? first);
  return organization ? { name: organization.tenantId, settings } : { settings };
}

async function main(): Promise<number> {
  const { data, rest } = takeDataOption(process.argv.slice(2));
  const found = environmentFor(rest, data);
  if (typeof found === 'string') {
    console.error(found);
    return EXIT_USAGE;
  }
  const isSimulated = Object.keys(found.settings).length > 0;
  if (isSimulated) console.log(`The simulated tenant in ${data}`);
  const child = spawn(process.execPath, [DOCTOR, ...rest], { stdio: 'inherit', env: { ...process.env, ...found.settings } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = EXIT_USAGE;
}
