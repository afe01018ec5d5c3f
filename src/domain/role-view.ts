// A role as people see it: built-in or custom, with everything that its permissions imply.
import { builtInRoleNames, permissions, permissionsOf, withImplied } from './role.ts';
import type { BuiltInRole, CustomRole, Permission } from './role.ts';

export interface RoleView {
  readonly id: string;
  readonly name: string;
  readonly isBuiltIn: boolean;
  /** With all that they imply, in the order of the table. */
  readonly permissions: readonly Permission[];
  /** Left out for a built-in one. */
  readonly custom?: CustomRole;
}

/** The view of a built-in role. */
export function viewOfBuiltInRole(id: BuiltInRole): RoleView {
  return { id, name: builtInRoleNames[id], isBuiltIn: true, permissions: inOrder(permissionsOf(id)) };
}

/** The view of a custom role. */
export function viewOfRole(custom: CustomRole): RoleView {
  const { id, name } = custom;
  return { id, name, isBuiltIn: false, permissions: inOrder(withImplied(custom.permissions)), custom };
}

function inOrder(given: ReadonlySet<Permission>): readonly Permission[] {
  return permissions.filter((permission) => given.has(permission));
}
