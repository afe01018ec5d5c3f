// The built-in roles against the table of the design.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInRoles, isBuiltInRole, permissions, permissionsOf, withImplied } from '../../src/domain/role.ts';

test('each built-in role allows what the table says', () => {
  const table = {
    'Site.Modify': 'x----',
    'Site.ModifyConnectorPolicy': 'xx---',
    'Collection.DeleteResource': 'xx---',
    'Collection.ModifyResource': 'xx---',
    'Collection.SetAccess': 'xxx--',
    'Collection.Read': 'xxxxx',
    'Collection.Modify': 'xx---',
    'Audit.Read': 'x---x',
    'Security.Modify': 'x----',
  };

  const allowed = permissions.map((permission) => [
    permission,
    builtInRoles.map((role) => (permissionsOf(role).has(permission) ? 'x' : '-')).join(''),
  ]);

  assert.deepEqual(Object.fromEntries(allowed), table);
});

test('to modify a resource includes to set its access, and nothing else implies anything', () => {
  assert.deepEqual([...withImplied(['Collection.ModifyResource'])], ['Collection.ModifyResource', 'Collection.SetAccess']);
  for (const permission of permissions.filter((each) => each !== 'Collection.ModifyResource')) {
    assert.deepEqual([...withImplied([permission])], [permission]);
  }
});

test('values of app roles are compared with case', () => {
  assert.deepEqual(['Auditor', 'auditor', 'toString', ''].map(isBuiltInRole), [true, false, false, false]);
});
