// The members of a collection that somebody names in a filter or an act, if it is one that they may know of.
import { covers } from '../domain/authorization.ts';
import type { Scope } from '../domain/authorization.ts';
import { ALL_MOBILE_DEVICES, membershipIn } from '../domain/collection.ts';
import type { Membership } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { readCatalogue } from './decide-access.ts';

/** Which collection, and the devices that whoever asks may see. */
export interface CollectionNamed {
  readonly organization: OrganizationId;
  readonly scope: Scope;
  readonly id: string;
}

/** Who is in it; `collection.missing` also for a collection outside the scope. The scope itself is still to be applied. */
export async function findCollection(needs: Pick<Ports, 'collections'>, { organization, scope, id }: CollectionNamed): Promise<Membership> {
  const catalogue = await readCatalogue(needs, organization);
  const isThere = id === ALL_MOBILE_DEVICES || catalogue.collections.has(id);
  if (!isThere || !covers(catalogue, scope, id)) throw new AppError('collection.missing');
  return membershipIn(catalogue, [id]);
}
