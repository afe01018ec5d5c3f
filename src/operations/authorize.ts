// Whether a caller may do something in an organization, and for which of its devices: every route asks here before it does anything else.
// What may not be seen looks missing: the same reads, the same error. What may be seen but not done names the permission.
import { heldFor, scopeOf } from '../domain/authorization.ts';
import type { Scope } from '../domain/authorization.ts';
import type { Caller } from '../domain/caller.ts';
import type { Connector } from '../domain/connector.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Permission } from '../domain/role.ts';
import type { Versioned } from '../domain/store-page.ts';
import { decideAccess, readCatalogue } from './decide-access.ts';
import type { Access, AccessNeeds } from './decide-access.ts';
import { requirePermission } from './read-access-scene.ts';

type Needs = AccessNeeds & Pick<Ports, 'connectors' | 'collections'>;

/** What a caller was found to be allowed, with the connector of the organization. */
export interface Authorization {
  readonly organization: OrganizationId;
  /** The devices that the permission is about. To be applied to every device with canSee. */
  readonly scope: Scope;
  /** The devices that the caller may see; left out when none. A device outside looks missing, whatever else is allowed. */
  readonly seen?: Scope;
  readonly connector: Versioned<Connector>;
}

/** The same for an organization that may have no connector yet. */
export interface AuthorizationToAdd extends Omit<Authorization, 'connector'> {
  readonly connector: Versioned<Connector> | undefined;
}

/** Allows it, or throws `organization.missing` or `role.missing`. */
export async function authorize(
  needs: Needs,
  caller: Caller,
  permission: Permission,
  organization: OrganizationId,
): Promise<Authorization> {
  const { connector, access } = await look(needs, caller, organization);
  if (!connector) throw new AppError('organization.missing');
  return { ...(await allow(needs, access, permission, organization)), connector };
}

/** As authorize, for what tells about the organization as a whole: refuses a caller who is limited to collections. */
export async function authorizeWhole(
  needs: Needs,
  caller: Caller,
  permission: Permission,
  organization: OrganizationId,
): Promise<Authorization> {
  const authorization = await authorize(needs, caller, permission, organization);
  if (authorization.scope.kind !== 'everything') throw new AppError('role.limited', { permission });
  return authorization;
}

/** As authorize, for what also makes sense where there is no connector yet. */
export async function authorizeToAdd(
  needs: Needs,
  caller: Caller,
  permission: Permission,
  organization: OrganizationId,
): Promise<AuthorizationToAdd> {
  const { connector, access } = await look(needs, caller, organization);
  return { ...(await allow(needs, access, permission, organization)), connector };
}

interface Look {
  readonly connector: Versioned<Connector> | undefined;
  readonly access: Access;
}

/** Reads whatever the caller may do, so that the time it takes tells nothing. */
async function look(needs: Needs, caller: Caller, organization: OrganizationId): Promise<Look> {
  const [connector, access] = await Promise.all([needs.connectors.get(organization), decideAccess(needs, caller, organization)]);
  return { connector, access };
}

async function allow(
  needs: Needs,
  access: Access,
  permission: Permission,
  organization: OrganizationId,
): Promise<Omit<Authorization, 'connector'>> {
  requirePermission(access, permission);
  const [acting, seeing] = [heldFor(access.holdings, permission), heldFor(access.holdings, 'Collection.Read')];
  const isLimited = acting.kind === 'collections' || seeing.kind === 'collections';
  const catalogue = isLimited ? await readCatalogue(needs, organization) : { collections: new Map(), knownGroups: new Set<string>() };
  const [scope, seen] = [scopeOf(acting, catalogue), scopeOf(seeing, catalogue)];
  if (!scope) throw new AppError('role.missing', { permission });
  return { organization, scope, ...(seen && { seen }) };
}
