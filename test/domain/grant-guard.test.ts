import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { heldFor, holdingsOf } from '../../src/domain/authorization.ts';
import type { CallerFacts } from '../../src/domain/authorization.ts';
import { ALL_MOBILE_DEVICES, isWithin } from '../../src/domain/collection.ts';
import { AppError } from '../../src/domain/errors.ts';
import { checkAssignment, checkAssignmentRemoval, checkRole, checkRoleRemoval } from '../../src/domain/grant-guard.ts';
import type { GrantScene } from '../../src/domain/grant-guard.ts';
import { permissions } from '../../src/domain/role.ts';
import type { Grants } from '../../src/domain/role-assignment.ts';
import {
  aCatalogue,
  aCollection,
  anAssignment,
  aRole,
  assignments,
  catalogues,
  grants,
  groupIds,
  guidNumber,
  organization,
  userIds,
} from '../support/access-arbitraries.ts';

const [ada = '', ben = ''] = userIds;
const principal = { kind: 'user', tenantId: organization, objectId: ben } as const;
const catalogue = aCatalogue([
  aCollection('sales', { rule: { kind: 'test', field: 'department', operator: 'eq', value: 'Sales' } }),
  aCollection('dutch', { include: { devices: [], users: [...userIds] }, limitedBy: 'sales' }),
  aCollection('phones', { rule: { kind: 'test', field: 'model', operator: 'eq', value: 'iPhone 15' } }),
  aCollection('inside', { limitedBy: 'phones' }),
  aCollection('astray', { limitedBy: 'gone' }),
]);
const roles = new Map(
  [aRole('security', ['Security.Modify', 'Collection.Read']), aRole('readers', ['Collection.Read'])].map((role) => [role.id, role]),
);

/** What Ada is judged by, who has these assignments. */
function scene(own: readonly Parameters<typeof anAssignment>[1][]): GrantScene {
  const all: Grants = { roles, assignments: own.map((content, index) => anAssignment(`own-${index}`, content)) };
  const facts: CallerFacts = { tenantId: organization, objectId: ada, kind: 'user', groups: new Set(), standingRoles: [] };
  return { catalogue, hasStandingAdministrator: false, grants: all, holdings: holdingsOf(facts, all, organization) };
}

const adas = { ...principal, objectId: ada };
const asAdmin = scene([{ principal: adas, role: 'FullAdministrator' }]);
const asSecurity = scene([
  { principal: adas, role: 'security' },
  { principal: adas, role: 'OperationsAdministrator', collections: ['sales'] },
]);

function codeOf(work: () => void): string {
  try {
    work();
    return 'allowed';
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.code;
  }
}

describe('giving a role', () => {
  const cases: readonly { what: string; by: GrantScene; role: string; collections?: readonly string[]; expected: string }[] = [
    { what: 'gives all they have', by: asAdmin, role: 'FullAdministrator', expected: 'allowed' },
    { what: 'gives a custom role', by: asAdmin, role: 'readers', collections: ['dutch'], expected: 'allowed' },
    { what: 'gives a role that is not there', by: asAdmin, role: 'none', expected: 'role.unknown' },
    {
      what: 'gives it for a collection that is not there',
      by: asAdmin,
      role: 'readers',
      collections: ['none'],
      expected: 'collection.missing',
    },
    {
      what: 'gives it for a collection whose limit is not there',
      by: asAdmin,
      role: 'readers',
      collections: ['astray'],
      expected: 'collection.missing',
    },
    {
      what: 'gives it for a collection that devices choose to be in',
      by: asAdmin,
      role: 'readers',
      collections: ['phones'],
      expected: 'assignment.forgeable',
    },
    {
      what: 'gives it for one inside such a collection',
      by: asAdmin,
      role: 'readers',
      collections: ['sales', 'inside'],
      expected: 'assignment.forgeable',
    },
    { what: 'gives it for all devices', by: asAdmin, role: 'readers', collections: [ALL_MOBILE_DEVICES], expected: 'allowed' },
    { what: 'gives more permissions than they have', by: asSecurity, role: 'Auditor', expected: 'grant.exceeded' },
    { what: 'gives what they have themselves, by another role', by: asSecurity, role: 'ReadOnlyAnalyst', expected: 'allowed' },
    { what: 'gives everywhere what they have in a scope', by: asSecurity, role: 'AccessApprover', expected: 'grant.exceeded' },
    {
      what: 'gives in their scope what they have there',
      by: asSecurity,
      role: 'AccessApprover',
      collections: ['sales'],
      expected: 'allowed',
    },
    { what: 'gives it inside their scope', by: asSecurity, role: 'OperationsAdministrator', collections: ['dutch'], expected: 'allowed' },
    {
      what: 'gives it for all devices though they have it in a scope',
      by: asSecurity,
      role: 'AccessApprover',
      collections: ['sales', ALL_MOBILE_DEVICES],
      expected: 'grant.exceeded',
    },
    {
      what: 'gives what would be more if it were not limited',
      by: asSecurity,
      role: 'FullAdministrator',
      collections: ['sales'],
      expected: 'allowed',
    },
  ];
  for (const { what, by, role, collections, expected } of cases) {
    test(`whoever ${what} gets: ${expected}`, () => {
      const assignment = anAssignment('new', { principal, role, ...(collections && { collections }) });

      assert.equal(
        codeOf(() => checkAssignment(by, assignment)),
        expected,
      );
    });
  }

  test('nobody gives anybody what they do not have themselves', () => {
    let tried = 0;
    fc.assert(
      fc.property(grants, catalogues, assignments, (some, known, assignment) => {
        const own = anAssignment('own', { principal: adas, role: guidNumber('role', 1) });
        const given: Grants = { ...some, assignments: [...some.assignments, own] };
        const facts: CallerFacts = { tenantId: organization, objectId: ada, kind: 'user', groups: new Set(groupIds), standingRoles: [] };
        const by: GrantScene = {
          catalogue: known,
          grants: given,
          holdings: holdingsOf(facts, given, organization),
          hasStandingAdministrator: true,
        };
        if (codeOf(() => checkAssignment(by, assignment)) !== 'allowed') return;
        tried += 1;
        // Somebody who had nothing before has what the assignment gives, and nothing else.
        const newcomer: CallerFacts = { ...facts, objectId: 'newcomer', groups: new Set() };
        const theirs = holdingsOf(
          newcomer,
          { ...given, assignments: [{ ...assignment, principal: { ...adas, objectId: 'newcomer' } }] },
          organization,
        );

        for (const permission of permissions) {
          const [gained, had] = [heldFor(theirs, permission), heldFor(by.holdings, permission)];
          if (gained.kind === 'none' || had.kind === 'everything') continue;
          assert.ok(gained.kind === 'collections' && had.kind === 'collections', permission);
          assert.ok(
            gained.ids.every((id) => had.ids.some((outer) => isWithin(known, id, outer))),
            permission,
          );
        }
      }),
      { numRuns: 2000 },
    );
    assert.ok(tried > 50, `only ${tried} assignments were allowed`);
  });
});

