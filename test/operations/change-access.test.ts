import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ALL_MOBILE_DEVICES } from '../../src/domain/collection.ts';
import type { CollectionContent } from '../../src/domain/collection.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Precondition } from '../../src/domain/precondition.ts';
import type { AssignmentContent } from '../../src/domain/role-assignment.ts';
import type { AccessChange, Saved } from '../../src/operations/change-access.ts';
import { collectionMembers } from '../../src/operations/collection-members.ts';
import { decideAccess } from '../../src/operations/decide-access.ts';
import { describeCollection, listCollections } from '../../src/operations/list-collections.ts';
import { listAssignments, listRoles } from '../../src/operations/list-roles.ts';
import { removeAssignment } from '../../src/operations/remove-assignment.ts';
import { removeCollection } from '../../src/operations/remove-collection.ts';
import { removeRole } from '../../src/operations/remove-role.ts';
import { saveAssignment } from '../../src/operations/save-assignment.ts';
import { saveCollection } from '../../src/operations/save-collection.ts';
import { saveRole } from '../../src/operations/save-role.ts';
import { deviceIds, groupIds, guidNumber, organization, userIds } from '../support/access-arbitraries.ts';
import { aCaller, accessScene, content, keepDevices } from '../support/access-scene.ts';
import type { AccessScene } from '../support/access-scene.ts';

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

const [adaId, olgaId, benId] = userIds.map(present);
const ada = aCaller(present(adaId), { roles: ['FullAdministrator'] });
const olga = aCaller(present(olgaId));
const [group = ''] = groupIds;
const [sales, dutch, marketing] = [1, 2, 3].map((number) => guidNumber('collection', number)) as [string, string, string];
const absent: Precondition = { kind: 'absent' };
const changing = (id: string, precondition: Precondition = absent, caller = ada): AccessChange => ({
  organization,
  caller,
  id,
  precondition,
});
const versioned = ({ version }: { readonly version: string }): Precondition => ({ kind: 'versions', versions: [version] });
const toOlga = { kind: 'user', tenantId: organization.toUpperCase(), objectId: present(olgaId).toUpperCase() } as const;

let scene: AccessScene;
let ports: AccessScene['ports'];

beforeEach(async () => {
  scene = await accessScene();
  ({ ports } = scene);
});

const save = (id: string, more: Partial<CollectionContent>, caller = ada): Promise<Saved<unknown>> =>
  saveCollection(ports, { ...changing(id, absent, caller), content: content(more) });
const assign = (number: number, more: Partial<AssignmentContent>, caller = ada): Promise<Saved<unknown>> =>
  saveAssignment(ports, {
    ...changing(guidNumber('assignment', number), absent, caller),
    content: { principal: toOlga, role: 'OperationsAdministrator', ...more },
  });
const told = async (): Promise<readonly string[]> =>
  (await scene.outbox.waiting(organization, 100)).entries.map(({ event }) => `${event.type} ${event.subject.id}`).toSorted();

