import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DiscoveryScope } from '../../src/domain/connector.ts';
import type { MailboxAccess } from '../../src/domain/mailbox.ts';
import { isCovered, ownerEntryOf, ownerOf, scopeToWrite } from '../../src/domain/owner.ts';
import { mailboxAt, mailboxGuid, userId } from '../support/discovery-scene.ts';

const mailbox = mailboxAt(1);

describe('the owner', () => {
  test('is the mailbox with its user and the name before the @ of its main address', () => {
    assert.deepEqual(ownerOf(mailbox), { kind: 'mailbox', mailbox: mailboxGuid(1), user: userId(1), userName: 'user1' });
  });

  test('leaves out what Exchange did not say', () => {
    assert.deepEqual(ownerOf({ guid: mailboxGuid(1) }), { kind: 'mailbox', mailbox: mailboxGuid(1) });
    assert.deepEqual(ownerOf({ guid: mailboxGuid(1), primarySmtpAddress: '@contoso.example' }), {
      kind: 'mailbox',
      mailbox: mailboxGuid(1),
    });
  });

  test('has an entry only where devices can find it', () => {
    const { distinguishedName: _, ...nameless } = mailbox;

    assert.equal(ownerEntryOf(nameless, true), undefined);
    assert.equal(ownerEntryOf(mailbox, false)?.isInScope, false);
  });
});

describe('a mailbox is covered', () => {
  const groups: DiscoveryScope = { kind: 'groups', groupIds: ['sales'] };
  const domains: DiscoveryScope = { kind: 'domains', domains: ['Fabrikam.example'] };
  const { entraObjectId: _, ...userless } = mailbox;
  const withAddresses = (...emailAddresses: string[]): MailboxAccess => ({ ...mailbox, emailAddresses });
  const cases: readonly (readonly [string, DiscoveryScope, MailboxAccess, boolean])[] = [
    ['by everything', { kind: 'everything' }, mailbox, true],
    ['by a group that its user is in', groups, mailbox, true],
    ['by no group when it has no user', groups, userless, false],
    ['by the domain of any mail address, in any case', domains, withAddresses('smtp:u@FABRIKAM.example'), true],
    ['by the domain of its main address', { kind: 'domains', domains: ['contoso.example'] }, withAddresses(), true],
    ['by no domain of another kind of address', domains, withAddresses('SIP:u@fabrikam.example', 'X500:/o=x@fabrikam.example'), false],
    ['by no domain that only ends like its own', domains, withAddresses('smtp:u@not-fabrikam.example'), false],
  ];
  for (const [what, scope, given, expected] of cases) {
    test(what, () => assert.equal(isCovered(scope, given, new Set([userId(1)])), expected));
  }
});

describe('the scope that is written with an observation', () => {
  const cases = [
    [true, undefined, undefined],
    [true, 'in', undefined],
    [true, 'inactive', undefined],
    [true, 'outside', { isInScope: true }],
    [false, undefined, { isInScope: false, reason: 'outside' }],
    [false, 'inactive', { isInScope: false, reason: 'outside' }],
  ] as const;
  for (const [isInScope, known, expected] of cases) {
    test(`of a device that is ${isInScope ? '' : 'not '}covered and was known as ${known ?? 'new'}`, () => {
      assert.deepEqual(scopeToWrite(isInScope, known), expected);
    });
  }
});
