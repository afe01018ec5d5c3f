// `doctor` as people meet it: the program against the simulated tenant, by an application with its secret, in every state of its grants.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { writeLog } from '../src/local/tenant/world/journal.ts';
import type { Application } from '../src/local/tenant/world/types.ts';
import { startTestTenant } from './support/tenant.ts';

const DOCTOR = fileURLToPath(new URL('../src/doctor.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, [DOCTOR, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number | null]>]);
  return { code, out, err };
}

const tenant = await startTestTenant();
const { contoso } = tenant;
const seeded = contoso.application();

/** Settings for the tenant's application; a change takes one out when it is undefined. */
function environment(change: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return tenant.environment({
    AUTHORITY: tenant.origin,
    GRAPH_ENDPOINT: tenant.origin,
    EXCHANGE_ENDPOINT: tenant.origin,
    CONNECTOR_CREDENTIAL: 'secret',
    CONNECTOR_CLIENT_ID: seeded.appId,
    CONNECTOR_CREDENTIAL_NAME: 'TENANT',
    CONNECTOR_SECRET_TENANT: seeded.secrets[0],
    ...change,
  });
}

/** Runs with changed grants, which are put back. */
async function withGrants(change: Partial<Application>, words: readonly string[] = ['contoso']): Promise<Ended> {
  contoso.grant(change);
  try {
    return await run(words, environment());
  } finally {
    contoso.grant(seeded);
  }
}

/** `check  state` of every row of the table. */
function rowsOf(out: string): Map<string, string> {
  return new Map(
    [...out.matchAll(/^ {4}(\S.*?) {2,}(works|missing|failed|unknown)\b/gm)].map(([, check = '', state = '']) => [check, state]),
  );
}

const notWorking = (out: string): string[] =>
  [...rowsOf(out)].filter(([, state]) => state !== 'works').map(([check, state]) => `${check}: ${state}`);

/** Lines joined again. */
const flat = (out: string): string => out.replaceAll(/\s+/g, ' ');

describe('doctor', () => {
  test('a healthy organization, by GUID, by domain and by name: everything works, exit 0, and nothing was changed', async () => {
    const names = [contoso.id, contoso.domain, 'contoso.onmicrosoft.com', 'contoso'];

    const runs = await Promise.all(names.map((name) => run([name], environment())));

    assert.deepEqual(
      runs.map(({ code, err }) => [code, err]),
      names.map(() => [0, '']),
    );
    for (const { out } of runs) {
      assert.deepEqual(notWorking(out), []);
      assert.match(out, /tenant [0-9a-f-]{36}, credential secret of client [0-9a-f-]{36}/);
      assert.match(out, /(\d+) of \1 checks work\./);
    }
    assert.deepEqual([...writeLog(tenant.tenant.world.journal)], []);
  });

  test('without the app role: both places that show it, one cause, one cure, exit 1', async () => {
    const { code, out } = await withGrants({ exchangeAppRoles: [] });

    assert.equal(code, 1);
    assert.equal(rowsOf(out).get('Token for Exchange Online'), 'missing');
    assert.equal(rowsOf(out).get('What the roles in Exchange allow'), 'missing');
    assert.equal(rowsOf(out).get('List of users'), 'works');
    assert.match(flat(out), /Cause: Exchange Online does not accept the token: the application lacks the app role Exchange\.ManageAsApp/);
    assert.match(flat(out), /Cure: Add the application permission Exchange\.ManageAsApp .*\/adminconsent\?client_id=/);
    assert.equal(out.match(/Cause:/g)?.length, 1);
  });

  test('without a role in Exchange: the token works, the role is missing, exit 1', async () => {
    const { code, out } = await withGrants({ directoryRoles: [] });

    assert.equal(code, 1);
    assert.match(out, /Token for Exchange Online .*works .*app role Exchange\.ManageAsApp, no directory roles/);
    assert.equal(rowsOf(out).get('What the roles in Exchange allow'), 'missing');
    assert.match(
      flat(out),
      /Cause: Exchange Online accepts the token but refuses without a reason: the application has no role in Exchange/,
    );
    assert.match(flat(out), /Cure: In Microsoft Entra, assign the application a directory role .*Exchange Administrator/);
  });

  for (const cmdletRefusal of ['json', 'nul-gzip']) {
    test(`a single cmdlet missing, refused as ${cmdletRefusal}: only what needs it, by name, exit 1`, async (t) => {
      tenant.tenant.setSwitches({ cmdletRefusal });
      t.after(() => tenant.tenant.setSwitches({ cmdletRefusal: 'json' }));

      const [reading, changing] = [
        await withGrants({ deniedCmdlets: ['Get-CASMailbox'] }),
        await withGrants({ deniedCmdlets: ['Clear-MobileDevice'] }),
      ];

      assert.deepEqual([reading.code, changing.code], [1, 1]);
      assert.deepEqual(notWorking(reading.out), ['List of mailboxes: missing', 'Access of one mailbox: missing']);
      assert.deepEqual(notWorking(changing.out), ['Wipe devices: missing']);
      assert.match(flat(reading.out), /Cause: No role of the application in Exchange holds the cmdlet Get-CASMailbox\./);
      assert.match(flat(changing.out), /Cause: No role of the application in Exchange holds the cmdlet Clear-MobileDevice\./);
      assert.match(flat(changing.out), /Cure: Add the application to a role group .*Get-ManagementRole -Cmdlet Clear-MobileDevice/);
    });
  }

  test('without permissions in Graph: each is named, and Exchange works all the same', async () => {
    const { code, out } = await withGrants({ graphAppRoles: ['User.Read.All'] });

    assert.equal(code, 1);
    assert.deepEqual(notWorking(out), [
      'One group: missing',
      'Members of a group: missing',
      'Groups of a user: missing',
      'Devices in Intune: missing',
      'Send mail: unknown',
    ]);
    assert.match(flat(out), /the application permission GroupMember\.Read\.All is not granted/);
    assert.match(flat(out), /the application permission DeviceManagementManagedDevices\.Read\.All is not granted/);
  });

  test('a wrong secret fails at the sign-in, with Entra’s number; nothing else is tried', async () => {
    const { code, out, err } = await run(['contoso'], environment({ CONNECTOR_SECRET_TENANT: 'not the secret' }));

    assert.equal(code, 1);
    assert.match(out, /Token for Exchange Online .*failed .*AADSTS7000215/);
    assert.match(flat(out), /Cause: The client secret is wrong\. Cure: Store the secret's value, not its id/);
    assert.doesNotMatch(out + err, /not the secret/);
  });

  test('a secret whose setting is missing is named', async () => {
    const { code, out } = await run(['contoso'], environment({ CONNECTOR_SECRET_TENANT: undefined }));

    assert.equal(code, 1);
    assert.match(flat(out), /the app setting CONNECTOR_SECRET_TENANT is missing or empty/);
  });

  test('an organization that nobody knows, and an Entra that does not answer, are the one finding there can be', async () => {
    const [unknown, silent] = await Promise.all([
      run(['nobody.example'], environment()),
      run(['contoso.example'], environment({ AUTHORITY: 'https://localhost:1' })),
    ]);

    assert.deepEqual([unknown.code, silent.code], [1, 1]);
    assert.match(flat(unknown.out), /Cause: Microsoft Entra at https:\/\/localhost:\d+ knows no organization nobody\.example\./);
    assert.match(flat(silent.out), /Cause: Microsoft Entra at https:\/\/localhost:1 does not answer\./);
    assert.deepEqual(rowsOf(silent.out), new Map([['Organization', 'failed']]));
  });

  test('--verbose logs one line for every call, without a token; without it nothing is logged', async () => {
    const { code, err } = await run([contoso.id, '--verbose'], environment());

    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; cmdlet?: string });
    assert.equal(code, 0);
    assert.deepEqual([...new Set(lines.map(({ event }) => event))].sort(), ['exchange.called', 'graph.called']);
    assert.ok(lines.some(({ cmdlet }) => cmdlet === 'Get-MobileDevice'));
    assert.doesNotMatch(err, /eyJ|Bearer/);
  });

  test('what is not understood, and settings that are wrong, end with exit 2 and the cure', async () => {
    const runs = await Promise.all([
      run([], environment()),
      run(['contoso', 'fabrikam'], environment()),
      run(['contoso', '--verbatim'], environment()),
      run(['../contoso'], environment()),
      run(['contoso'], environment({ CONNECTOR_CLOUD: 'china' })),
      run(['contoso'], environment({ CONNECTOR_CLIENT_ID: undefined, EXCHANGE_ENDPOINT: 'http://localhost' })),
    ]);

    assert.deepEqual(
      runs.map(({ code, out }) => [code, out]),
      runs.map(() => [2, '']),
    );
    const [none, two, option, path, china, settings] = runs.map(({ err }) => err);
    assert.match(none ?? '', /^Name one organization\.\n\nnpm run doctor/);
    assert.match(two ?? '', /^Name one organization\./);
    assert.match(option ?? '', /--verbatim/);
    assert.match(path ?? '', /'\.\.\/contoso' is no GUID/);
    assert.match(china ?? '', /write a domain of the organization in full/);
    assert.match(settings ?? '', /CONNECTOR_CLIENT_ID is missing.*\nEXCHANGE_ENDPOINT has the wrong value 'http:\/\/localhost'/);
  });

  test('--help says how, with exit 0', async () => {
    const { code, out } = await run(['--help'], environment());

    assert.equal(code, 0);
    assert.match(out, /^npm run doctor -- <organization>/);
  });
});