describe('the last Full Administrator', () => {
  const full = { principal: adas, role: 'FullAdministrator' };
  const demote = (by: GrantScene): string => codeOf(() => checkAssignment(by, anAssignment('own-0', { ...full, role: 'Auditor' })));
  const limit = (by: GrantScene): string => codeOf(() => checkAssignment(by, anAssignment('own-0', { ...full, collections: ['sales'] })));
  const remove = (by: GrantScene): string => codeOf(() => checkAssignmentRemoval(by, 'own-0'));
  const outcomes = (by: GrantScene): readonly string[] => [remove(by), demote(by), limit(by)];
  const refused = ['assignment.last-administrator', 'assignment.last-administrator', 'assignment.last-administrator'];

  test('cannot be removed, given another role, or limited', () => {
    assert.deepEqual(outcomes(asAdmin), refused);
  });

  test('is not followed by an application, or by somebody who is limited', () => {
    const others = [
      { principal: { ...principal, kind: 'application' } as const, role: 'FullAdministrator' },
      { principal, role: 'FullAdministrator', collections: ['sales'] },
    ];

    assert.deepEqual(outcomes(scene([full, ...others])), refused);
  });

  test('may go when a user or a group follows, or when somebody is one without an assignment', () => {
    const follower = scene([full, { principal: { ...principal, kind: 'group' }, role: 'FullAdministrator' }]);

    assert.deepEqual(outcomes(follower), ['allowed', 'allowed', 'allowed']);
    assert.deepEqual(outcomes({ ...asAdmin, hasStandingAdministrator: true }), ['allowed', 'allowed', 'allowed']);
  });

  test('is no reason to keep any other assignment', () => {
    assert.deepEqual(
      [codeOf(() => checkAssignmentRemoval(asSecurity, 'own-1')), codeOf(() => checkAssignmentRemoval(asSecurity, 'none'))],
      ['allowed', 'assignment.missing'],
    );
  });
});

describe('custom roles', () => {
  test('get no permission that whoever saves them lacks somewhere, and keep those that they had', () => {
    const saving = (by: GrantScene, id: string, given: Parameters<typeof aRole>[1]): string =>
      codeOf(() => checkRole(by, aRole(id, given)));

    assert.deepEqual(
      [
        saving(asAdmin, 'new', permissions),
        saving(asSecurity, 'new', ['Collection.Read', 'Security.Modify']),
        saving(asSecurity, 'new', ['Collection.SetAccess']),
        saving(asSecurity, 'readers', ['Collection.Read', 'Collection.ModifyResource']),
        saving(
          { ...asSecurity, grants: { ...asSecurity.grants, roles: new Map([['auditors', aRole('auditors', ['Audit.Read'])]]) } },
          'auditors',
          ['Audit.Read', 'Collection.Read'],
        ),
        saving(asAdmin, 'Auditor', ['Audit.Read']),
      ],
      ['allowed', 'allowed', 'grant.exceeded', 'grant.exceeded', 'allowed', 'role.built-in'],
    );
  });

  test('are removed only when nobody has them', () => {
    const removing = (id: string): string => codeOf(() => checkRoleRemoval(asSecurity, id));

    assert.deepEqual(['security', 'readers', 'none', 'Auditor'].map(removing), ['role.in-use', 'allowed', 'role.unknown', 'role.built-in']);
  });

  test('and assignments are limited in number', () => {
    const many = {
      roles: new Map(Array.from({ length: 100 }, (_, index) => [String(index), aRole(String(index), [])])),
      assignments: Array.from({ length: 1000 }, (_, index) => anAssignment(String(index), { principal, role: 'Auditor' })),
    };
    const full = { ...asAdmin, grants: many };

    assert.equal(
      codeOf(() => checkRole(full, aRole('new', []))),
      'grant.too-many',
    );
    assert.equal(
      codeOf(() => checkRole(full, aRole('1', []))),
      'allowed',
    );
    assert.equal(
      codeOf(() => checkAssignment(full, anAssignment('new', { principal, role: 'Auditor' }))),
      'grant.too-many',
    );
    assert.equal(
      codeOf(() => checkAssignment(full, anAssignment('1', { principal, role: 'Auditor' }))),
      'allowed',
    );
  });
});
