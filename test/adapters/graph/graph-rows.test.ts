// Rows of Graph in any shape: what is odd becomes unknown, never a wrong value and never a crash; only a missing id fails the read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readChange, readManagedDevice, readPage, readUser } from '../../../src/adapters/graph/graph-rows.ts';

const odd = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.constant('  '),
  fc.integer(),
  fc.boolean(),
  fc.array(fc.string()),
  fc.dictionary(fc.string(), fc.string()),
);
const id = fc.uuid();

test('a user keeps every text it has, and an odd field is unknown', () => {
  fc.assert(
    fc.property(
      id,
      fc.oneof(odd, fc.string({ minLength: 1 })),
      fc.oneof(odd, fc.boolean()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (userId, displayName, accountEnabled, more) => {
        const user = readUser({ ...more, id: userId.toUpperCase(), displayName, accountEnabled, mail: undefined }, 'GET /users');

        assert.equal(user.id, userId.toLowerCase());
        const text = typeof displayName === 'string' && displayName.trim() !== '' ? displayName.trim() : undefined;
        assert.equal(user.displayName, text);
        assert.equal(user.isEnabled, typeof accountEnabled === 'boolean' ? accountEnabled : undefined);
        assert.equal('mail' in user, false);
      },
    ),
  );
});

test('a managed device with odd fields says less, and times before history are none', () => {
  fc.assert(
    fc.property(id, odd, odd, odd, (deviceId, owner, time, eas) => {
      const row = {
        id: deviceId,
        managedDeviceOwnerType: owner,
        lastSyncDateTime: time,
        easDeviceId: eas,
        enrolledDateTime: '0001-01-01T00:00:00Z',
      };

      const device = readManagedDevice(row, 'GET /deviceManagement/managedDevices');

      assert.deepEqual(device, { id: deviceId.toLowerCase() });
    }),
  );
  const whole = readManagedDevice(
    {
      id: 'd',
      userId: 'U',
      managedDeviceOwnerType: 'company',
      complianceState: 'unknown',
      lastSyncDateTime: '2026-03-01T06:30:00Z',
      easDeviceId: 'ApplX',
    },
    'GET /deviceManagement/managedDevices',
  );
  assert.deepEqual(whole, { id: 'd', userId: 'u', ownership: 'company', lastSyncAt: '2026-03-01T06:30:00.000Z', easDeviceId: 'ApplX' });
});

test('a row without an id makes the read fail instead of getting lost', () => {
  for (const row of [{}, { id: '' }, { id: 7 }, null, 'text', { displayName: 'Nobody' }]) {
    assert.throws(() => readUser(row, 'GET /users'), { code: 'graph.unexpected' });
    assert.throws(() => readManagedDevice(row, 'GET /deviceManagement/managedDevices'), { code: 'graph.unexpected' });
    assert.throws(() => readChange(row, 'GET /users/delta'), { code: 'graph.unexpected' });
  }
});

test('a page is one only with its list', () => {
  assert.deepEqual(readPage({ value: [1], '@odata.nextLink': '' }, 'x'), { rows: [1], nextLink: undefined, deltaLink: undefined });
  for (const body of [undefined, {}, { value: null }, { value: {} }, []])
    assert.throws(() => readPage(body, 'x'), { code: 'graph.unexpected' });
});

test('a change tells manager and removal in the words of the wire', () => {
  const read = (row: unknown): unknown => readChange(row, 'GET /users/delta');

  assert.deepEqual(read({ id: 'A', '@removed': { reason: 'deleted' } }), { kind: 'removed', id: 'a', isRestorable: false });
  assert.deepEqual(read({ id: 'A' }), { kind: 'changed', user: { id: 'a' } });
  assert.deepEqual(read({ id: 'A', 'manager@delta': [{ id: 'old', '@removed': { reason: 'deleted' } }, { id: 'NEW' }] }), {
    kind: 'changed',
    user: { id: 'a' },
    managerId: 'new',
  });
  assert.deepEqual(read({ id: 'A', 'manager@delta': [{ id: 'old', '@removed': {} }] }), {
    kind: 'changed',
    user: { id: 'a' },
    managerId: null,
  });
});
