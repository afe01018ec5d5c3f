// Random rules, collections, devices and assignments from a small world, so that they meet each other often.
import * as fc from 'fast-check';
import { ALL_MOBILE_DEVICES } from '../../src/domain/collection.ts';
import type { Catalogue, Collection, CollectionContent } from '../../src/domain/collection.ts';
import type { CollectionRule, RuleTest } from '../../src/domain/collection-rule.ts';
import { parseDeviceGuid, parseEntraObjectId, parseMailboxGuid } from '../../src/domain/device-identity.ts';
import type { DeviceGuid, EntraObjectId } from '../../src/domain/device-identity.ts';
import type { DeviceOwner, DeviceRecord, OwnerFacts } from '../../src/domain/device-record.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { builtInRoles, permissions } from '../../src/domain/role.ts';
import type { CustomRole } from '../../src/domain/role.ts';
import type { Grants, Principal, RoleAssignment } from '../../src/domain/role-assignment.ts';

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A constant of the tests is wrong.');
  return value;
}

/** A GUID that is told by its number: the first digit is that of the number, so that devices lie in different partitions. */
export function guidNumber(kind: 'device' | 'user' | 'group' | 'collection' | 'role' | 'assignment', number: number): string {
  const kinds = { device: 'd', user: 'e', group: 'a', collection: 'c', role: 'b', assignment: 'f' } as const;
  const digit = (number % 16).toString(16);
  return `${digit}0000000-0000-4000-8000-${kinds[kind]}${String(number).padStart(11, '0')}`;
}

export const organization: OrganizationId = present(parseOrganizationId('10000000-0000-4000-8000-000000000001'));
export const deviceIds: readonly DeviceGuid[] = [1, 2, 3, 4].map((number) => present(parseDeviceGuid(guidNumber('device', number))));
export const userIds: readonly EntraObjectId[] = [1, 2, 3].map((number) => present(parseEntraObjectId(guidNumber('user', number))));
export const groupIds: readonly string[] = [1, 2, 3].map((number) => guidNumber('group', number));
export const mailbox = present(parseMailboxGuid('30000000-0000-4000-8000-000000000001'));
export const AT = '2026-03-01T06:00:00.000Z';

const departments = ['Sales', 'sales EMEA', 'Sálès', "Sal'es", 'Marketing', 'S', 'Tax'] as const;
const domains = ['contoso.example', 'fabrikam.example', 'contoso.example.org'] as const;
const texts = { department: departments, domain: domains, model: ['iPhone 15', 'Pixel 8'], clientType: ['EAS', 'Outlook'] } as const;

const textTest: fc.Arbitrary<RuleTest> = fc.constantFrom('department', 'domain', 'model', 'clientType').chain((field) => {
  const value = fc.constantFrom(...texts[field]);
  return fc.oneof(
    fc.record({ kind: fc.constant('test'), field: fc.constant(field), operator: fc.constant('eq'), value }),
    fc.record({
      kind: fc.constant('test'),
      field: fc.constant(field),
      operator: fc.constant('startsWith'),
      value: value.map((each) => each.slice(0, 3)),
    }),
    fc.record({
      kind: fc.constant('test'),
      field: fc.constant(field),
      operator: fc.constant('in'),
      value: fc.array(value, { minLength: 1, maxLength: 12 }),
    }),
  );
});

const idTest: fc.Arbitrary<RuleTest> = fc.oneof(
  fc.subarray([...userIds], { minLength: 1 }).map((value): RuleTest => ({ kind: 'test', field: 'user', operator: 'in', value })),
  fc.constantFrom(...groupIds).map((value): RuleTest => ({ kind: 'test', field: 'group', operator: 'eq', value: value.toUpperCase() })),
  fc.subarray([...groupIds], { minLength: 1 }).map((value): RuleTest => ({ kind: 'test', field: 'group', operator: 'in', value })),
);

/** Rules of every shape, three deep. */
export const rules: fc.Arbitrary<CollectionRule> = fc.letrec<{ rule: CollectionRule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: textTest, weight: 3 },
    { arbitrary: idTest, weight: 2 },
    { arbitrary: fc.constant<CollectionRule>({ kind: 'everything' }), weight: 1 },
    {
      arbitrary: fc
        .tuple(fc.constantFrom('and', 'or'), fc.array(tie('rule'), { minLength: 1, maxLength: 3 }))
        .map(([kind, each]): CollectionRule => ({ kind, rules: each })),
      weight: 3,
    },
    { arbitrary: tie('rule').map((rule): CollectionRule => ({ kind: 'not', rule })), weight: 2 },
  ),
})).rule;

const facts: fc.Arbitrary<OwnerFacts> = fc
  .record(
    {
      user: fc.constantFrom(...userIds),
      department: fc.constantFrom(...departments),
      domain: fc.constantFrom(...domains),
      groups: fc.subarray([...groupIds]),
    },
    { requiredKeys: ['user', 'groups'] },
  )
  .map((each) => ({ ...each, groups: each.groups.toSorted() }));

