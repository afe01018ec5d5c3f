import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canSee, decide, holdingsOf, scopeOf } from '../../src/domain/authorization.ts';
import type { CallerFacts } from '../../src/domain/authorization.ts';
import { ALL_MOBILE_DEVICES } from '../../src/domain/collection.ts';
import type { Catalogue, Collection, CollectionContent } from '../../src/domain/collection.ts';
import { checkCollection, checkRemoval, isOpen, isVisible, watchedGroups } from '../../src/domain/collection-guard.ts';
import type { CollectionScene } from '../../src/domain/collection-guard.ts';
import type { CollectionRule } from '../../src/domain/collection-rule.ts';
import { AppError } from '../../src/domain/errors.ts';
import { permissions } from '../../src/domain/role.ts';
import type { Permission } from '../../src/domain/role.ts';
import type { Grants, RoleAssignment } from '../../src/domain/role-assignment.ts';
import {
  aCatalogue,
  aCollection,
  anAssignment,
  aRole,
  catalogues,
  collectionIds,
  grants,
  groupIds,
  guidNumber,
  organization,
  records,
  rules,
  userIds,
} from '../support/access-arbitraries.ts';

const [olga = '', otto = ''] = userIds;
const [group = ''] = groupIds;
const department = (value: string): CollectionRule => ({ kind: 'test', field: 'department', operator: 'eq', value });
const model: CollectionRule = { kind: 'test', field: 'model', operator: 'eq', value: 'iPhone 15' };
const everything: CollectionRule = { kind: 'everything' };

// Sales is given to Olga; EMEA and the Dutch are inside it; phones are told by what they say of themselves.
const catalogue = aCatalogue([
  aCollection('sales', { rule: department('Sales') }),
  aCollection('emea', { rule: { kind: 'test', field: 'group', operator: 'eq', value: group }, limitedBy: 'sales' }),
  aCollection('dutch', { rule: everything, limitedBy: 'emea' }),
  aCollection('marketing', { rule: department('Marketing') }),
  aCollection('phones', { rule: model }),
  aCollection('loose', { rule: everything }),
]);
const user = (objectId: string): RoleAssignment['principal'] => ({ kind: 'user', tenantId: organization, objectId });
const olgaOperates = anAssignment('1', { principal: user(olga), role: 'OperationsAdministrator', collections: ['sales'] });

function scene(who: string, more: Partial<Grants> = {}, standingRoles: CallerFacts['standingRoles'] = []): CollectionScene {
  const given: Grants = { roles: more.roles ?? new Map(), assignments: [olgaOperates, ...(more.assignments ?? [])] };
  const facts: CallerFacts = { tenantId: organization, objectId: who, kind: 'user', groups: new Set(), standingRoles };
  return { catalogue, grants: given, holdings: holdingsOf(facts, given, organization) };
}

const asOlga = scene(olga);
const asAdmin = scene(otto, {}, ['FullAdministrator']);

function codeOf(work: () => void): string {
  try {
    work();
    return 'allowed';
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.code;
  }
}

const saving = (in_: CollectionScene, id: string, content: Partial<CollectionContent>): string =>
  codeOf(() => {
    const before = in_.catalogue.collections.get(id);
    checkCollection(in_, { ...aCollection(id), ...before, ...content });
  });

