import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommand } from '../../../src/local/tenant/cli-commands.ts';
import { readTenantOptions, TenantOptionError } from '../../../src/local/tenant/tenant-options.ts';

const COMMANDS: readonly (readonly [words: string, method: string, path: string, body?: Record<string, unknown>])[] = [
  ['list', 'GET', 'state'],
  ['phones', 'GET', 'phones'],
  ['phones alice --organization fabrikam.example', 'GET', 'phones?mailbox=alice&tenantId=fabrikam.example'],
  ['phone alice/1 off', 'POST', 'phone', { device: 'alice/1', action: 'off', facts: {} }],
  [
    'phone alice/1 change friendlyName=Old=one',
    'POST',
    'phone',
    { device: 'alice/1', action: 'change', facts: { friendlyName: 'Old=one' } },
  ],
  ['phone new bob deviceType=iPhone', 'POST', 'phones', { mailbox: 'bob', facts: { deviceType: 'iPhone' } }],
  ['clock', 'GET', 'clock'],
  ['clock step 2h', 'POST', 'clock', { step: '2h' }],
  ['clock hold', 'POST', 'clock', { hold: true }],
  ['speed 60', 'POST', 'clock', { speed: '60' }],
  ['fault', 'GET', 'faults'],
  ['fault on redirect-302 count=3', 'POST', 'faults', { name: 'redirect-302', count: '3' }],
  ['fault off', 'DELETE', 'faults'],
  ['fault off a&b', 'DELETE', 'faults?name=a%26b'],
  ['switch', 'GET', 'switches'],
  ['switch paging never', 'POST', 'switches', { paging: 'never' }],
  ['load mailboxMs 600', 'POST', 'load', { mailboxMs: '600' }],
  ['cloud conditionalAccess all', 'POST', 'cloud', { conditionalAccess: 'all' }],
  ['grants', 'GET', 'applications'],
  ['grants directoryRoles []', 'POST', 'applications', { change: { directoryRoles: [] } }],
  ['writes Clear-MobileDevice', 'GET', 'writes?cmdlet=Clear-MobileDevice'],
  ['mail', 'GET', 'mail'],
  ['token alice', 'POST', 'tokens', { user: 'alice' }],
];

for (const [words, method, path, body] of COMMANDS) {
  test(`npm run tenant -- ${words}`, () => {
    const command = readCommand(words.split(' '));

    assert.deepEqual(command, { method, path, ...(body ? { body } : {}) });
  });
}

test('no words, or help, ask for help', () => {
  assert.deepEqual([readCommand([]), readCommand(['help'])], [undefined, undefined]);
});

const MISTAKES = [
  'dance',
  'toString',
  'phone',
  'phone alice/1',
  'phone alice/1 change oops',
  'clock fast',
  'clock step',
  'speed',
  'fault maybe',
  'switch paging',
  'token',
  'list --organization',
];

for (const words of MISTAKES) {
  test(`a mistake is named with its cure: ${words}`, () => {
    assert.throws(() => readCommand(words.split(' ')), /missing|not understood|no command|can hold|on or off/);
  });
}

test('the options of the process have defaults and are checked', () => {
  const options = readTenantOptions(['--mailboxes', '500', '--organization', 'contoso', '--organization', 'fabrikam', '--held']);

  assert.deepEqual(
    [options?.mailboxes, options?.organizations, options?.held, options?.port, options?.speed],
    [500, ['contoso', 'fabrikam'], true, 0, undefined],
  );
  assert.equal(readTenantOptions(['--help']), undefined);
  for (const wrong of [
    ['--mailboxes', '0'],
    ['--mailboxes', '200000'],
    ['--port', 'x'],
    ['--speed', '0'],
    ['--start', 'noon'],
    ['--organization', 'A B'],
    ['--unheard-of'],
    ['stray'],
  ]) {
    assert.throws(() => readTenantOptions(wrong), TenantOptionError, wrong.join(' '));
  }
});
