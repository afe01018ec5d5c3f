// Reads what decides what a caller may do in an organization: its roles and assignments, and the groups in which a token leaves it open
// whether the caller is. Nothing but those groups is remembered (memberships-port.ts): what is revoked is gone with the next request.
import { groupsInDoubt, holdingsOf, standingRolesOf } from '../domain/authorization.ts';
import type { CallerFacts, Holdings } from '../domain/authorization.ts';
import type { Caller } from '../domain/caller.ts';
import type { Catalogue, Collection } from '../domain/collection.ts';
import { toAppError } from '../domain/errors.ts';
import type { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Grants, RoleAssignment } from '../domain/role-assignment.ts';
import type { StoredGrants } from '../domain/role-store-port.ts';
import type { Versioned } from '../domain/store-page.ts';

export type AccessNeeds = Pick<Ports, 'roles' | 'memberships' | 'deployment' | 'log'>;

/** What a caller may do, with what it was decided from. */
export interface Access {
  readonly holdings: Holdings;
  readonly facts: CallerFacts;
  readonly grants: Grants;
  readonly stored: StoredGrants;
  /** Why the directory could not be asked: then the caller may be allowed more than what is found here, never less. */
  readonly doubt?: AppError;
}

/** What the caller may do in the organization. */
export async function decideAccess(needs: AccessNeeds, caller: Caller, organization: OrganizationId): Promise<Access> {
  const stored = await needs.roles.all(organization);
  const grants = grantsIn(stored);
  const { groups, doubt } = await groupsOf(needs, caller, grants.assignments);
  const { tenantId, objectId, kind } = caller;
  const facts: CallerFacts = { tenantId, objectId, kind, groups, standingRoles: standingRolesOf(needs.deployment, caller, organization) };
  return { holdings: holdingsOf(facts, grants, organization), facts, grants, stored, ...(doubt && { doubt }) };
}

function grantsIn({ roles, assignments }: StoredGrants): Grants {
  return { roles: new Map(roles.map(({ value }) => [value.id, value])), assignments: assignments.map(({ value }) => value) };
}

interface FoundGroups {
  readonly groups: ReadonlySet<string>;
  readonly doubt?: AppError;
}

async function groupsOf({ memberships, log }: AccessNeeds, caller: Caller, assignments: readonly RoleAssignment[]): Promise<FoundGroups> {
  const asked = groupsInDoubt(caller, assignments);
  if (asked.length === 0) return { groups: new Set(caller.groups) };
  try {
    const found = await memberships.among(caller.tenantId, caller.objectId, asked);
    return { groups: new Set([...caller.groups, ...found]) };
  } catch (error) {
    log.warn('access.groups-not-read', { caller: caller.objectId, groups: asked.length, error });
    return { groups: new Set(caller.groups), doubt: toAppError(error) };
  }
}

/** All collections of an organization with their versions. */
export interface StoredCatalogue extends Catalogue {
  readonly versions: ReadonlyMap<string, string>;
}

/** The collections of the organization as of now. */
export async function readCatalogue({ collections }: Pick<Ports, 'collections'>, organization: OrganizationId): Promise<StoredCatalogue> {
  const [stored, applied] = await Promise.all([collections.all(organization), collections.appliedGroups(organization)]);
  const byId = (entries: readonly Versioned<Collection>[]): Map<string, Collection> =>
    new Map(entries.map(({ value }) => [value.id, value]));
  return {
    collections: byId(stored),
    versions: new Map(stored.map(({ value, version }) => [value.id, version])),
    knownGroups: new Set(applied?.value.groups),
  };
}
