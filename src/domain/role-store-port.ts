// Where the custom roles of an organization and its assignments are kept. Changes name the guard that they share with collections.
import type { GuardedChange } from './collection-store-port.ts';
import type { OrganizationId } from './organization.ts';
import type { CustomRole } from './role.ts';
import type { RoleAssignment } from './role-assignment.ts';
import type { Versioned } from './store-page.ts';

/** All that an organization says about who may do what, each in the order of its ids. */
export interface StoredGrants {
  readonly roles: readonly Versioned<CustomRole>[];
  readonly assignments: readonly Versioned<RoleAssignment>[];
}

export interface RoleStore {
  /** All roles and assignments of the organization, by one read. */
  all(organization: OrganizationId): Promise<StoredGrants>;
  /** Keeps a role; `store.stale` or `store.exists` when it or the guard is another one by now. Answers the new version. */
  saveRole(role: CustomRole, change: GuardedChange): Promise<string>;
  removeRole(organization: OrganizationId, id: string, change: GuardedChange): Promise<void>;
  saveAssignment(assignment: RoleAssignment, change: GuardedChange): Promise<string>;
  removeAssignment(organization: OrganizationId, id: string, change: GuardedChange): Promise<void>;
}
