// The roles and assignments of an organization, for those who may change them.
import type { Caller } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import { builtInRoles, isBuiltInRole } from '../domain/role.ts';
import type { RoleAssignment } from '../domain/role-assignment.ts';
import { viewOfBuiltInRole, viewOfRole } from '../domain/role-view.ts';
import type { RoleView } from '../domain/role-view.ts';
import type { Versioned } from '../domain/store-page.ts';
import { readAccessScene } from './read-access-scene.ts';
import type { SceneNeeds } from './read-access-scene.ts';

/** All roles of the organization: the built-in ones, then its own. */
export async function listRoles(needs: SceneNeeds, caller: Caller, organization: OrganizationId): Promise<readonly RoleView[]> {
  const { stored } = await readAccessScene(needs, caller, 'Security.Modify', organization);
  return [...builtInRoles.map(viewOfBuiltInRole), ...stored.roles.map(({ value }) => viewOfRole(value))];
}

/** A role with the version by which it can be changed; a built-in one has none. */
export interface DescribedRole {
  readonly view: RoleView;
  readonly version?: string;
}

/** One role; `role.unknown` when there is none of that id. */
export async function describeRole(needs: SceneNeeds, caller: Caller, organization: OrganizationId, id: string): Promise<DescribedRole> {
  const { stored } = await readAccessScene(needs, caller, 'Security.Modify', organization);
  if (isBuiltInRole(id)) return { view: viewOfBuiltInRole(id) };
  const found = stored.roles.find(({ value }) => value.id === id);
  if (!found) throw new AppError('role.unknown');
  return { view: viewOfRole(found.value), version: found.version };
}

/** All assignments of the organization, in the order of their ids. */
export async function listAssignments(
  needs: SceneNeeds,
  caller: Caller,
  organization: OrganizationId,
): Promise<readonly Versioned<RoleAssignment>[]> {
  return (await readAccessScene(needs, caller, 'Security.Modify', organization)).stored.assignments;
}

/** One assignment; `assignment.missing` when there is none of that id. */
export async function describeAssignment(
  needs: SceneNeeds,
  caller: Caller,
  organization: OrganizationId,
  id: string,
): Promise<Versioned<RoleAssignment>> {
  const found = (await listAssignments(needs, caller, organization)).find(({ value }) => value.id === id);
  if (!found) throw new AppError('assignment.missing');
  return found;
}
