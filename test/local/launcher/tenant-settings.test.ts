// The settings that lead a program to the running tenant, what a person's own settings change about them, and the tools that use them.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { localSettings } from '../../../src/local/launcher/local-settings.ts';
import { organizationNamed, runningTenant, tenantSettings } from '../../../src/local/launcher/tenant-settings.ts';
import { ConnectionSettings, parseSettings } from '../../../src/settings.ts';
import { tempDirectory } from '../../support/temp-directory.ts';
import { startTestTenant } from '../../support/tenant.ts';
import { runTool } from './run-tool.ts';

const tenant = await startTestTenant({ organizations: ['contoso', 'fabrikam'] });
const { connection, data } = tenant;
const [contoso, fabrikam] = connection.organizations;
assert.ok(contoso && fabrikam);

function rootWith(values: Record<string, string>): string {
  const root = tempDirectory('settings');
  writeFileSync(join(root, 'local.settings.json'), JSON.stringify({ Values: values }));
  return root;
}

const ofTenant = tenantSettings(connection, contoso);

describe('the settings for the tenant', () => {
  test('are settings of the app, complete, with https throughout', () => {
    const settings = parseSettings(ConnectionSettings, ofTenant);

    assert.equal(settings.CONNECTOR_CLIENT_ID, contoso.clientId);
    assert.deepEqual(settings.EXCHANGE_TRUSTED_HOSTS, [new URL(connection.origin).host.replace('localhost', '127.0.0.1')]);
    assert.ok([settings.AUTHORITY, settings.GRAPH_ENDPOINT, settings.EXCHANGE_ENDPOINT].every((origin) => origin === connection.origin));
  });

  test('stand beside what a person sets, and a copied sample changes none of them', () => {
    const root = rootWith({ TASK_HUB: 'Mine', CONNECTOR_CREDENTIAL: 'managed-identity', CONNECTOR_CLIENT_ID: '', EXCHANGE_ENDPOINT: '' });

    const settings = localSettings(root, { storageConnection: 'storage', tenant: ofTenant });

    assert.deepEqual(settings, {
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      AzureWebJobsStorage: 'storage',
      ...ofTenant,
      TASK_HUB: 'Mine',
    });
  });

  test('give way as a whole to a real organization', () => {
    const root = rootWith({ CONNECTOR_CREDENTIAL: 'secret', CONNECTOR_CLIENT_ID: contoso.clientId, CONNECTOR_CREDENTIAL_NAME: 'REAL' });

    const settings = localSettings(root, { storageConnection: 'storage', tenant: ofTenant });

    assert.equal(settings['CONNECTOR_CREDENTIAL_NAME'], 'REAL');
    assert.deepEqual(
      ['EXCHANGE_ENDPOINT', 'AUTHORITY', 'IDENTITY_HEADER', 'NODE_EXTRA_CA_CERTS'].filter((name) => name in settings),
      [],
    );
  });
});

describe('the running tenant', () => {
  test('is found by its folder; one that was killed is not', () => {
    const killed = tempDirectory('killed');
    mkdirSync(killed, { recursive: true });
    writeFileSync(join(killed, 'connection.json'), JSON.stringify({ ...connection, pid: 2 ** 30 }));

    const found = [runningTenant(data), runningTenant(killed), runningTenant(join(killed, 'nowhere'))];

    assert.deepEqual(found, [connection, undefined, undefined]);
  });

  test('knows its organizations by every name', () => {
    const names = [fabrikam.tenantId.toUpperCase(), 'fabrikam.example', 'fabrikam.onmicrosoft.com', 'Fabrikam', 'nobody'];

    const found = names.map((name) => organizationNamed(connection, name)?.domain);

    assert.deepEqual(found, [...names.slice(0, -1).map(() => 'fabrikam.example'), undefined]);
  });
});

describe('npm run doctor', () => {
  test('without settings asks the running tenant, each organization by its own identity', async () => {
    const runs = await Promise.all(['contoso', 'fabrikam'].map((name) => runTool('doctor.ts', [name, '--data', data])));

    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0],
    );
    assert.ok(runs[1]?.out.includes(`tenant ${fabrikam.tenantId}, credential managed-identity of client ${fabrikam.clientId}`));
  });

  test('says what to do when no tenant runs and no credential is set', async () => {
    const { code, err } = await runTool('doctor.ts', ['contoso', '--data', tempDirectory('empty')]);

    assert.equal(code, 2);
    assert.match(err, /No simulated tenant runs on .*\nStart one with npm start, or set CONNECTOR_CREDENTIAL/);
  });

  test('with settings of a real organization uses those, whatever runs here', async () => {
    const { code, out, err } = await runTool('doctor.ts', ['contoso', '--data', data], { CONNECTOR_CREDENTIAL: 'secret' });

    assert.equal(code, 2);
    assert.doesNotMatch(out, /simulated/);
    assert.match(err, /CONNECTOR_CLIENT_ID is missing/);
  });
});

describe('npm run token', () => {
  test('prints the token of a person and nothing else', async () => {
    const [alice, other] = await Promise.all([
      runTool('token.ts', ['alice', '--data', data]),
      runTool('token.ts', ['auditor', '--organization', 'contoso.example', '--data', data]),
    ]);

    assert.deepEqual([alice.code, alice.err, other.code], [0, '', 0]);
    const claims = decodeJwt(alice.out.trim());
    assert.deepEqual(
      [claims['tid'], claims['preferred_username'], claims.aud],
      [contoso.tenantId, 'alice@contoso.example', 'api://exchange-connector'],
    );
    assert.equal(decodeJwt(other.out.trim())['preferred_username'], 'auditor@contoso.example');
  });

  test('names who or what is missing', async () => {
    const [nobody, none, empty, help] = await Promise.all([
      runTool('token.ts', ['nobody', '--data', data]),
      runTool('token.ts', ['alice', '--data', tempDirectory('empty')]),
      runTool('token.ts', []),
      runTool('token.ts', ['--help']),
    ]);

    assert.deepEqual([nobody.code, none.code, empty.code, help.code], [1, 1, 2, 0]);
    assert.match(nobody.err, /^Nobody in contoso\.example is called nobody\.$/m);
    assert.match(none.err, /Start one with npm start\./);
    assert.match(empty.err, /^npm run --silent token -- <user>/);
    assert.match(help.out, /^npm run --silent token -- <user>/);
  });
});
