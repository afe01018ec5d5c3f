// What every CollectionStore and RoleStore promise together: they share a guard. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import type { AuditOutbox } from '../../src/domain/audit-port.ts';
import { auditEntry } from '../../src/domain/audit.ts';
import type { AuditEntry } from '../../src/domain/audit.ts';
import type { Collection } from '../../src/domain/collection.ts';
import type { CollectionStore } from '../../src/domain/collection-store-port.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import type { CustomRole } from '../../src/domain/role.ts';
import type { RoleAssignment } from '../../src/domain/role-assignment.ts';
import type { RoleStore } from '../../src/domain/role-store-port.ts';
import { aCollection, anAssignment, aRole, AT, deviceIds, userIds } from '../support/access-arbitraries.ts';

/** The stores, and the outbox in which what they tell waits. */
export interface AccessScene {
  readonly collections: CollectionStore;
  readonly roles: RoleStore;
  readonly outbox: AuditOutbox;
}

const [user = ''] = userIds;

function newOrganization(): OrganizationId {
  const id = parseOrganizationId(randomUUID());
  assert.ok(id !== undefined);
  return id;
}

/** Declares the suite; each test gets an organization of its own. */
export function accessStoresContract(name: string, makeScene: () => AccessScene): void {
  describe(`access stores contract: ${name}`, () => {
    let organization: OrganizationId;
    let collections: CollectionStore;
    let roles: RoleStore;
    let outbox: AuditOutbox;

    beforeEach(() => {
      organization = newOrganization();
      ({ collections, roles, outbox } = makeScene());
    });

    const collection = (content: Partial<Collection> = {}): Collection => ({ ...aCollection(randomUUID(), content), organization });
    const role = (content: Partial<CustomRole> = {}): CustomRole => ({ ...aRole(randomUUID(), ['Audit.Read']), organization, ...content });
    const assignment = (): RoleAssignment => {
      const principal = { kind: 'user', tenantId: organization, objectId: user } as const;
      return { ...anAssignment(randomUUID(), { principal, role: 'Auditor' }), organization };
    };
    const entry = (subject: string): AuditEntry =>
      auditEntry(
        { type: 'collection.removed', subject, details: {} },
        { id: randomUUID(), chain: organization, time: AT, actor: { kind: 'system', component: 'test' } },
      );
    const told = async (): Promise<readonly string[]> =>
      (await outbox.waiting(organization, 100)).entries.map(({ event }) => event.subject.id);

    test('a collection is made, changed by its version, and removed, and each is told in the same transaction', async () => {
      const devices = Array.from({ length: 500 }, (_, index) => deviceIds[index % deviceIds.length]).filter((id) => id !== undefined);
      const first = collection({ rule: { kind: 'everything' }, include: { devices, users: [...userIds] } });

      const version = await collections.save(first, { version: undefined, guard: undefined, entries: [entry('made')] });
      const changed = { ...first, name: 'another' };
      const again = await collections.save(changed, { version, guard: await collections.guard(organization), entries: [entry('changed')] });
      const kept = await collections.all(organization);
      await collections.remove(organization, first.id, {
        version: again,
        guard: await collections.guard(organization),
        entries: [entry('removed')],
      });

      assert.deepEqual(kept, [{ value: changed, version: again }]);
      assert.deepEqual(await collections.all(organization), []);
      assert.deepEqual([...(await told())].toSorted(), ['changed', 'made', 'removed']);
    });

    test('of two changes that were checked at the same time one is stale, and leaves nothing behind', async () => {
      const guard = await collections.guard(organization);
      const outcomes = await Promise.allSettled([
        collections.save(collection(), { version: undefined, guard, entries: [entry('first')] }),
        roles.saveRole(role(), { version: undefined, guard, entries: [entry('second')] }),
        roles.saveAssignment(assignment(), { version: undefined, guard, entries: [entry('third')] }),
      ]);

      const { roles: kept, assignments } = await roles.all(organization);
      const all = await collections.all(organization);

      assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected', 'rejected']);
      assert.equal(kept.length + assignments.length + all.length, 1);
      assert.equal((await told()).length, 1);
    });

    test('a change of anything makes the guard another one', async () => {
      const guards = [await collections.guard(organization)];
      const note = async (): Promise<void> => void guards.push(await collections.guard(organization));
      const [someRole, given] = [role(), assignment()];

      const roleVersion = await roles.saveRole(someRole, { version: undefined, guard: guards.at(-1), entries: [] });
      await note();
      const givenVersion = await roles.saveAssignment(given, { version: undefined, guard: guards.at(-1), entries: [] });
      await note();
      await roles.removeAssignment(organization, given.id, { version: givenVersion, guard: guards.at(-1), entries: [] });
      await note();
      await roles.removeRole(organization, someRole.id, { version: roleVersion, guard: guards.at(-1), entries: [] });
      await note();
      const stale = roles.saveRole(someRole, { version: undefined, guard: guards.at(-2), entries: [] });

      assert.equal(new Set(guards).size, 5);
      await assert.rejects(stale, { code: 'store.stale' });
      assert.deepEqual(await roles.all(organization), { roles: [], assignments: [] });
    });

    test('what exists is not made again, and what has another version is not replaced', async () => {
      const some = role();
      await roles.saveRole(some, { version: undefined, guard: undefined, entries: [] });
      const guard = await collections.guard(organization);

      await assert.rejects(roles.saveRole(some, { version: undefined, guard, entries: [] }), { code: 'store.exists' });
      await assert.rejects(roles.saveRole(some, { version: 'W/"datetime\'2000-01-01T00%3A00%3A00Z\'"', guard, entries: [] }), {
        code: 'store.stale',
      });
      assert.equal(await collections.guard(organization), guard);
    });

    test('roles and assignments come by one read, in the order of their ids, and those of another organization do not', async () => {
      const elsewhere = { ...role(), organization: newOrganization() };
      await roles.saveRole(elsewhere, { version: undefined, guard: undefined, entries: [] });
      const [some, given] = [
        [role(), role(), role()],
        [assignment(), assignment(), assignment(), assignment()],
      ];
      for (const each of some)
        await roles.saveRole(each, { version: undefined, guard: await collections.guard(organization), entries: [] });
      for (const each of given) {
        await roles.saveAssignment(each, { version: undefined, guard: await collections.guard(organization), entries: [] });
      }

      const all = await roles.all(organization);

      const inOrder = <T extends { readonly id: string }>(each: readonly T[]): readonly T[] =>
        each.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      assert.deepEqual(
        all.roles.map(({ value }) => value),
        inOrder(some),
      );
      assert.deepEqual(
        all.assignments.map(({ value }) => value),
        inOrder(given),
      );
    });

    test('applied groups are kept by their version, apart from the guard, and all goes with the organization', async () => {
      await collections.save(collection(), { version: undefined, guard: undefined, entries: [] });
      const guard = await collections.guard(organization);

      const first = await collections.keepAppliedGroups(organization, { groups: ['a'] }, undefined);
      const second = await collections.keepAppliedGroups(organization, { groups: ['a', 'b'], appliedAt: AT }, first);
      await assert.rejects(collections.keepAppliedGroups(organization, { groups: [] }, first), { code: 'store.stale' });
      const kept = await collections.appliedGroups(organization);
      const same = await collections.guard(organization);
      await collections.removeAll(organization);

      assert.deepEqual(kept, { value: { groups: ['a', 'b'], appliedAt: AT }, version: second });
      assert.equal(same, guard);
      assert.deepEqual([await collections.appliedGroups(organization), await collections.guard(organization)], [undefined, undefined]);
      assert.deepEqual(await collections.all(organization), []);
    });
  });
}
