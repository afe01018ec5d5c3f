// What a caller may do in an organization, and with which of its devices: decided from the caller's verified facts, roles and assignments alone.
// Pure: who is in which group, and what is stored, was read before (operations/decide-access.ts).
import type { Caller } from './caller.ts';
import { isWithin, membershipIn } from './collection.ts';
import type { Catalogue, Membership } from './collection.ts';
import type { DeviceRecord } from './device-record.ts';
import type { MembershipFilter } from './membership-filter.ts';
import type { OrganizationId } from './organization.ts';
import { isBuiltInRole, isLimitable, permissions, permissionsOf, permissionsOfRole } from './role.ts';
import type { BuiltInRole, Permission } from './role.ts';
import { isFor } from './role-assignment.ts';
import type { Grants, RoleAssignment } from './role-assignment.ts';

/** What this deployment says about who may do what before anybody is assigned a role. */
export interface Deployment {
  /** The tenant of those who run the deployment: its people can be given roles for every organization. */
  readonly homeTenantId?: string;
  /** Object id of a user of the home tenant who is Full Administrator everywhere. */
  readonly firstAdministrator?: string;
}

/** Who asks, as far as it matters here. */
export interface CallerFacts extends Pick<Caller, 'tenantId' | 'objectId' | 'kind'> {
  /** Object ids of the caller's groups, at least of those that assignments name. */
  readonly groups: ReadonlySet<string>;
  /** Roles that are not assigned here: by app roles in Microsoft Entra, or by the deployment's settings. They hold for the whole organization. */
  readonly standingRoles: readonly BuiltInRole[];
}

/** For what a caller has a permission. */
export type Decision =
  | { readonly kind: 'none' }
  | { readonly kind: 'everything' }
  | { readonly kind: 'collections'; readonly ids: readonly string[] };

const NONE: Decision = { kind: 'none' };

/** For what a caller has each permission. */
export type Holdings = ReadonlyMap<Permission, Decision>;

/** The roles that a caller has in an organization without any assignment. */
export function standingRolesOf(deployment: Deployment, caller: Caller, organization: OrganizationId): readonly BuiltInRole[] {
  const isHome = caller.tenantId === deployment.homeTenantId;
  if (!isHome && caller.tenantId !== organization) return [];
  const isFirst = isHome && caller.kind === 'user' && caller.objectId === deployment.firstAdministrator;
  const roles = caller.roles.filter(isBuiltInRole);
  return isFirst ? [...roles, 'FullAdministrator'] : roles;
}

/** The groups of which it matters whether the caller is in them, and the token does not say. */
export function groupsInDoubt(caller: Caller, assignments: readonly RoleAssignment[]): readonly string[] {
  if (caller.areGroupsComplete) return [];
  const named = assignments
    .filter(({ principal }) => principal.kind === 'group' && principal.tenantId === caller.tenantId)
    .map(({ principal }) => principal.objectId);
  return [...new Set(named)].filter((id) => !caller.groups.includes(id)).toSorted();
}

/** For what the caller has the permission in the organization. */
export function decide(facts: CallerFacts, { roles, assignments }: Grants, permission: Permission, organization: OrganizationId): Decision {
  if (facts.standingRoles.some((role) => permissionsOf(role).has(permission))) return { kind: 'everything' };
  const giving = assignments.filter(
    (assignment) =>
      assignment.organization === organization &&
      isFor(assignment, facts, facts.groups) &&
      permissionsOfRole(roles, assignment.role).has(permission),
  );
  if (giving.some(({ collections }) => !collections)) return { kind: 'everything' };
  const ids = isLimitable(permission) ? [...new Set(giving.flatMap(({ collections = [] }) => collections))].toSorted() : [];
  return ids.length === 0 ? NONE : { kind: 'collections', ids };
}

/** For what the caller has every permission in the organization. */
export function holdingsOf(facts: CallerFacts, grants: Grants, organization: OrganizationId): Holdings {
  return new Map(permissions.map((permission) => [permission, decide(facts, grants, permission, organization)]));
}

/** For what the permission is held. */
export function heldFor(holdings: Holdings, permission: Permission): Decision {
  return holdings.get(permission) ?? NONE;
}

/** Whether the caller has any permission: whoever has none does not see the organization. */
export function holdsAnything(holdings: Holdings): boolean {
  return [...holdings.values()].some(({ kind }) => kind !== 'none');
}

/** Whether the decision is about a collection: everything, or one of its collections is or limits it. */
export function covers(catalogue: Pick<Catalogue, 'collections'>, decision: Decision, id: string): boolean {
  if (decision.kind === 'everything') return true;
  return decision.kind === 'collections' && decision.ids.some((outer) => isWithin(catalogue, id, outer));
}

/** The collections by which a caller is limited in any permission. */
export function limitsOf(holdings: Holdings): ReadonlySet<string> {
  return new Set([...holdings.values()].flatMap((each) => (each.kind === 'collections' ? each.ids : [])));
}

/** The devices that a permission is about, ready to be applied. */
export type Scope = { readonly kind: 'everything' } | ({ readonly kind: 'collections'; readonly ids: readonly string[] } & Membership);

/** The scope of a decision that allows something; undefined when it allows nothing. */
export function scopeOf(decision: Decision, catalogue: Catalogue): Scope | undefined {
  if (decision.kind === 'none') return undefined;
  return decision.kind === 'everything' ? decision : { ...decision, ...membershipIn(catalogue, decision.ids) };
}

/** Whether the device is in the scope. To be asked of every device before it is shown, counted, exported or acted on. */
export function canSee(scope: Scope, record: DeviceRecord): boolean {
  return scope.kind === 'everything' || scope.has(record);
}

/** What storage can leave out before `canSee` is asked; undefined when it has to give everything. */
export function filterOf(scope: Scope): MembershipFilter | undefined {
  return scope.kind === 'everything' ? undefined : scope.filter;
}

/** What somebody who sees the devices of `seen` and may act on those of `acted` is told about acting on a device. */
export function judge(seen: Scope, acted: Scope | undefined, record: DeviceRecord | undefined): 'missing' | 'forbidden' | 'allowed' {
  if (!record || !canSee(seen, record)) return 'missing';
  return acted && canSee(acted, record) ? 'allowed' : 'forbidden';
}