describe('collections', () => {
  test('are made, read, changed by their version and removed, and all of it is told', async () => {
    const made = await save(sales, { name: 'Sales', rule: { kind: 'everything' } });
    const seen = await describeCollection(ports, ada, organization, sales);
    const changed = await saveCollection(ports, { ...changing(sales, versioned(made)), content: content({ name: 'Sales Europe' }) });
    const stale = saveCollection(ports, { ...changing(sales, versioned(made)), content: content() });
    await assert.rejects(stale, { code: 'if-match.stale' });
    await assert.rejects(saveCollection(ports, { ...changing(sales, { kind: 'none' }), content: content() }), { code: 'if-match.missing' });
    const listed = await listCollections(ports, ada, organization);
    await removeCollection(ports, changing(sales, versioned(changed)));

    assert.deepEqual([made.isNew, changed.isNew], [true, false]);
    assert.deepEqual([seen.view.name, seen.view.canChange, seen.view.isAssigned, seen.version], ['Sales', true, false, made.version]);
    assert.deepEqual(
      listed.map(({ id, name, isBuiltIn, canChange }) => ({ id, name, isBuiltIn, canChange })),
      [
        { id: ALL_MOBILE_DEVICES, name: 'All Mobile Devices', isBuiltIn: true, canChange: false },
        { id: sales, name: 'Sales Europe', isBuiltIn: false, canChange: true },
      ],
    );
    await assert.rejects(describeCollection(ports, ada, organization, sales), { code: 'collection.missing' });
    assert.deepEqual(await told(), [`collection.removed ${sales}`, `collection.saved ${sales}`, `collection.saved ${sales}`]);
  });

  test('need an id that nobody guesses, and content without faults', async () => {
    await assert.rejects(save('sales', {}), { code: 'request.invalid' });
    await assert.rejects(save(sales.toUpperCase(), {}), { code: 'request.invalid' });
    await assert.rejects(save(ALL_MOBILE_DEVICES, {}), { code: 'collection.built-in' });
    const wrong = save(sales, { name: '', rule: { kind: 'and', rules: [] } });

    await assert.rejects(wrong, (error: AppError) => {
      assert.deepEqual([error.code, error.details.faults?.length], ['body.invalid', 2]);
      return true;
    });
    assert.deepEqual(await told(), []);
  });

  test('of others do not exist for whoever is limited, and the own one is known by name only', async () => {
    await save(sales, { name: 'Sales', rule: { kind: 'test', field: 'department', operator: 'eq', value: 'Sales' } });
    await save(marketing, { name: 'Marketing' });
    await assign(1, { collections: [sales] });
    await save(dutch, { name: 'Dutch', limitedBy: sales }, olga);

    const listed = await listCollections(ports, olga, organization);
    const attempts = await Promise.allSettled([
      describeCollection(ports, olga, organization, marketing),
      describeCollection(ports, olga, organization, guidNumber('collection', 9)),
      removeCollection(ports, changing(marketing, { kind: 'present' }, olga)),
      save(marketing, {}, olga),
      save(guidNumber('collection', 9), { limitedBy: marketing }, olga),
      save(guidNumber('collection', 9), { limitedBy: guidNumber('collection', 8) }, olga),
      saveCollection(ports, { ...changing(sales, { kind: 'present' }, olga), content: content() }),
    ]);

    assert.deepEqual(
      listed.map(({ name, canChange, collection }) => [name, canChange, collection?.limitedBy]),
      [
        ['Dutch', true, sales],
        ['Sales', false, undefined],
      ],
    );
    assert.equal(listed[1]?.collection, undefined);
    assert.deepEqual(
      attempts.map((each) => (each.status === 'rejected' && each.reason instanceof AppError ? each.reason.code : each.status)),
      [
        'collection.missing',
        'collection.missing',
        'collection.missing',
        'collection.missing',
        'collection.limit-missing',
        'collection.limit-missing',
        'collection.protected',
      ],
    );
  });

  test('show whoever is limited only members that they may see', async () => {
    const [first, second, third] = deviceIds.map(present);
    const all = [present(first), present(second), present(third)] as const;
    await keepDevices(ports, [
      [all[0], present(adaId)],
      [all[1], present(olgaId)],
      [all[2], present(benId)],
    ]);
    await save(sales, { include: { devices: [all[0]], users: [present(olgaId)] } });
    await assign(1, { collections: [sales] });
    // Ben's phone is on the list, but no part of Sales.
    await save(dutch, { limitedBy: sales, include: { devices: [all[1], all[2]], users: [] } }, olga);

    const members = async (caller: typeof ada, id: string): Promise<readonly string[]> =>
      (await collectionMembers(ports, { organization, caller, id, top: 100 })).values.map(({ record }) => record.id);

    assert.deepEqual(await members(ada, ALL_MOBILE_DEVICES), all);
    assert.deepEqual(await members(ada, sales), [all[0], all[1]]);
    assert.deepEqual(
      [await members(ada, dutch), await members(olga, dutch), await members(olga, sales)],
      [[all[1]], [all[1]], [all[0], all[1]]],
    );
    await assert.rejects(members(olga, ALL_MOBILE_DEVICES), { code: 'collection.missing' });
  });
});

