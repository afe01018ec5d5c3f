// Whether a caller may do something that is about the deployment and no organization: by an app role in its home tenant, or as its first
// administrator. Roles that are assigned hold for organizations and say nothing here.
import { standingRolesOf } from '../domain/authorization.ts';
import type { Caller } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';
import { parseOrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { permissionsOf } from '../domain/role.ts';
import type { Permission } from '../domain/role.ts';

/** Allows it, or throws `role.missing`. */
export function authorizeDeployment({ deployment }: Pick<Ports, 'deployment'>, caller: Caller, permission: Permission): void {
  const home = parseOrganizationId(deployment.homeTenantId ?? '');
  const roles = home === undefined ? [] : standingRolesOf(deployment, caller, home);
  if (!roles.some((role) => permissionsOf(role).has(permission))) throw new AppError('role.missing', { permission });
}
