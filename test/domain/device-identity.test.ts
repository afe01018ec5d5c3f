import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  isGuid,
  mailboxNameOfDevice,
  parseDeviceGuid,
  parseDeviceIdentity,
  parseEntraObjectId,
  parseMailboxGuid,
} from '../../src/domain/device-identity.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';

const container = 'CN=ExchangeActiveSyncDevices';

describe('an id', () => {
  test('is a GUID in lower case, whatever case it came in', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const parsed = [parseDeviceGuid, parseMailboxGuid, parseEntraObjectId, parseOrganizationId].map((parse) => parse(id.toUpperCase()));

        assert.deepEqual(new Set(parsed), new Set([id]));
      }),
    );
  });

  for (const text of [
    '',
    'x',
    '00000000-0000-0000-0000-000000000000',
    '{3f0c5a52-1111-4222-8333-944455556666}',
    ' 3f0c5a52-1111-4222-8333-944455556666',
  ]) {
    test(`is not '${text}'`, () => {
      assert.equal(isGuid(text), false);
      assert.equal(parseDeviceGuid(text), undefined);
      assert.equal(parseOrganizationId(text), undefined);
    });
  }
});

describe('the identity of a device', () => {
  test('is taken apart into the mailbox name and the pieces of the object name', () => {
    assert.deepEqual(parseDeviceIdentity('Jane Doe\\ExchangeActiveSyncDevices\\REST§Outlook§0123'), {
      mailboxName: 'Jane Doe',
      objectName: ['REST', 'Outlook', '0123'],
    });
  });

  test('keeps a backslash in the mailbox name', () => {
    assert.equal(parseDeviceIdentity('a\\b\\ExchangeActiveSyncDevices\\iPhone§X')?.mailboxName, 'a\\b');
  });

  for (const identity of ['', 'Jane Doe', 'Jane Doe\\Other\\iPhone§X', '\\ExchangeActiveSyncDevices\\iPhone§X']) {
    test(`is not '${identity}'`, () => {
      assert.equal(parseDeviceIdentity(identity), undefined);
    });
  }
});

describe('the mailbox of a device', () => {
  const names: [string, string | undefined][] = [
    [`CN=iPhone§X,${container},CN=Jane Doe,OU=x,DC=y`, 'CN=Jane Doe,OU=x,DC=y'],
    [`CN=iPhone\\,X,${container},CN=Doe\\, Jane,OU=x`, 'CN=Doe\\, Jane,OU=x'],
    [`CN=iPhone\\\\,${container},CN=Jane,OU=x`, 'CN=Jane,OU=x'],
    [`CN=a\\2Cb,cn=exchangeactivesyncdevices,CN=Jane`, 'CN=Jane'],
    ['CN=iPhone§X,CN=Jane Doe,OU=x', undefined],
    [`CN=iPhone§X,${container}`, undefined],
    [`CN=iPhone§X,${container},`, undefined],
    ['', undefined],
  ];
  for (const [distinguishedName, expected] of names) {
    test(`with the name '${distinguishedName}' is ${String(expected)}`, () => {
      assert.equal(mailboxNameOfDevice(distinguishedName), expected);
    });
  }
});
