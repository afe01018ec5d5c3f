// Who may give and take which roles, so that nobody gives more than they have and somebody can always give roles.
// Pure; the operations hold what it is asked about still while they write (collection-store-port.ts, guard).
import { covers, heldFor } from './authorization.ts';
import { chainOf, isUnforgeable } from './collection.ts';
import type { CollectionScene } from './collection-guard.ts';
import { AppError } from './errors.ts';
import { isBuiltInRole, isLimitable, permissionsOfRole, withImplied } from './role.ts';
import type { CustomRole, Permission } from './role.ts';
import type { AssignmentContent, RoleAssignment } from './role-assignment.ts';

/** What a change of roles and assignments is judged by: all of one moment. */
export interface GrantScene extends CollectionScene {
  /** Somebody is Full Administrator without any assignment: the deployment names one, or whoever asks is one by an app role. */
  readonly hasStandingAdministrator: boolean;
}

const MOST_ROLES = 100;
const MOST_ASSIGNMENTS = 1000;
export const MOST_COLLECTIONS_OF_ASSIGNMENT = 20;

/** Refuses an assignment, new or in place of the one of its id, that gives more than whoever saves it has, or that devices could forge. */
export function checkAssignment(scene: GrantScene, assignment: RoleAssignment): void {
  const { catalogue, grants } = scene;
  const before = grants.assignments.find(({ id }) => id === assignment.id);
  if (!before && grants.assignments.length >= MOST_ASSIGNMENTS)
    throw new AppError('grant.too-many', { most: MOST_ASSIGNMENTS, what: 'assignments' });
  if (!isBuiltInRole(assignment.role) && !grants.roles.has(assignment.role)) throw new AppError('role.unknown');
  for (const id of assignment.collections ?? []) {
    if (!chainOf(catalogue, id)) throw new AppError('collection.missing');
    if (!isUnforgeable(catalogue, id))
      throw new AppError('assignment.forgeable', { collection: catalogue.collections.get(id)?.name ?? id });
  }
  requireHeld(scene, assignment);
  if (before && !isAdministration(assignment)) requireOtherAdministrator(scene, before);
}

function requireHeld({ catalogue, grants, holdings }: GrantScene, { role, collections }: AssignmentContent): void {
  for (const permission of permissionsOfRole(grants.roles, role)) {
    const held = heldFor(holdings, permission);
    // For some collections a role gives no permission over the organization as a whole.
    const isMore = collections
      ? isLimitable(permission) && !collections.every((id) => covers(catalogue, held, id))
      : held.kind !== 'everything';
    if (isMore) throw new AppError('grant.exceeded', { permission });
  }
}

/** Refuses to remove the last assignment by which somebody can give roles. */
export function checkAssignmentRemoval(scene: GrantScene, id: string): void {
  const assignment = scene.grants.assignments.find((each) => each.id === id);
  if (!assignment) throw new AppError('assignment.missing');
  requireOtherAdministrator(scene, assignment);
}

function requireOtherAdministrator({ grants, hasStandingAdministrator }: GrantScene, before: RoleAssignment): void {
  if (hasStandingAdministrator || !isAdministration(before)) return;
  const others = grants.assignments.filter((each) => each.id !== before.id && isAdministration(each));
  if (others.length === 0) throw new AppError('assignment.last-administrator');
}

/** An application signs in, but gives nobody a role by itself. */
function isAdministration({ role, collections, principal }: AssignmentContent): boolean {
  return role === 'FullAdministrator' && !collections && principal.kind !== 'application';
}

/** Refuses a custom role, new or in place of the one of its id, with permissions that whoever saves it lacks. */
export function checkRole({ grants, holdings }: GrantScene, role: CustomRole): void {
  if (isBuiltInRole(role.id)) throw new AppError('role.built-in');
  const before = grants.roles.get(role.id);
  if (!before && grants.roles.size >= MOST_ROLES) throw new AppError('grant.too-many', { most: MOST_ROLES, what: 'custom roles' });
  const had: ReadonlySet<Permission> = permissionsOfRole(grants.roles, role.id);
  // Whoever the role is assigned to gets what is new, wherever that is: so it takes having it everywhere.
  for (const permission of withImplied(role.permissions)) {
    if (!had.has(permission) && heldFor(holdings, permission).kind !== 'everything') throw new AppError('grant.exceeded', { permission });
  }
}

/** Refuses to remove a role that is built in, missing or assigned. */
export function checkRoleRemoval({ grants }: GrantScene, id: string): void {
  if (isBuiltInRole(id)) throw new AppError('role.built-in');
  if (!grants.roles.has(id)) throw new AppError('role.unknown');
  if (grants.assignments.some(({ role }) => role === id)) throw new AppError('role.in-use');
}
