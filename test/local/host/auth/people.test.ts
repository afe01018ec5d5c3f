import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupId, guidOf, personId, seededPeople } from '../../../../src/local/host/auth/people.ts';

test('there is one person per role, a limited operator, and three employees', () => {
  const names = seededPeople('tenant').map(({ userPrincipalName }) => userPrincipalName.split('@')[0]);

  assert.deepEqual(names, ['admin', 'operator', 'operator-sales', 'approver', 'analyst', 'auditor', 'alice', 'bob', 'chloe']);
});

test('ids are version 4 GUIDs that depend on the name alone', () => {
  const [here, there] = [seededPeople('one'), seededPeople('other')];

  const ids = here.map(({ id }) => id);

  assert.deepEqual(
    ids,
    there.map(({ id }) => id),
  );
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the ids never change between releases, because stored grants name them', () => {
  assert.deepEqual(
    [personId('admin'), personId('chloe')],
    ['77bc5e63-aa84-488d-b750-5904cf2ac0a0', '81693988-8c45-4ea2-9742-81be349f6ab3'],
  );
});

test('people and groups of the same name have different ids', () => {
  assert.notEqual(personId('Sales'), groupId('Sales'));
  assert.equal(personId('Sales'), guidOf('person/Sales'));
});

test('only Chloé prefers a language', () => {
  const preferences = seededPeople('tenant').flatMap(({ displayName, preferredLanguage }) =>
    preferredLanguage ? [[displayName, preferredLanguage]] : [],
  );

  assert.deepEqual(preferences, [['Chloé Lefèvre', 'fr-FR']]);
});
