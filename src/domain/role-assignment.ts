// Who has which role in an organization, and for which of its collections. Names are not kept: they change, and some are shared.
import type { Caller } from './caller.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';
import type { CustomRole } from './role.ts';

/** A user, a group or an application of Microsoft Entra. */
export interface Principal {
  readonly kind: 'user' | 'group' | 'application';
  readonly tenantId: string;
  readonly objectId: string;
}

/** What an administrator decides about an assignment. */
export interface AssignmentContent {
  readonly principal: Principal;
  /** The name of a built-in role or the id of a custom one of the same organization. */
  readonly role: string;
  /** Ids of collections; left out, the whole organization. */
  readonly collections?: readonly string[];
}

export interface RoleAssignment extends AssignmentContent {
  readonly organization: OrganizationId;
  readonly id: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** Object id of whoever changed it last. */
  readonly changedBy: string;
}

/** All roles and assignments of an organization. */
export interface Grants {
  readonly roles: ReadonlyMap<string, CustomRole>;
  readonly assignments: readonly RoleAssignment[];
}

/** Whether the assignment is for this caller, who is in these groups of their tenant. */
export function isFor(
  { principal }: AssignmentContent,
  caller: Pick<Caller, 'tenantId' | 'objectId' | 'kind'>,
  groups: ReadonlySet<string>,
): boolean {
  if (principal.tenantId !== caller.tenantId) return false;
  if (principal.kind === 'group') return groups.has(principal.objectId);
  return principal.kind === caller.kind && principal.objectId === caller.objectId;
}
