// Tells a few devices whose owners nothing is known of yet, because they are new, what the directory says about them.
// For all devices, and for what changes later: apply-owner-facts.ts.
import pMap from 'p-map';
import { watchedGroups } from '../domain/collection-guard.ts';
import type { Connector } from '../domain/connector.ts';
import type { DeviceGuid, EntraObjectId } from '../domain/device-identity.ts';
import type { DeviceRecord, OwnerFacts } from '../domain/device-record.ts';
import type { DeviceAmendment } from '../domain/device-store-port.ts';
import { factsOfOwner, ownerFactsOf, ownerOf } from '../domain/owner-facts.ts';
import type { Ports } from '../domain/ports.ts';
import { readCatalogue } from './decide-access.ts';

type Needs = Pick<Ports, 'collections' | 'users' | 'devices' | 'connections'>;

/** More are better told by a pass over all of them. */
export const MOST_DEVICES_AT_ONCE = 500;
const PARALLEL_READS = 16;
const PARALLEL_CHECKS = 4;

/** Applies what is known of their owners to those of these devices that nothing was applied to; answers how many. */
export async function applyOwnerFactsTo(needs: Needs, connector: Connector, ids: readonly DeviceGuid[]): Promise<number> {
  const { organization } = connector;
  // Read before the groups: a pass over all devices that begins meanwhile changes the version, and what it writes stays.
  const found = await pMap(ids.slice(0, MOST_DEVICES_AT_ONCE), (id) => needs.devices.get(organization, id), {
    concurrency: PARALLEL_READS,
  });
  const records = found.filter((record) => record !== undefined).filter((record) => !factsOfOwner(record));
  const watched = watchedGroups(await readCatalogue(needs, organization));
  const users = [...new Set(records.map(ownerOf))].filter((user) => user !== undefined);
  const facts = new Map<EntraObjectId, OwnerFacts>();
  const read = async (user: EntraObjectId): Promise<void> => {
    const known = await needs.users.get(organization, user);
    if (!known) return;
    const groups = watched.length > 0 ? await needs.connections.directory(connector).groupsAmong(user, watched) : [];
    facts.set(
      user,
      ownerFactsOf(
        user,
        known.user,
        groups.map((group) => group.toLowerCase()),
      ),
    );
  };
  await pMap(users, read, { concurrency: PARALLEL_CHECKS });
  const amendments = records.map((record) => amendmentOf(record, facts)).filter((each) => each !== undefined);
  const refused = await needs.devices.amend(organization, amendments);
  return amendments.length - refused.length;
}

function amendmentOf(record: DeviceRecord, facts: ReadonlyMap<EntraObjectId, OwnerFacts>): DeviceAmendment | undefined {
  const user = ownerOf(record);
  const ownerFacts = user && facts.get(user);
  return ownerFacts && { id: record.id, version: record.version, ownerFacts };
}
