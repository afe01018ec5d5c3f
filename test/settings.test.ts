// The settings: what is accepted, what the one error says, and that local.settings.sample.json shows every setting.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod';
import { AppError } from '../src/domain/errors.ts';
import {
  AppSettings,
  absenceOf,
  ConnectionSettings,
  HOST_SETTINGS,
  parseSettings,
  readCredentialSetting,
  versionText,
} from '../src/settings.ts';
import { settingDescriptions } from '../src/setting-tables.ts';

const packageJson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** The least that must be set, and what is there then. */
const NEEDED = { TASK_HUB: 'Hub1', AzureWebJobsStorage: 'UseDevelopmentStorage=true', AUDIT_KEY_FILE: 'audit-key.json' };
const LEAST = {
  ...NEEDED,
  LOG_LEVEL: 'info',
  AUDIT_KEEP_DAYS: 2557,
  CONNECTOR_CLOUD: 'global',
  CONNECTOR_CREDENTIAL: 'managed-identity',
};

const CLIENT = 'aaaaaaaa-0000-4000-8000-000000000001';

function errorOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
  return assert.fail('no error was thrown');
}

test('the least that must be set is the task hub, the storage and the key of the audit', () => {
  const settings = parseSettings(AppSettings, { ...NEEDED, PATH: '/bin' });

  assert.deepEqual(settings, LEAST);
});

test('an empty setting counts as absent', () => {
  const settings = parseSettings(AppSettings, { ...NEEDED, LOG_LEVEL: '', BUILD_COMMIT: '' });

  assert.deepEqual(settings, LEAST);
});

test('settings cannot be changed after they were read', () => {
  const settings = parseSettings(AppSettings, NEEDED);

  assert.throws(() => Object.assign(settings, { TASK_HUB: 'Other' }), TypeError);
});

test('one error lists everything missing or wrong, with what is expected, the default and an example', () => {
  const error = errorOf(() => parseSettings(AppSettings, { LOG_LEVEL: 'loud', BUILD_COMMIT: 'main' }));

  assert.equal(error.code, 'settings.invalid');
  assert.equal(
    error.message,
    [
      'App settings are missing or wrong; correct them and restart the app.',
      'TASK_HUB is missing: expected 3 to 45 letters and digits, a letter first; required; example ExchangeConnector.',
      `LOG_LEVEL has the wrong value 'loud': expected debug, info, warn or error; default info; example info.`,
      `BUILD_COMMIT has the wrong value 'main': expected 7 to 40 hexadecimal digits; may be left out.`,
      'AzureWebJobsStorage is missing: expected a connection string; needed unless AzureWebJobsStorage__accountName is set, or the addresses of the table and the blob service; example UseDevelopmentStorage=true.',
      'AUDIT_KEY is missing: expected https://<vault>/keys/<name>; needed unless AUDIT_KEY_FILE is set.',
    ].join('\n'),
  );
});

test('task hub names that Azure Storage would refuse are refused here', () => {
  const names = ['ab', '1abc', 'with-dash', 'with space', 'a'.repeat(46), 'naïve'];

  const refused = names.filter((name) => !AppSettings.safeParse({ ...NEEDED, TASK_HUB: name }).success);

  assert.deepEqual(refused, names);
  assert.ok(AppSettings.safeParse({ ...NEEDED, TASK_HUB: 'a'.repeat(45) }).success);
});

test('storage is named by a connection string, by an account, or by the addresses of both services', () => {
  const table = 'https://account.table.core.usgovcloudapi.net';
  const blob = 'https://account.blob.core.usgovcloudapi.net';
  const ways = [
    { AzureWebJobsStorage: 'UseDevelopmentStorage=true' },
    { AzureWebJobsStorage__accountName: 'account' },
    { AzureWebJobsStorage__tableServiceUri: table, AzureWebJobsStorage__blobServiceUri: blob },
    { AzureWebJobsStorage__tableServiceUri: table },
    { AzureWebJobsStorage__accountName: 'https://account.blob.core.windows.net' },
  ];

  const accepted = ways.map((way) => AppSettings.safeParse({ TASK_HUB: 'Hub1', AUDIT_KEY_FILE: 'audit-key.json', ...way }).success);

  assert.deepEqual(accepted, [true, true, true, false, false]);
});

