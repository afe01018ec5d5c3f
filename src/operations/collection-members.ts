// The devices in a collection that a caller may see, without those that are gone, by a bounded scan.
import { heldFor, scopeOf } from '../domain/authorization.ts';
import type { Caller } from '../domain/caller.ts';
import { membershipIn } from '../domain/collection.ts';
import { isVisible } from '../domain/collection-guard.ts';
import type { DescribedDevice } from '../domain/described-device.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { ScanPage } from '../domain/store-page.ts';
import { listDevices } from './list-devices.ts';
import type { DeviceListAsk } from './list-devices.ts';
import { readAccessScene } from './read-access-scene.ts';
import type { SceneNeeds } from './read-access-scene.ts';

type Needs = SceneNeeds & Pick<Ports, 'connectors' | 'devices' | 'users'>;

export interface MembersAsk extends Pick<DeviceListAsk, 'top' | 'continuation' | 'signal'> {
  readonly organization: OrganizationId;
  readonly caller: Caller;
  readonly id: string;
}

/** The next members, in the order of their ids. It may find none and yet not be at the end. */
export async function collectionMembers(needs: Needs, ask: MembersAsk): Promise<ScanPage<DescribedDevice>> {
  const { organization, caller, id, ...page } = ask;
  const { catalogue, grants, holdings } = await readAccessScene(needs, caller, 'Collection.Modify', organization);
  if (!isVisible({ catalogue, grants, holdings }, id)) throw new AppError('collection.missing');
  // Whoever may change collections sees in them what they may see anyway.
  const scope = scopeOf(heldFor(holdings, 'Collection.Read'), catalogue);
  if (!scope) throw new AppError('role.missing', { permission: 'Collection.Read' });
  return listDevices(needs, { ...page, organization, scope, collection: membershipIn(catalogue, [id]), filter: { gone: 'hidden' } });
}