describe('roles and assignments', () => {
  test('are made, changed, listed and removed, and all of it is told', async () => {
    const id = guidNumber('role', 1);
    const made = await saveRole(ports, {
      ...changing(id),
      content: { name: 'Wipers', permissions: ['Collection.Read', 'Collection.ModifyResource', 'Collection.Read'] },
    });
    const given = await assign(1, { role: id });
    const inUse = removeRole(ports, changing(id, versioned(made)));
    await assert.rejects(inUse, { code: 'role.in-use' });
    const [listed, assignments] = [await listRoles(ports, ada, organization), await listAssignments(ports, ada, organization)];
    await removeAssignment(ports, changing(guidNumber('assignment', 1), versioned(given)));
    await removeRole(ports, changing(id, versioned(made)));

    const own = present(listed.at(-1));
    assert.deepEqual([listed.length, own.name, own.custom?.id], [6, 'Wipers', id]);
    assert.deepEqual(own.permissions, ['Collection.ModifyResource', 'Collection.SetAccess', 'Collection.Read']);
    assert.deepEqual(own.custom?.permissions, ['Collection.ModifyResource', 'Collection.Read']);
    assert.deepEqual(
      assignments.map(({ value }) => value.principal),
      [{ kind: 'user', tenantId: organization, objectId: olgaId }],
    );
    const first = guidNumber('assignment', 1);
    assert.deepEqual(await told(), [`assignment.removed ${first}`, `assignment.saved ${first}`, `role.removed ${id}`, `role.saved ${id}`]);
  });

  test('are not for those who may not change them, to whom an organization without any role is missing', async () => {
    await assign(1, { role: 'OperationsAdministrator' });

    await assert.rejects(listRoles(ports, olga, organization), { code: 'role.missing', details: { permission: 'Security.Modify' } });
    await assert.rejects(assign(2, { role: 'Auditor' }, olga), { code: 'role.missing' });
    await assert.rejects(listCollections(ports, aCaller(present(benId)), organization), { code: 'organization.missing' });
  });

  test('that are wrong are refused with every fault', async () => {
    const principal = { kind: 'user', tenantId: 'contoso', objectId: 'olga' } as const;

    await assert.rejects(assign(1, { principal, collections: [] }), (error: AppError) => {
      const pointers = error.details.faults?.map(({ pointer }) => pointer);
      assert.deepEqual([error.code, pointers], ['body.invalid', ['#/principal/tenantId', '#/principal/objectId', '#/collections']]);
      return true;
    });
    const role = { name: '', permissions: [] };
    await assert.rejects(saveRole(ports, { ...changing(guidNumber('role', 1)), content: role }), { code: 'body.invalid' });
    await assert.rejects(saveRole(ports, { ...changing('Auditor'), content: role }), { code: 'role.built-in' });
    await assert.rejects(saveRole(ports, { ...changing('mine'), content: role }), { code: 'request.invalid' });
    await assert.rejects(removeAssignment(ports, changing('none')), { code: 'assignment.missing' });
  });

  test('that were removed give nothing with the very next request', async () => {
    const given = await assign(1, {});
    const before = await decideAccess(ports, olga, organization);
    await removeAssignment(ports, changing(guidNumber('assignment', 1), versioned(given)));
    const after = await decideAccess(ports, olga, organization);

    assert.deepEqual(
      [before, after].map(({ holdings }) => holdings.get('Collection.Read')?.kind),
      ['everything', 'none'],
    );
  });

  test('keep a Full Administrator, unless the deployment names one', async () => {
    const own = { kind: 'user', tenantId: organization, objectId: present(adaId) } as const;
    const given = await assign(1, { principal: own, role: 'FullAdministrator' });
    const withoutAppRole = { ...ada, roles: [] };
    const ask = changing(guidNumber('assignment', 1), versioned(given), withoutAppRole);

    await assert.rejects(removeAssignment(ports, ask), { code: 'assignment.last-administrator' });
    await removeAssignment({ ...ports, deployment: { firstAdministrator: 'somebody' } }, ask);

    await assert.rejects(listRoles(ports, withoutAppRole, organization), { code: 'organization.missing' });
  });
});

test('of many changes at the same time none is lost and none breaks what was checked', async () => {
  await save(sales, {});
  const outcomes = await Promise.allSettled([
    assign(1, { collections: [sales] }),
    removeCollection(ports, changing(sales, { kind: 'present' })),
    save(dutch, { limitedBy: sales }),
    assign(2, { role: 'Auditor' }),
  ]);

  const { collections, roles } = ports;
  const left = new Set((await collections.all(organization)).map(({ value }) => value.id));
  const { assignments } = await roles.all(organization);

  assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
  for (const { value } of assignments)
    for (const id of value.collections ?? []) assert.ok(left.has(id), 'an assignment is limited to what is gone');
  for (const { value } of await collections.all(organization)) assert.ok(value.limitedBy === undefined || left.has(value.limitedBy));
});

describe('callers in too many groups for their token', () => {
  const many = aCaller(present(olgaId), { areGroupsComplete: false });
  const kindOf = async (caller = many): Promise<string | undefined> =>
    (await decideAccess(ports, caller, organization)).holdings.get('Audit.Read')?.kind;

  beforeEach(async () => {
    scene.directory.putGroup({ id: group, members: [present(olgaId)] });
    await assign(1, { principal: { kind: 'group', tenantId: organization, objectId: group }, role: 'Auditor' });
  });

  test('are looked up in the directory, once a minute, for the groups that are assigned', async () => {
    const kinds = [await kindOf(), await kindOf()];
    scene.directory.putGroup({ id: group, members: [] });
    ports.clock.advance(59_000);
    const within = await kindOf();
    ports.clock.advance(1000);
    const afterwards = await kindOf();

    assert.deepEqual([...kinds, within, afterwards], ['everything', 'everything', 'everything', 'none']);
    assert.deepEqual(scene.asked, [`groups of ${olgaId}`, `groups of ${olgaId}`]);
  });

  test('cost the directory nothing when the token says it, or when no group is assigned', async () => {
    await kindOf(aCaller(present(olgaId), { groups: [group], areGroupsComplete: false }));
    await kindOf(aCaller(present(olgaId)));
    await kindOf(aCaller(present(olgaId), { tenantId: present(benId), areGroupsComplete: false }));

    assert.deepEqual(scene.asked, []);
  });

  test('keep what they have otherwise when the directory fails, and are told of the failure where that is not enough', async () => {
    await assign(2, { role: 'OperationsAdministrator' });
    const failure = new AppError('graph.unavailable', { request: 'a check' });
    scene.fail(failure);

    const { holdings, doubt } = await decideAccess(ports, many, organization);
    const collections = await listCollections(ports, many, organization);
    await assert.rejects(listRoles(ports, many, organization), { code: 'graph.unavailable' });
    scene.fail(undefined);

    assert.deepEqual([holdings.get('Audit.Read')?.kind, holdings.get('Collection.Read')?.kind, doubt], ['none', 'everything', failure]);
    assert.equal(collections.length, 1);
    assert.equal(await kindOf(), 'everything');
  });
});
