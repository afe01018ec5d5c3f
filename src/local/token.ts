// `npm run token -- <user>`: prints a bearer token for a person of the running tenant, as after a sign-in, and nothing else.
import { callTenant } from './tenant-control.ts';
import { runningTenant } from './launcher/tenant-settings.ts';
import { takeDataOption } from './tool-options.ts';

const USAGE = `npm run --silent token -- <user> [options]

  Prints a bearer token for a person of the simulated tenant, for example
    curl -H "Authorization: Bearer $(npm run --silent token -- alice)" http://localhost:7071/api/...

  <user>                   admin, operator, operator-sales, approver, analyst, auditor, alice, bob, chloe; or any address or object id
  --organization <domain>  in which organization (the first one)
  --data <folder>          the folder of the tenant (.local/tenant)
`;

const EXIT_USAGE = 2;

async function main(): Promise<number> {
  const { data, rest } = takeDataOption(process.argv.slice(2));
  const at = rest.indexOf('--organization');
  const organization = at < 0 ? undefined : rest[at + 1];
  const [user, ...more] = at < 0 ? rest : rest.filter((_, position) => position !== at && position !== at + 1);
  const isHelp = user === '--help' || user === '-h';
  if (isHelp || user === undefined || user.startsWith('-') || more.length > 0 || (at >= 0 && organization === undefined)) {
    (isHelp ? console.log : console.error)(USAGE);
    return isHelp ? 0 : EXIT_USAGE;
  }
  const tenant = runningTenant(data);
  if (!tenant) throw new Error(`No simulated tenant runs on ${data}. Start one with npm start.`);
  const asked = { user, ...(organization !== undefined && { tenantId: organization }) };
  const { token } = (await callTenant(tenant, 'POST', 'tokens', asked)) as { token: string };
  console.log(token);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
