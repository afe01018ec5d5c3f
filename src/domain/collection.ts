// A collection: a named rule over devices with explicit lists, inside a limiting collection. It scopes rights and reports.
// What it tests is collection-rule.ts; who may change it is collection-guard.ts.
import { isDirectoryOnly, testerOf } from './collection-rule.ts';
import type { CollectionRule, Condition } from './collection-rule.ts';
import { isGuid } from './device-identity.ts';
import type { DeviceGuid, EntraObjectId } from './device-identity.ts';
import type { DeviceRecord } from './device-record.ts';
import type { Instant } from './instant.ts';
import { filteringOf } from './membership-filter.ts';
import type { MembershipFilter } from './membership-filter.ts';
import type { OrganizationId } from './organization.ts';

/** Devices by their ids, and all devices of users by theirs. */
interface ExplicitMembers {
  readonly devices: readonly DeviceGuid[];
  readonly users: readonly EntraObjectId[];
}

/** What an administrator decides about a collection. */
export interface CollectionContent {
  readonly name: string;
  /** Left out: only those that are included by name. */
  readonly rule?: CollectionRule;
  readonly include: ExplicitMembers;
  /** Wins over everything else. */
  readonly exclude: ExplicitMembers;
  /** Members are members of that collection only. Left out, All Mobile Devices. */
  readonly limitedBy?: string;
}

/** A collection as it is kept. */
export interface Collection extends CollectionContent {
  readonly organization: OrganizationId;
  readonly id: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** Object id of whoever changed it last. */
  readonly changedBy: string;
}

/** The id of the collection of all devices, which every organization has and nobody can change. */
export const ALL_MOBILE_DEVICES = 'all-mobile-devices';
export const ALL_MOBILE_DEVICES_NAME = 'All Mobile Devices';

/** Whether `text` can be the id of a collection that people make: a GUID in lower case, so that nobody finds one by guessing. */
export function isCollectionId(text: string): boolean {
  return isGuid(text) && text === text.toLowerCase();
}

/** All collections of an organization, and the groups whose members have been applied to its devices. */
export interface Catalogue {
  readonly collections: ReadonlyMap<string, Collection>;
  readonly knownGroups: ReadonlySet<string>;
}

/**
 * The collection and those that limit it, from the inside out; All Mobile Devices is left out at the end, so its own chain is empty.
 * Undefined when the collection or one of those is missing, or when they limit each other.
 */
export function chainOf({ collections }: Pick<Catalogue, 'collections'>, id: string): readonly Collection[] | undefined {
  const chain: Collection[] = [];
  for (let next: string = id; next !== ALL_MOBILE_DEVICES;) {
    const collection = collections.get(next);
    if (!collection || chain.includes(collection)) return undefined;
    chain.push(collection);
    next = collection.limitedBy ?? ALL_MOBILE_DEVICES;
  }
  return chain;
}

/** Whether all members of a collection are members of the other one because that one limits it, or is it. */
export function isWithin(catalogue: Pick<Catalogue, 'collections'>, id: string, outer: string): boolean {
  const chain = chainOf(catalogue, id);
  return chain !== undefined && (outer === ALL_MOBILE_DEVICES || chain.some((each) => each.id === outer));
}

/** Whether no device can choose to be in or out of the collection. */
export function isUnforgeable(catalogue: Pick<Catalogue, 'collections'>, id: string): boolean {
  const chain = chainOf(catalogue, id);
  return chain !== undefined && chain.every(({ rule }) => rule === undefined || isDirectoryOnly(rule));
}

/** Decides whether devices are in one of some collections. */
export interface Membership {
  readonly has: (record: DeviceRecord) => boolean;
  /** Lets storage leave out devices that are certainly not in any; it may let through others. */
  readonly filter?: MembershipFilter;
}

/** The members of any of these collections. One that is missing, or whose limits are, has no members. */
export function membershipIn(catalogue: Catalogue, ids: readonly string[]): Membership {
  const condition: Condition = { kind: 'or', rules: ids.map((id) => conditionOf(catalogue, id)) };
  const tester = testerOf(condition, catalogue.knownGroups);
  const { filter } = filteringOf(condition);
  return { has: (record) => tester(record) === true, ...(filter && { filter }) };
}

const NOBODY = { kind: 'or', rules: [] } as const satisfies Condition;

/** All that decides whether a device is in the collection. */
export function conditionOf(catalogue: Pick<Catalogue, 'collections'>, id: string): Condition {
  const chain = chainOf(catalogue, id);
  return chain ? { kind: 'and', rules: chain.flatMap(conditionsOf) } : NOBODY;
}

function conditionsOf({ rule = NOBODY, include, exclude }: CollectionContent): readonly Condition[] {
  return [{ kind: 'or', rules: [rule, ...listed(include)] }, ...listed(exclude).map((each): Condition => ({ kind: 'not', rule: each }))];
}

function listed({ devices, users }: ExplicitMembers): readonly Condition[] {
  return [
    ...(devices.length > 0 ? [{ kind: 'devices', ids: devices } as const] : []),
    ...(users.length > 0 ? [{ kind: 'test', field: 'user', operator: 'in', value: users } as const] : []),
  ];
}