const owner: fc.Arbitrary<DeviceOwner> = fc.oneof(
  fc.constant<DeviceOwner>({ kind: 'unknown' }),
  fc.constant<DeviceOwner>({ kind: 'mailbox', mailbox }),
  fc.constantFrom(...userIds).map((user): DeviceOwner => ({ kind: 'mailbox', mailbox, user })),
);

/** Devices of which more or less is known. `isSettled`: what is known of the owner is of the present one. */
export function records({ isSettled = false } = {}): fc.Arbitrary<DeviceRecord> {
  return fc
    .record({
      id: fc.constantFrom(...deviceIds),
      owner,
      facts: fc.option(facts, { nil: undefined }),
      model: fc.constantFrom('iPhone 15', 'Pixel 8', undefined),
      clientType: fc.constantFrom('EAS', 'Outlook', undefined),
    })
    .map(({ id, owner: whose, facts: given, model, clientType }) => {
      const user = whose.kind === 'mailbox' ? whose.user : undefined;
      const ownerFacts = given && isSettled ? user && { ...given, user } : given;
      return aRecord(id, { owner: whose, ...(ownerFacts && { ownerFacts }) }, { model, clientType });
    });
}

/** A device with these parts. */
export function aRecord(
  id: DeviceGuid,
  parts: Partial<DeviceRecord> = {},
  device: { readonly model?: string | undefined; readonly clientType?: string | undefined } = {},
): DeviceRecord {
  const { model, clientType } = device;
  const observed = { guid: id, ...(model !== undefined && { model }), ...(clientType !== undefined && { clientType }) };
  return { organization, id, device: observed, owner: { kind: 'unknown' }, observedAt: AT, firstSeenAt: AT, version: '1', ...parts };
}

const members = fc.record({ devices: fc.subarray([...deviceIds]), users: fc.subarray([...userIds]) });

/** A collection as it is kept. */
export function aCollection(id: string, content: Partial<CollectionContent> = {}): Collection {
  const nobody = { devices: [], users: [] };
  return { organization, id, name: id, include: nobody, exclude: nobody, createdAt: AT, changedAt: AT, changedBy: 'somebody', ...content };
}

/** A catalogue of these collections; of groups, all are known unless others are named. */
export function aCatalogue(collections: readonly Collection[], knownGroups: readonly string[] = groupIds): Catalogue {
  return { collections: new Map(collections.map((collection) => [collection.id, collection])), knownGroups: new Set(knownGroups) };
}

/** Up to four collections, some limited by others; now and then a limit that is missing or goes round in a circle. */
export const catalogues: fc.Arbitrary<Catalogue> = fc
  .record({
    contents: fc.array(
      fc.record({ rule: fc.option(rules, { nil: undefined }), include: members, exclude: members, limit: fc.nat({ max: 6 }) }),
      { maxLength: 4 },
    ),
    knownGroups: fc.subarray([...groupIds]),
  })
  .map(({ contents, knownGroups }) => {
    const collections = contents.map(({ rule, limit, include, exclude }, index) =>
      aCollection(guidNumber('collection', index), {
        include,
        exclude,
        ...(rule && { rule }),
        ...(limit < 5 && { limitedBy: guidNumber('collection', limit) }),
      }),
    );
    return aCatalogue(collections, knownGroups);
  });

export const collectionIds: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.nat({ max: 4 }).map((number) => guidNumber('collection', number)), weight: 9 },
  { arbitrary: fc.constant(ALL_MOBILE_DEVICES), weight: 1 },
);

const principals: fc.Arbitrary<Principal> = fc.oneof(
  fc.constantFrom(...userIds).map((objectId): Principal => ({ kind: 'user', tenantId: organization, objectId })),
  fc.constantFrom(...groupIds).map((objectId): Principal => ({ kind: 'group', tenantId: organization, objectId })),
);

/** An assignment as it is kept. */
export function anAssignment(id: string, content: Pick<RoleAssignment, 'principal' | 'role'> & Partial<RoleAssignment>): RoleAssignment {
  return { organization, id, createdAt: AT, changedAt: AT, changedBy: 'somebody', ...content };
}

export const assignments: fc.Arbitrary<RoleAssignment> = fc
  .record({
    number: fc.nat({ max: 1000 }),
    principal: principals,
    role: fc.constantFrom(...builtInRoles, guidNumber('role', 1), guidNumber('role', 2)),
    collections: fc.option(fc.array(collectionIds, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  })
  .map(({ number, principal, role, collections }) =>
    anAssignment(guidNumber('assignment', number), { principal, role, ...(collections && { collections }) }),
  );

/** A role as it is kept. */
export function aRole(id: string, given: CustomRole['permissions']): CustomRole {
  return { organization, id, name: id, permissions: given, createdAt: AT, changedAt: AT, changedBy: 'somebody' };
}

export const grants: fc.Arbitrary<Grants> = fc
  .record({
    first: fc.subarray([...permissions]),
    second: fc.subarray([...permissions]),
    assignments: fc.array(assignments, { maxLength: 5 }),
  })
  .map(({ first, second, assignments: given }) => ({
    roles: new Map([aRole(guidNumber('role', 1), first), aRole(guidNumber('role', 2), second)].map((role) => [role.id, role])),
    assignments: given,
  }));
