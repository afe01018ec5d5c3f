// What every MailboxStore and UserStore promises. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { parseMailboxGuid } from '../../src/domain/device-identity.ts';
import type { MailboxAccess } from '../../src/domain/mailbox.ts';
import type { MailboxStore } from '../../src/domain/mailbox-store-port.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { partitionDigits } from '../../src/domain/store-page.ts';
import type { UserObservation, UserStore } from '../../src/domain/user-store-port.ts';

const observedAt = '2026-03-01T06:00:00.000Z';

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

const newOrganization = (): OrganizationId => present(parseOrganizationId(randomUUID()));

function aMailbox(more: Partial<MailboxAccess> = {}): MailboxAccess {
  const guid = present(parseMailboxGuid(randomUUID()));
  return { guid, distinguishedName: `CN=${guid},OU=contoso.onmicrosoft.com`, allowedDeviceIds: ['A', 'B'], ...more };
}

const aUser = (more: Partial<UserObservation['user']> = {}): UserObservation => {
  const id = randomUUID();
  return { user: { id, userPrincipalName: `${id}@contoso.example`, ...more }, managerId: randomUUID(), observedAt };
};

/** Declares the suite of mailboxes. */
export function mailboxStoreContract(name: string, makeStore: () => MailboxStore): void {
  describe(`mailbox store contract: ${name}`, () => {
    test('mailboxes are written once, found by id and name, renamed and removed', async () => {
      const mailboxes = makeStore();
      const organization = newOrganization();
      const read = Array.from({ length: 30 }, () => aMailbox());
      const first = present(read[0]);
      const write = async (values: readonly MailboxAccess[]) => {
        const writer = mailboxes.writer(organization, 'everything');
        await writer.add(values.map((mailbox) => ({ mailbox, observedAt })));
        return writer.finish();
      };

      const counts = [await write(read), await write(read)];
      const byName = await mailboxes.withDistinguishedName(organization, present(first.distinguishedName).toUpperCase());
      const renamed = { ...first, distinguishedName: 'CN=Zoë\\, X,OU=contoso.onmicrosoft.com' };
      await write([renamed]);
      const stored: MailboxAccess[] = [];
      for (const digit of partitionDigits) {
        for await (const page of mailboxes.pages(organization, digit)) stored.push(...page.map(({ mailbox }) => mailbox));
      }
      await mailboxes.remove(organization, [present(read[1]).guid, present(read[1]).guid, aMailbox().guid]);

      assert.deepEqual(counts, [
        { added: 30, changed: 0, unchanged: 0, addedIds: read.map(({ guid }) => guid), storedBefore: 0 },
        { added: 0, changed: 0, unchanged: 30, addedIds: [], storedBefore: 30 },
      ]);
      assert.deepEqual(byName, [{ mailbox: first, observedAt }]);
      assert.deepEqual(await mailboxes.withDistinguishedName(organization, present(first.distinguishedName)), []);
      assert.deepEqual(await mailboxes.withDistinguishedName(organization, renamed.distinguishedName), [{ mailbox: renamed, observedAt }]);
      assert.deepEqual(
        stored,
        [renamed, ...read.slice(1)].toSorted((a, b) => (a.guid < b.guid ? -1 : 1)),
      );
      assert.equal(await mailboxes.get(organization, present(read[1]).guid), undefined);
      assert.deepEqual(await mailboxes.get(organization, first.guid), { mailbox: renamed, observedAt });
      assert.equal(await mailboxes.get(newOrganization(), first.guid), undefined);
    });

    test('a mailbox with personal lists longer than one property is kept whole', async () => {
      const mailboxes = makeStore();
      const organization = newOrganization();
      const mailbox = aMailbox({ blockedDeviceIds: Array.from({ length: 5000 }, () => randomUUID()) });
      const writer = mailboxes.writer(organization, 'each');

      await writer.add([{ mailbox, observedAt }]);
      await writer.finish();

      assert.deepEqual((await mailboxes.get(organization, mailbox.guid))?.mailbox, mailbox);
    });

    test('lookups that lead nowhere any more are removed, and those that are missing are written', async () => {
      const mailboxes = makeStore();
      const organization = newOrganization();
      const [stays, renamed, removed] = [aMailbox(), aMailbox(), aMailbox()];
      const nameless: MailboxAccess = { guid: aMailbox().guid };
      for (const page of [[stays, renamed, removed, nameless], [{ ...renamed, distinguishedName: 'CN=renamed' }]]) {
        const writer = mailboxes.writer(organization, 'each');
        await writer.add(page.map((mailbox) => ({ mailbox, observedAt })));
        await writer.finish();
      }
      await mailboxes.remove(organization, [removed.guid]);

      const first = await mailboxes.rebuildLookups(organization);
      const second = await mailboxes.rebuildLookups(organization);

      assert.deepEqual([first.removed, second.removed], [2, 0]);
      assert.equal((await mailboxes.withDistinguishedName(organization, present(stays.distinguishedName))).length, 1);
      assert.equal((await mailboxes.withDistinguishedName(organization, 'cn=RENAMED')).length, 1);
      assert.deepEqual(await mailboxes.withDistinguishedName(organization, present(removed.distinguishedName)), []);
    });

    test('the mailboxes of an organization are removed with it', async () => {
      const mailboxes = makeStore();
      const [organization, other] = [newOrganization(), newOrganization()];
      const mailbox = aMailbox();
      for (const each of [organization, other]) {
        const writer = mailboxes.writer(each, 'everything');
        await writer.add([{ mailbox, observedAt }]);
        await writer.finish();
      }

      await mailboxes.removeAll(organization);

      assert.equal(await mailboxes.get(organization, mailbox.guid), undefined);
      assert.deepEqual(await mailboxes.get(other, mailbox.guid), { mailbox, observedAt });
    });
  });
}

/** Declares the suite of users. */
export function userStoreContract(name: string, makeStore: () => UserStore): void {
  describe(`user store contract: ${name}`, () => {
    test('users are written, changed, found by id and name, and removed', async () => {
      const users = makeStore();
      const organization = newOrganization();
      const [alice, bob] = [aUser({ userPrincipalName: 'Älice@contoso.example' }), aUser()];
      const writer = users.writer(organization, 'each');

      await writer.add([alice, bob]);
      const counts = await writer.finish();
      const promoted: UserObservation = { user: alice.user, observedAt };
      const again = users.writer(organization, 'each');
      await again.add([promoted]);
      const changed = await again.finish();
      await users.remove(organization, [bob.user.id]);

      assert.deepEqual([counts.added, changed.changed], [2, 1]);
      assert.deepEqual(await users.withUserPrincipalName(organization, 'ÄLICE@CONTOSO.EXAMPLE'), [promoted]);
      assert.equal(await users.get(organization, bob.user.id), undefined);
      assert.equal((await users.rebuildLookups(organization)).removed, 1);
      assert.deepEqual(await users.withUserPrincipalName(organization, 'älice@contoso.example'), [promoted]);
      const left: UserObservation[] = [];
      for (const digit of partitionDigits) for await (const page of users.pages(organization, digit)) left.push(...page);
      assert.deepEqual(left, [promoted]);
    });
  });
}
