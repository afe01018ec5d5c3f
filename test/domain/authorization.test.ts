import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  canSee,
  covers,
  decide,
  filterOf,
  groupsInDoubt,
  heldFor,
  holdingsOf,
  judge,
  limitsOf,
  scopeOf,
  standingRolesOf,
} from '../../src/domain/authorization.ts';
import type { CallerFacts, Decision, Scope } from '../../src/domain/authorization.ts';
import type { Caller } from '../../src/domain/caller.ts';
import { ALL_MOBILE_DEVICES, chainOf, isUnforgeable, isWithin, membershipIn } from '../../src/domain/collection.ts';
import { isLimitable, permissions } from '../../src/domain/role.ts';
import type { Grants } from '../../src/domain/role-assignment.ts';
import {
  aCatalogue,
  aCollection,
  anAssignment,
  aRecord,
  assignments,
  catalogues,
  collectionIds,
  deviceIds,
  grants,
  groupIds,
  guidNumber,
  organization,
  records,
  userIds,
} from '../support/access-arbitraries.ts';

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

const alice = present(userIds[0]);
const [first, second] = [present(deviceIds[0]), present(deviceIds[1])];
const facts: CallerFacts = { tenantId: organization, objectId: alice, kind: 'user', groups: new Set(), standingRoles: [] };
const someFacts: fc.Arbitrary<CallerFacts> = fc
  .record({ objectId: fc.constantFrom(...userIds), groups: fc.subarray([...groupIds]) })
  .map(({ objectId, groups }) => ({ ...facts, objectId, groups: new Set(groups) }));
const somePermission = fc.constantFrom(...permissions);
const sees = (scope: Scope | undefined, record: Parameters<typeof canSee>[1]): boolean => scope !== undefined && canSee(scope, record);