test('audiences are client ids and App ID URIs, several of them separated by commas', () => {
  const parsed = parseSettings(AppSettings, { ...NEEDED, API_AUDIENCES: `${CLIENT}, api://exchange-connector` });

  assert.deepEqual(parsed.API_AUDIENCES, [CLIENT, 'api://exchange-connector']);
  for (const wrong of ['exchange-connector', `${CLIENT},`, 'a b']) {
    assert.equal(AppSettings.safeParse({ ...NEEDED, API_AUDIENCES: wrong }).success, false, wrong);
  }
});

test('the key of the audit is one key of a vault, not one of its versions', () => {
  const right = 'https://audit.vault.azure.net/keys/heads';
  const { AUDIT_KEY_FILE: _, ...withoutFile } = NEEDED;

  assert.equal(AppSettings.safeParse({ ...withoutFile, AUDIT_KEY: right }).success, true);
  assert.equal(parseSettings(AppSettings, { ...NEEDED, AUDIT_KEY: right }).AUDIT_KEY, right);
  for (const wrong of [`${right}/0123456789abcdef`, right.replace('https', 'http'), 'https://audit.vault.azure.net/secrets/heads']) {
    assert.equal(AppSettings.safeParse({ ...NEEDED, AUDIT_KEY: wrong }).success, false, wrong);
  }
});

test('the audit is kept for seven years unless somebody decides otherwise, and for ninety days at least', () => {
  const days = (text: string): unknown => AppSettings.safeParse({ ...NEEDED, AUDIT_KEEP_DAYS: text }).data?.AUDIT_KEEP_DAYS;

  assert.deepEqual(['90', '3650', '89', '-90', '1e3', 'always'].map(days), [90, 3650, undefined, undefined, undefined, undefined]);
});

test('each kind of credential says what it needs beside it', () => {
  const needs = (kind: string): string[] =>
    [...errorOf(() => parseSettings(ConnectionSettings, { CONNECTOR_CREDENTIAL: kind })).message.matchAll(/^(\w+) is missing:.*$/gm)].map(
      ([line]) => line,
    );

  const certificate = needs('certificate');

  assert.deepEqual(certificate, [
    'CONNECTOR_CLIENT_ID is missing: expected a GUID; needed for CONNECTOR_CREDENTIAL certificate.',
    'CONNECTOR_CREDENTIAL_NAME is missing: expected upper-case letters, digits and underscores, a letter first; needed for CONNECTOR_CREDENTIAL certificate.',
  ]);
  assert.deepEqual([needs('secret').length, needs('federated-file').length, needs('federated-identity').length], [2, 2, 1]);
  assert.equal(parseSettings(ConnectionSettings, { CONNECTOR_CREDENTIAL: 'managed-identity' }).CONNECTOR_CLIENT_ID, undefined);
  assert.equal(
    parseSettings(ConnectionSettings, { CONNECTOR_CREDENTIAL: 'federated-identity', CONNECTOR_CLIENT_ID: CLIENT.toUpperCase() })
      .CONNECTOR_CLIENT_ID,
    CLIENT,
  );
});

const ENDPOINTS = ['AUTHORITY', 'GRAPH_ENDPOINT', 'EXCHANGE_ENDPOINT'] as const;

test('an endpoint is an https address and nothing behind the host', () => {
  const wrong = [
    'http://localhost:4711',
    'localhost:4711',
    'https://localhost/path',
    'https://user@localhost',
    'https://localhost?x=1',
    'x',
  ];

  const refused = ENDPOINTS.map((name) => wrong.filter((text) => !ConnectionSettings.safeParse({ [name]: text }).success));

  assert.deepEqual(refused, [wrong, wrong, wrong]);
  const right = parseSettings(ConnectionSettings, { AUTHORITY: 'https://localhost:4711/', GRAPH_ENDPOINT: 'https://Graph.Example' });
  assert.deepEqual([right.AUTHORITY, right.GRAPH_ENDPOINT], ['https://localhost:4711', 'https://graph.example']);
});

