// The files of a run that an activity cannot do without. One that is missing makes a comparison impossible: nothing may be concluded.
// Beside them, under a name that is no run's, the few sets that one run leaves for the next.
import type { DeviceSet, DiscoveryFiles, KnownDevices, OwnerIndex, RunKey } from '../domain/discovery-files-port.ts';
import type { DeviceGuid } from '../domain/device-identity.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';

/** The devices that were stored when the run began; the error `store.missing` when nobody wrote them down. */
export async function requireKnown(files: DiscoveryFiles, key: RunKey): Promise<KnownDevices> {
  return (await files.known(key)) ?? missing(key, 'known');
}

/** By what devices find their owners; the error `store.missing` when nobody wrote it down. */
export async function requireOwners(files: DiscoveryFiles, key: RunKey): Promise<OwnerIndex> {
  return (await files.owners(key)) ?? missing(key, 'owners');
}

/** A set of devices of the run; the error `store.missing` when nobody wrote it down. */
export async function requireSet(files: DiscoveryFiles, key: RunKey, name: string): Promise<DeviceSet> {
  return (await files.set(key, name)) ?? missing(key, name);
}

function missing({ runId }: RunKey, name: string): never {
  throw new AppError('store.missing', { record: `${runId}/${name}` });
}

const STANDING = 'standing';

/** Where an organization keeps the sets that outlive a run. */
export function standingKey(organization: OrganizationId): RunKey {
  return { organization, runId: STANDING };
}

/** Removes the files of a run that nobody needs any more. Those of the held run that waits for agreement stay, as do those that outlive runs. */
export async function removeRunFiles({ connectors, files }: Pick<Ports, 'connectors' | 'files'>, key: RunKey): Promise<void> {
  const { held } = (await connectors.discoveryState(key.organization))?.value ?? {};
  if (key.runId !== held?.runId && key.runId !== STANDING) await files.remove(key);
}

/** Of a delta: devices that say nothing of their owners yet. */
export const UNTOLD = 'untold';
/** Of `standingKey`: devices that were last seen in quarantine. */
export const QUARANTINED = 'quarantined';
/** Of `standingKey`: devices that were added lately, and of which it is not known yet whether they have a predecessor. */
export const UNLINKED = 'unlinked';

const CHUNK = 1000;

/** Writes a set that comes device by device. */
export async function writeSet(files: DiscoveryFiles, key: RunKey, name: string, devices: Iterable<DeviceGuid>): Promise<number> {
  const writer = files.setWriter(key, name);
  for (const chunk of chunksOf(devices, CHUNK)) writer.add(chunk);
  return writer.finish();
}

/** What is given, in groups of at most so many. */
export function* chunksOf<T>(items: Iterable<T>, size: number): Generator<readonly T[], void, undefined> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length === size) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