describe('in a scope', () => {
  test('its collections and those inside are there, and nothing else is', () => {
    const seen = [...catalogue.collections.keys(), ALL_MOBILE_DEVICES, 'none'].filter((id) => isVisible(asOlga, id));
    const open = seen.filter((id) => isOpen(asOlga, id));

    assert.deepEqual(seen, ['sales', 'emea', 'dutch']);
    assert.deepEqual(open, ['emea', 'dutch']);
  });

  const cases: readonly { what: string; id: string; content: Partial<CollectionContent>; expected: string }[] = [
    { what: 'makes a collection inside the own one', id: 'new', content: { rule: everything, limitedBy: 'sales' }, expected: 'allowed' },
    { what: 'makes one deeper inside, by what devices say', id: 'new', content: { rule: model, limitedBy: 'dutch' }, expected: 'allowed' },
    { what: 'makes one that nothing limits', id: 'new', content: { rule: everything }, expected: 'collection.limit-missing' },
    { what: 'makes one inside all devices', id: 'new', content: { limitedBy: ALL_MOBILE_DEVICES }, expected: 'collection.limit-missing' },
    {
      what: 'makes one inside a collection of others',
      id: 'new',
      content: { limitedBy: 'marketing' },
      expected: 'collection.limit-missing',
    },
    {
      what: 'makes one inside a collection that is not there',
      id: 'new',
      content: { limitedBy: 'none' },
      expected: 'collection.limit-missing',
    },
    { what: 'changes a collection inside', id: 'dutch', content: { rule: model }, expected: 'allowed' },
    { what: 'moves a collection inside the scope', id: 'dutch', content: { limitedBy: 'sales' }, expected: 'allowed' },
    { what: 'changes the own collection', id: 'sales', content: { rule: everything }, expected: 'collection.protected' },
    { what: 'changes a collection of others', id: 'marketing', content: { name: 'x' }, expected: 'collection.missing' },
    { what: 'moves a collection out of the scope', id: 'emea', content: { limitedBy: 'loose' }, expected: 'collection.limit-missing' },
    { what: 'changes the built-in one', id: ALL_MOBILE_DEVICES, content: {}, expected: 'collection.missing' },
    { what: 'makes a collection limit itself', id: 'emea', content: { limitedBy: 'dutch' }, expected: 'collection.cycle' },
  ];
  for (const { what, id, content, expected } of cases) {
    test(`whoever ${what} gets: ${expected}`, () => {
      assert.equal(saving(asOlga, id, content), expected);
    });
  }

  test('a collection that limits the own one cannot be changed by way of another role', () => {
    const modify = aRole('r', ['Collection.Modify', 'Collection.Read']);
    const roles = new Map([[modify.id, modify]]);
    const outer = scene(olga, { roles, assignments: [anAssignment('2', { principal: user(olga), role: 'r' })] });

    // Olga may change collections everywhere, but wipes in Sales only: what Sales is decides what she may wipe.
    assert.deepEqual(
      ['sales', 'emea', 'marketing'].map((id) => saving(outer, id, { name: 'x' })),
      ['collection.protected', 'allowed', 'allowed'],
    );
    const inner = { ...outer, catalogue: aCatalogue([...catalogue.collections.values(), aCollection('sales', { limitedBy: 'loose' })]) };
    assert.equal(saving(inner, 'loose', { name: 'x' }), 'collection.protected');
  });

  test('a collection that one is limited to cannot be changed though a limit around it is given as well', () => {
    const both = scene(olga, { assignments: [anAssignment('2', { principal: user(olga), role: 'Auditor', collections: ['emea'] })] });

    assert.deepEqual([saving(both, 'emea', { name: 'x' }), saving(both, 'dutch', { name: 'x' })], ['collection.protected', 'allowed']);
  });

  test('a collection by which others have rights that one lacks cannot be changed, nor moved to where one lacks them', () => {
    const modify = aRole('r', ['Collection.Modify', 'Collection.Read']);
    const given = {
      roles: new Map([[modify.id, modify]]),
      assignments: [
        anAssignment('2', { principal: user(otto), role: 'r' }),
        anAssignment('3', { principal: user(otto), role: 'OperationsAdministrator', collections: ['loose'] }),
        anAssignment('4', { principal: user(olga), role: 'AccessApprover', collections: ['below'] }),
      ],
    };
    const inside = aCatalogue([...catalogue.collections.values(), aCollection('below', { limitedBy: 'loose' })]);
    const asOtto = { ...scene(otto, given), catalogue: inside };

    assert.equal(saving(asOtto, 'sales', { name: 'x' }), 'collection.protected');
    assert.equal(saving(asOtto, 'below', { rule: everything }), 'allowed');
    assert.equal(saving(asOtto, 'below', { rule: everything, limitedBy: 'marketing' }), 'collection.protected');
    assert.equal(saving(asAdmin, 'sales', { name: 'x' }), 'allowed');
  });
});

