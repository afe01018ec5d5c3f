// Everything about who may do what in an organization, read as of one moment, for a change that is to be checked against all of it.
// The guard is read first: whatever changes afterwards makes the change stale, which is then checked anew.
import { heldFor, holdsAnything } from '../domain/authorization.ts';
import type { Caller } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';
import type { GrantScene } from '../domain/grant-guard.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Permission } from '../domain/role.ts';
import { decideAccess, readCatalogue } from './decide-access.ts';
import type { Access, AccessNeeds, StoredCatalogue } from './decide-access.ts';

export type SceneNeeds = AccessNeeds & Pick<Ports, 'collections'>;

/** All of one moment, and what a caller may do in it. */
export interface AccessScene extends GrantScene, Pick<Access, 'stored'> {
  readonly catalogue: StoredCatalogue;
  readonly guard: string | undefined;
}

/** Reads it for a caller who has the permission; `role.missing` or `organization.missing` for others. */
export async function readAccessScene(
  needs: SceneNeeds,
  caller: Caller,
  permission: Permission,
  organization: OrganizationId,
): Promise<AccessScene> {
  const guard = await needs.collections.guard(organization);
  const [access, catalogue] = await Promise.all([decideAccess(needs, caller, organization), readCatalogue(needs, organization)]);
  requirePermission(access, permission);
  const { holdings, grants, stored, facts } = access;
  const hasStandingAdministrator = needs.deployment.firstAdministrator !== undefined || facts.standingRoles.includes('FullAdministrator');
  return { catalogue, grants, holdings, stored, hasStandingAdministrator, guard };
}

/** Refuses a caller without the permission; where the directory could not be asked, with the reason for that. */
export function requirePermission({ holdings, doubt }: Pick<Access, 'holdings' | 'doubt'>, permission: Permission): void {
  if (heldFor(holdings, permission).kind !== 'none') return;
  if (doubt) throw doubt;
  throw holdsAnything(holdings) ? new AppError('role.missing', { permission }) : new AppError('organization.missing');
}
