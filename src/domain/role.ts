// Roles: what each of the built-in ones allows, in the classic connector's names, and custom ones. Who has a role where: role-assignment.ts.
// Built-in roles cannot be edited, copies of them can; a change here changes what people may do, so it belongs into the changelog.
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';

/** Everything that can be allowed. `Class.Right`, as in the classic connector. */
export const permissions = [
  'Site.Modify',
  'Site.ModifyConnectorPolicy',
  'Collection.DeleteResource',
  'Collection.ModifyResource',
  'Collection.SetAccess',
  'Collection.Read',
  'Collection.Modify',
  'Audit.Read',
  'Security.Modify',
] as const;
export type Permission = (typeof permissions)[number];

/** What each of them allows, in words for docs/permissions.md. */
export const permissionTexts: Readonly<Record<Permission, string>> = {
  'Site.Modify': 'Add, change and remove the connector; start, stop and accept runs.',
  'Site.ModifyConnectorPolicy': 'Change settings, access rules and mailbox policies.',
  'Collection.DeleteResource': 'Wipe and remove devices, approve wipes.',
  'Collection.ModifyResource': 'Cancel actions, change affinities and annotations. Implies Collection.SetAccess.',
  'Collection.SetAccess': 'Allow and block devices.',
  'Collection.Read': 'See devices, runs and reports.',
  'Collection.Modify': 'Make, change and remove collections.',
  'Audit.Read': 'Read the audit and evidence.',
  'Security.Modify': 'Change roles, assignments, ticket sources and subscriptions; erase names from the audit.',
};

/** The built-in roles, under the values that an Entra app role has. */
export const builtInRoles = ['FullAdministrator', 'OperationsAdministrator', 'AccessApprover', 'ReadOnlyAnalyst', 'Auditor'] as const;
export type BuiltInRole = (typeof builtInRoles)[number];

/** The built-in roles as people call them. */
export const builtInRoleNames: Readonly<Record<BuiltInRole, string>> = {
  FullAdministrator: 'Full Administrator',
  OperationsAdministrator: 'Operations Administrator',
  AccessApprover: 'Access Approver',
  ReadOnlyAnalyst: 'Read-only Analyst',
  Auditor: 'Auditor',
};

const ALLOWED: Readonly<Record<BuiltInRole, readonly Permission[]>> = {
  FullAdministrator: permissions,
  OperationsAdministrator: [
    'Site.ModifyConnectorPolicy',
    'Collection.DeleteResource',
    'Collection.ModifyResource',
    'Collection.Read',
    'Collection.Modify',
  ],
  AccessApprover: ['Collection.SetAccess', 'Collection.Read'],
  ReadOnlyAnalyst: ['Collection.Read'],
  Auditor: ['Collection.Read', 'Audit.Read'],
};

const IMPLIED: Readonly<Partial<Record<Permission, readonly Permission[]>>> = {
  'Collection.ModifyResource': ['Collection.SetAccess'],
};

/** The permissions with all that they imply. */
export function withImplied(given: Iterable<Permission>): ReadonlySet<Permission> {
  const all = new Set(given);
  // A set that grows while it is walked is walked to its end.
  for (const permission of all) for (const implied of IMPLIED[permission] ?? []) all.add(implied);
  return all;
}

/** What a built-in role allows, with what that implies. */
export function permissionsOf(role: BuiltInRole): ReadonlySet<Permission> {
  return withImplied(ALLOWED[role]);
}

/** Whether `text` names a built-in role. Entra compares the values of app roles with case, and so do we. */
export function isBuiltInRole(text: string): text is BuiltInRole {
  return builtInRoles.some((role) => role === text);
}

/** Permissions over devices: an assignment for some collections gives these only, for the devices in them. */
const LIMITABLE: ReadonlySet<Permission> = new Set([
  'Collection.DeleteResource',
  'Collection.ModifyResource',
  'Collection.SetAccess',
  'Collection.Read',
  'Collection.Modify',
] as const satisfies Permission[]);

/** Whether the permission can be had for some collections. All others are about the organization as a whole: had for all of it or not at all. */
export function isLimitable(permission: Permission): boolean {
  return LIMITABLE.has(permission);
}

/** What an administrator decides about a role. */
export interface RoleContent {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** A role that an organization made for itself. */
export interface CustomRole extends RoleContent {
  readonly organization: OrganizationId;
  /** A GUID: never the name of a built-in role. */
  readonly id: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** Object id of whoever changed it last. */
  readonly changedBy: string;
}

/** What the role of that id allows, with what that implies; nothing when there is no such role. */
export function permissionsOfRole(customRoles: ReadonlyMap<string, CustomRole>, id: string): ReadonlySet<Permission> {
  return isBuiltInRole(id) ? permissionsOf(id) : withImplied(customRoles.get(id)?.permissions ?? []);
}