describe('without a scope', () => {
  const cases: readonly { what: string; id: string; content: Partial<CollectionContent>; expected: string }[] = [
    { what: 'makes a collection that nothing limits', id: 'new', content: { rule: model }, expected: 'allowed' },
    { what: 'names a limit that is not there', id: 'new', content: { limitedBy: 'none' }, expected: 'collection.limit-missing' },
    { what: 'makes a collection limit itself', id: 'loose', content: { limitedBy: 'loose' }, expected: 'collection.cycle' },
    { what: 'makes collections limit each other', id: 'sales', content: { limitedBy: 'dutch' }, expected: 'collection.cycle' },
    { what: 'changes the built-in one', id: ALL_MOBILE_DEVICES, content: {}, expected: 'collection.built-in' },
    {
      what: 'lets devices choose whether they are in an assigned collection',
      id: 'sales',
      content: { rule: model },
      expected: 'assignment.forgeable',
    },
    {
      what: 'puts an assigned collection inside one that devices choose',
      id: 'sales',
      content: { limitedBy: 'phones' },
      expected: 'assignment.forgeable',
    },
    { what: 'lists devices in an assigned collection by their ids', id: 'sales', content: { rule: everything }, expected: 'allowed' },
  ];
  for (const { what, id, content, expected } of cases) {
    test(`whoever ${what} gets: ${expected}`, () => {
      assert.equal(saving(asAdmin, id, content), expected);
    });
  }

  test('a collection that limits an assigned one must not become forgeable either', () => {
    const inside = { ...asAdmin, catalogue: aCatalogue([...catalogue.collections.values(), aCollection('sales', { limitedBy: 'loose' })]) };

    assert.equal(saving(inside, 'loose', { rule: model }), 'assignment.forgeable');
    assert.equal(saving(inside, 'marketing', { rule: model }), 'allowed');
  });

  test('collections and the groups that they name are limited in number', () => {
    const many = aCatalogue(Array.from({ length: 500 }, (_, index) => aCollection(String(index))));
    const named = (count: number): CollectionRule => ({
      kind: 'test',
      field: 'group',
      operator: 'in',
      value: Array.from({ length: count }, (_, index) => guidNumber('group', index + 10)),
    });

    assert.equal(saving({ ...asAdmin, catalogue: many }, 'new', {}), 'grant.too-many');
    assert.equal(saving(asAdmin, 'new', { rule: named(63) }), 'allowed');
    assert.equal(saving(asAdmin, 'new', { rule: named(64) }), 'grant.too-many');
    assert.deepEqual(watchedGroups(catalogue), [group]);
  });
});

test('a collection that something depends on cannot be removed, and neither can one that limits whoever asks', () => {
  const removing = (in_: CollectionScene, id: string): string => codeOf(() => checkRemoval(in_, id));

  assert.deepEqual(
    ['sales', 'emea', 'dutch', 'marketing', ALL_MOBILE_DEVICES, 'none'].map((id) => removing(asAdmin, id)),
    ['collection.in-use', 'collection.in-use', 'allowed', 'allowed', 'collection.built-in', 'collection.missing'],
  );
  assert.deepEqual(
    ['sales', 'dutch', 'marketing', ALL_MOBILE_DEVICES].map((id) => removing(asOlga, id)),
    ['collection.protected', 'allowed', 'collection.missing', 'collection.missing'],
  );
});

test('no change of a collection that is allowed widens rights of its author, or gives others what its author does not have', () => {
  const changed = fc.record({
    id: collectionIds,
    rule: fc.oneof(fc.constant(everything), fc.constant(department('Sales')), rules),
    limitedBy: fc.option(collectionIds, { nil: undefined }),
    // The author may change collections somewhere at least: else nothing is allowed, and nothing is tried.
    role: fc.constantFrom('OperationsAdministrator', guidNumber('role', 1)),
    collections: fc.option(fc.array(collectionIds, { minLength: 1, maxLength: 2 }), { nil: undefined }),
  });
  const someGroups = fc.subarray([...groupIds]);
  const factsOf = (objectId: string, groups: readonly string[]): CallerFacts => ({
    tenantId: organization,
    objectId,
    kind: 'user',
    groups: new Set(groups),
    standingRoles: [],
  });
  let tried = 0;
  let widened = 0;
  fc.assert(
    fc.property(grants, catalogues, changed, records(), someGroups, someGroups, (some, known, content, record, groups, othersGroups) => {
      const { id, rule, limitedBy, role, collections } = content;
      const own = anAssignment('own', { principal: user(olga), role, ...(collections && { collections }) });
      const modify = aRole(guidNumber('role', 1), ['Collection.Modify', 'Collection.Read']);
      const given: Grants = { roles: new Map(some.roles).set(modify.id, modify), assignments: [...some.assignments, own] };
      const [author, other] = [factsOf(olga, groups), factsOf(otto, othersGroups)];
      const in_: CollectionScene = { catalogue: known, grants: given, holdings: holdingsOf(author, given, organization) };
      const collection: Collection = aCollection(id, { rule, ...(limitedBy !== undefined && { limitedBy }) });
      if (codeOf(() => checkCollection(in_, collection)) !== 'allowed') return;
      tried += 1;
      const after: Catalogue = { ...known, collections: new Map(known.collections).set(id, collection) };
      const sees = (who: CallerFacts, permission: Permission, by: Catalogue): boolean => {
        const scope = scopeOf(decide(who, given, permission, organization), by);
        return scope !== undefined && canSee(scope, record);
      };

      for (const permission of permissions) {
        assert.ok(!sees(author, permission, after) || sees(author, permission, known), `${permission} was widened`);
        if (!sees(other, permission, after) || sees(other, permission, known)) continue;
        widened += 1;
        assert.ok(sees(author, permission, after), `${permission} was given without being had`);
      }
    }),
    { numRuns: 6000 },
  );
  assert.ok(tried > 200 && widened > 10, `only ${tried} changes were allowed, and ${widened} gave somebody more`);
});