describe('what every decision keeps to', () => {
  test('a caller who is limited to collections gets no device outside them, by any permission', () => {
    fc.assert(
      fc.property(someFacts, grants, catalogues, records(), (who, given, catalogue, record) => {
        const limited: Grants = { ...given, assignments: given.assignments.filter(({ collections }) => collections) };
        const own = limited.assignments.flatMap(({ collections = [] }) => collections);

        for (const permission of permissions) {
          const scope = scopeOf(decide(who, limited, permission, organization), catalogue);
          assert.ok(!sees(scope, record) || membershipIn(catalogue, own).has(record));
          assert.ok(scope === undefined || isLimitable(permission));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('several assignments give the union of what each gives', () => {
    fc.assert(
      fc.property(someFacts, grants, catalogues, records(), somePermission, (who, given, catalogue, record, permission) => {
        const scopeBy = (some: Grants['assignments']): Scope | undefined =>
          scopeOf(decide(who, { ...given, assignments: some }, permission, organization), catalogue);

        const together = sees(scopeBy(given.assignments), record);

        assert.equal(
          together,
          given.assignments.some((each) => sees(scopeBy([each]), record)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('one more assignment never takes anything away', () => {
    fc.assert(
      fc.property(
        someFacts,
        grants,
        assignments,
        catalogues,
        records(),
        somePermission,
        (who, given, more, catalogue, record, permission) => {
          const before = scopeOf(decide(who, given, permission, organization), catalogue);
          const after = scopeOf(decide(who, { ...given, assignments: [...given.assignments, more] }, permission, organization), catalogue);

          assert.ok(!sees(before, record) || sees(after, record));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('members of a collection are members of every collection that limits it', () => {
    fc.assert(
      fc.property(catalogues, collectionIds, collectionIds, records(), (catalogue, inner, outer, record) => {
        if (!isWithin(catalogue, inner, outer)) return;

        assert.ok(!membershipIn(catalogue, [inner]).has(record) || membershipIn(catalogue, [outer]).has(record));
      }),
      { numRuns: 2000 },
    );
  });

  test('whoever is excluded by name is not a member, whatever the rule says', () => {
    fc.assert(
      fc.property(catalogues, collectionIds, records(), (catalogue, id, record) => {
        const exclude = catalogue.collections.get(id)?.exclude;
        const user = record.owner.kind === 'mailbox' ? record.owner.user : undefined;
        const isExcluded = exclude?.devices.includes(record.id) || (user !== undefined && exclude?.users.includes(user));

        assert.ok(!isExcluded || !membershipIn(catalogue, [id]).has(record));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('decisions', () => {
  const sales = guidNumber('collection', 1);
  const mail = guidNumber('collection', 2);
  const group = present(groupIds[0]);
  const own = { kind: 'user', tenantId: organization, objectId: alice } as const;
  const give = (...given: Grants['assignments']): Grants => ({ roles: new Map(), assignments: given });
  const limited = anAssignment('1', { principal: own, role: 'OperationsAdministrator', collections: [sales] });

  const table: readonly {
    what: string;
    given: Grants;
    who?: Partial<CallerFacts>;
    permission?: (typeof permissions)[number];
    expected: Decision;
  }[] = [
    { what: 'nothing is given', given: give(), expected: { kind: 'none' } },
    { what: 'the role is limited', given: give(limited), expected: { kind: 'collections', ids: [sales] } },
    {
      what: 'a limited role would give something about the whole organization',
      given: give(limited),
      permission: 'Site.ModifyConnectorPolicy',
      expected: { kind: 'none' },
    },
    {
      what: 'two roles are limited to different collections',
      given: give(limited, anAssignment('2', { principal: own, role: 'Auditor', collections: [mail, sales] })),
      expected: { kind: 'collections', ids: [sales, mail] },
    },
    {
      what: 'one of two roles is not limited',
      given: give(limited, anAssignment('2', { principal: own, role: 'Auditor' })),
      expected: { kind: 'everything' },
    },
    {
      what: 'the role that is not limited lacks the permission',
      given: give(limited, anAssignment('2', { principal: own, role: 'Auditor' })),
      permission: 'Collection.SetAccess',
      expected: { kind: 'collections', ids: [sales] },
    },
    {
      what: 'the role is that of another organization',
      given: give({ ...limited, organization: present(userIds[0]) as never }),
      expected: { kind: 'none' },
    },
    {
      what: 'the principal has the same object id in another tenant',
      given: give(limited),
      who: { tenantId: alice },
      expected: { kind: 'none' },
    },
    { what: 'the principal is an application of that id', given: give(limited), who: { kind: 'application' }, expected: { kind: 'none' } },
    {
      what: 'a group of the caller has the role',
      given: give(anAssignment('1', { principal: { ...own, kind: 'group', objectId: group }, role: 'Auditor' })),
      who: { groups: new Set([group]) },
      permission: 'Audit.Read',
      expected: { kind: 'everything' },
    },
    {
      what: 'a group that the caller is not in has the role',
      given: give(anAssignment('1', { principal: { ...own, kind: 'group', objectId: group }, role: 'Auditor' })),
      expected: { kind: 'none' },
    },
    {
      what: 'a group has the object id of the caller',
      given: give(anAssignment('1', { principal: { ...own, kind: 'group' }, role: 'Auditor' })),
      expected: { kind: 'none' },
    },
    {
      what: 'the role does not exist any more',
      given: give(anAssignment('1', { principal: own, role: guidNumber('role', 1) })),
      expected: { kind: 'none' },
    },
    { what: 'an app role gives it', given: give(limited), who: { standingRoles: ['ReadOnlyAnalyst'] }, expected: { kind: 'everything' } },
  ];
  for (const { what, given, who = {}, permission = 'Collection.Read', expected } of table) {
    test(`where ${what}, ${permission} is held for ${expected.kind}`, () => {
      assert.deepEqual(decide({ ...facts, ...who }, given, permission, organization), expected);
    });
  }

  test('what somebody is limited to is what no other role gives them everywhere', () => {
    const reader = anAssignment('2', { principal: own, role: 'ReadOnlyAnalyst' });
    const onlyRead = anAssignment('1', { principal: own, role: 'ReadOnlyAnalyst', collections: [mail] });

    assert.deepEqual([...limitsOf(holdingsOf(facts, give(limited, reader, onlyRead), organization))], [sales]);
  });

  test('a decision is about the collections inside those that it names, and All Mobile Devices limits all', () => {
    const catalogue = aCatalogue([
      aCollection(sales),
      aCollection(mail, { limitedBy: sales }),
      aCollection('astray', { limitedBy: 'gone' }),
    ]);
    const bySales: Decision = { kind: 'collections', ids: [sales] };
    const byAll: Decision = { kind: 'collections', ids: [ALL_MOBILE_DEVICES] };

    const found = [bySales, byAll, { kind: 'none' } as const].map((decision) =>
      [sales, mail, 'astray', ALL_MOBILE_DEVICES].map((id) => covers(catalogue, decision, id)),
    );

    assert.deepEqual(found, [
      [true, true, false, false],
      [true, true, false, true],
      [false, false, false, false],
    ]);
  });

  test('a device outside the scope looks missing, one inside may be seen and yet not acted on', () => {
    const catalogue = aCatalogue([
      aCollection(sales, { include: { devices: [first, second], users: [] } }),
      aCollection(mail, { include: { devices: [first], users: [] } }),
    ]);
    const seen = present(scopeOf({ kind: 'collections', ids: [sales] }, catalogue));
    const acted = scopeOf({ kind: 'collections', ids: [mail] }, catalogue);

    const verdicts = [
      judge(seen, acted, aRecord(first)),
      judge(seen, acted, aRecord(second)),
      judge(seen, undefined, aRecord(first)),
      judge(seen, { kind: 'everything' }, aRecord(present(deviceIds[2]))),
      judge(seen, acted, undefined),
    ];

    assert.deepEqual(verdicts, ['allowed', 'forbidden', 'forbidden', 'missing', 'missing']);
    assert.ok(filterOf(seen) && !filterOf({ kind: 'everything' }));
  });

  test('collections that limit each other have no members, and neither has one whose limit is gone', () => {
    const everything = { rule: { kind: 'everything' } } as const;
    const catalogue = aCatalogue([
      aCollection('a', { ...everything, limitedBy: 'b' }),
      aCollection('b', { ...everything, limitedBy: 'a' }),
      aCollection('c', { ...everything, limitedBy: 'gone' }),
    ]);

    for (const id of ['a', 'b', 'c', 'gone']) {
      assert.equal(membershipIn(catalogue, [id]).has(aRecord(first)), false);
      assert.equal(chainOf(catalogue, id), undefined);
      assert.equal(isUnforgeable(catalogue, id), false);
    }
    assert.equal(membershipIn(catalogue, [ALL_MOBILE_DEVICES]).has(aRecord(first)), true);
  });
});

describe('callers', () => {
  const caller: Caller = {
    tenantId: organization,
    objectId: alice,
    kind: 'user',
    name: 'Alice',
    roles: ['FullAdministrator', 'Something'],
    groups: [present(groupIds[0])],
    areGroupsComplete: true,
    via: 'token',
  };
  const home = present(userIds[1]);

  test('app roles count in the own organization, and everywhere for the tenant that runs the deployment', () => {
    assert.deepEqual(standingRolesOf({ homeTenantId: home }, caller, organization), ['FullAdministrator']);
    assert.deepEqual(standingRolesOf({ homeTenantId: home }, { ...caller, tenantId: home }, organization), ['FullAdministrator']);
    assert.deepEqual(standingRolesOf({ homeTenantId: home }, { ...caller, tenantId: present(userIds[2]) }, organization), []);
  });

  test('the first administrator is a user of the home tenant, never an application or the same id elsewhere', () => {
    const deployment = { homeTenantId: home, firstAdministrator: alice };
    const plain = { ...caller, roles: [] };

    assert.deepEqual(standingRolesOf(deployment, { ...plain, tenantId: home }, organization), ['FullAdministrator']);
    assert.deepEqual(standingRolesOf(deployment, plain, organization), []);
    assert.deepEqual(standingRolesOf(deployment, { ...plain, tenantId: home, kind: 'application' }, organization), []);
    assert.deepEqual(standingRolesOf({ firstAdministrator: alice }, plain, organization), []);
  });

  test('only groups that assignments name and the token leaves open are asked for', () => {
    const [own, asked, elsewhere] = groupIds.map((objectId) => ({ kind: 'group', tenantId: organization, objectId }) as const);
    const named = [own, asked, { ...present(elsewhere), tenantId: home }, { ...present(asked), kind: 'user' } as const];
    const given = named.map((principal, index) => anAssignment(String(index), { principal: present(principal), role: 'Auditor' }));

    assert.deepEqual(groupsInDoubt({ ...caller, areGroupsComplete: false }, given), [present(groupIds[1])]);
    assert.deepEqual(groupsInDoubt(caller, given), []);
  });

  test('a permission that nobody decided on is not held', () => {
    assert.deepEqual(heldFor(new Map(), 'Audit.Read'), { kind: 'none' });
  });
});
