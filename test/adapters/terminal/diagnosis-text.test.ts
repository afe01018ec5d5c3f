import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'node:test';
import { diagnosisText } from '../../../src/adapters/terminal/diagnosis-text.ts';
import type { Finding } from '../../../src/domain/diagnosis.ts';

const token: Finding = { check: 'Token', ability: 'sign-in', state: 'works', detail: 'issued' };
const devices: Finding = { check: 'List of devices', ability: 'devices.read', state: 'works', detail: '3 on the first page' };
const missing = { state: 'missing', cause: 'The cmdlet is missing.', cure: 'Add a role.' } as const;
const wipe: Finding = { check: 'Wipe devices', ability: 'devices.wipe', detail: 'Clear-MobileDevice', ...missing };
const plain = { useColor: false, width: 80 };

test('a diagnosis is a table by area, then each cause with its cure, then a sum', () => {
  const text = diagnosisText('Contoso', [token, devices, wipe], plain);

  assert.equal(
    text,
    `
  Contoso

  Sign-in
    Token            works    issued

  Reading from Exchange Online
    List of devices  works    3 on the first page

  Changing in Exchange Online (as Exchange lists it; nothing was tried)
    Wipe devices     missing  Clear-MobileDevice

  What to do

  1. Wipe devices
     Cause: The cmdlet is missing.
     Cure:  Add a role.

  2 of 3 checks work, 1 missing.
`,
  );
});

test('when all works there is nothing to do', () => {
  const text = diagnosisText('Contoso', [token, devices], plain);

  assert.doesNotMatch(text, /What to do/);
  assert.match(text, /\n {2}2 of 2 checks work\.\n$/);
});

test('the same cause is told once, for all its checks', () => {
  const text = diagnosisText('Contoso', [{ ...devices, ...missing }, wipe], plain);

  assert.match(text, /1\. List of devices; Wipe devices\n/);
  assert.equal(text.match(/Cause:/g)?.length, 1);
});

test('checks that were not tried stand on one line per area', () => {
  const untried = (check: string, ability: Finding['ability']): Finding => ({
    check,
    ability,
    state: 'unknown',
    detail: 'not tried: refused',
  });

  const text = diagnosisText(
    'Contoso',
    [token, untried('A', 'devices.read'), untried('B', 'access.read'), untried('C', 'devices.wipe')],
    plain,
  );

  assert.match(text, /\n {4}2 checks {2}unknown {2}not tried: refused\n/);
  assert.match(text, /\n {4}C {9}unknown {2}not tried: refused\n/);
});

test('long texts are wrapped under their head; a word that is too long stays whole', () => {
  const link = `https://login.example/${'x'.repeat(80)}`;

  const text = diagnosisText('Contoso', [{ ...wipe, cure: `${'word '.repeat(20)}${link} end` }], { useColor: false, width: 70 });

  const cure = text.split('\n').slice(text.split('\n').findIndex((line) => line.includes('Cure:')));
  assert.equal(cure[1]?.slice(0, 16), '            word');
  assert.ok(cure.some((line) => line.trim() === link));
  assert.ok(cure.every((line) => line.length <= 70 || line.includes(link)));
});

test('names from outside cannot steer the terminal', () => {
  const text = diagnosisText('Contoso\u001B[2J', [{ ...token, detail: 'a\u001B]0;title\u0007\r\nb\u202Ec' }], plain);

  assert.equal(stripVTControlCharacters(text), text);
  assert.match(text, /a \]0;title b c/);
});

test('colour marks states and changes no word', () => {
  const coloured = diagnosisText('Contoso', [token, wipe], { useColor: true, width: 80 });

  assert.notEqual(coloured, diagnosisText('Contoso', [token, wipe], plain));
  assert.equal(stripVTControlCharacters(coloured), diagnosisText('Contoso', [token, wipe], plain));
});