test('trusted hosts are names, with a port or with a dot in front', () => {
  const wrong = [
    'https://outlook.example',
    '.example',
    'outlook.example/',
    '*.example',
    'a b',
    'outlook.example:',
    '.outlook.example:446',
    ',',
  ];

  const refused = wrong.filter((text) => !ConnectionSettings.safeParse({ EXCHANGE_TRUSTED_HOSTS: text }).success);

  assert.deepEqual(refused, wrong);
  assert.deepEqual(
    parseSettings(ConnectionSettings, { EXCHANGE_TRUSTED_HOSTS: '127.0.0.1:4711, .Outlook.Example' }).EXCHANGE_TRUSTED_HOSTS,
    ['127.0.0.1:4711', '.outlook.example'],
  );
});

test('a credential reads settings of its own prefix and no others', () => {
  process.env['CONNECTOR_SECRET_TEST'] = 'a secret';

  const read = ['CONNECTOR_SECRET_TEST', 'CONNECTOR_SECRET_OTHER', 'PATH', 'AzureWebJobsStorage'].map(readCredentialSetting);

  delete process.env['CONNECTOR_SECRET_TEST'];
  assert.deepEqual(read, ['a secret', undefined, undefined, undefined]);
});

test('the value of a secret is never printed', () => {
  const table = z.object({
    TICKET_SECRET: z
      .string()
      .min(32)
      .register(settingDescriptions, { what: 'Signs.', expected: '32 characters or more', example: '', isSecret: true }),
  });

  const error = errorOf(() => parseSettings(table, { TICKET_SECRET: 'hunter2' }));

  assert.match(error.message, /TICKET_SECRET has a wrong value \(not shown\): expected 32 characters or more; required\./);
  assert.doesNotMatch(JSON.stringify([error.message, error.details, error.stack]), /hunter2/);
});

test('a Key Vault reference that was not followed is named as the cause', () => {
  const reference = '@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/hub)';

  const error = errorOf(() => parseSettings(AppSettings, { TASK_HUB: reference }));

  assert.match(error.message, /TASK_HUB has the wrong value .*; the Key Vault reference was not followed: check vault/);
});

test('the version names the commit where it is known', () => {
  assert.equal(versionText(), packageJson.version);
  assert.equal(versionText('0123456789abcdef'), `${packageJson.version}+0123456`);
});

test('local.settings.sample.json shows every setting with its comment, and is good to start with', () => {
  const ofApp = Object.entries(AppSettings.shape).map(([name, schema]) => {
    const description = settingDescriptions.get(schema);
    assert.ok(description, `${name} needs a description in settingDescriptions`);
    const comment = `${description.what} Expected: ${description.expected}; ${absenceOf(schema)}.`;
    return [name, comment, description.example] as const;
  });
  const ofHost = Object.entries(HOST_SETTINGS).map(
    ([name, { what, expected, example }]) => [name, `${what} Expected: ${expected}.`, example] as const,
  );
  const values = [...ofHost, ...ofApp].flatMap(([name, comment, example]) => [
    [`//${name}`, comment],
    [name, example],
  ]);
  const expected = `${JSON.stringify({ IsEncrypted: false, Values: Object.fromEntries(values) as unknown }, null, 2)}\n`;

  const sample = readFileSync(new URL('../local.settings.sample.json', import.meta.url), 'utf8');

  assert.equal(sample, expected);
  const parsed = JSON.parse(sample) as { Values: Record<string, string> };
  assert.equal(parseSettings(AppSettings, parsed.Values).TASK_HUB, 'ExchangeConnector');
});
