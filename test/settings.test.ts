// The settings: what is accepted, what the one error says, and that local.settings.sample.json shows every setting.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod';
import { AppError } from '../src/domain/errors.ts';
import { AppSettings, absenceOf, HOST_SETTINGS, parseSettings, settingDescriptions, versionText } from '../src/settings.ts';

const packageJson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

function errorOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
  return assert.fail('no error was thrown');
}

test('the least that must be set is the task hub', () => {
  const settings = parseSettings(AppSettings, { TASK_HUB: 'Hub1', PATH: '/bin' });

  assert.deepEqual(settings, { TASK_HUB: 'Hub1', LOG_LEVEL: 'info' });
});

test('an empty setting counts as absent', () => {
  const settings = parseSettings(AppSettings, { TASK_HUB: 'Hub1', LOG_LEVEL: '', BUILD_COMMIT: '' });

  assert.deepEqual(settings, { TASK_HUB: 'Hub1', LOG_LEVEL: 'info' });
});

test('settings cannot be changed after they were read', () => {
  const settings = parseSettings(AppSettings, { TASK_HUB: 'Hub1' });

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
    ].join('\n'),
  );
});

test('task hub names that Azure Storage would refuse are refused here', () => {
  const names = ['ab', '1abc', 'with-dash', 'with space', 'a'.repeat(46), 'naïve'];

  const refused = names.filter((name) => !AppSettings.safeParse({ TASK_HUB: name }).success);

  assert.deepEqual(refused, names);
  assert.ok(AppSettings.safeParse({ TASK_HUB: 'a'.repeat(45) }).success);
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
