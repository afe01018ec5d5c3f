// Writes parts that are judged from a device's record, never over a record that has changed since: then it is read and judged anew.
import pMap from 'p-map';
import type { DeviceGuid } from '../domain/device-identity.ts';
import type { DeviceParts, DeviceRecord } from '../domain/device-record.ts';
import type { DeviceStore } from '../domain/device-store-port.ts';
import type { OrganizationId } from '../domain/organization.ts';

const PARALLEL_READS = 16;
const ROUNDS = 4;

/** The records of these devices that are stored. */
export async function readDevices(
  devices: Pick<DeviceStore, 'get'>,
  organization: OrganizationId,
  ids: readonly DeviceGuid[],
): Promise<readonly DeviceRecord[]> {
  const records = await pMap(ids, (id) => devices.get(organization, id), { concurrency: PARALLEL_READS });
  return records.filter((record) => record !== undefined);
}

/**
 * Writes what `partsOf` makes of each record, undefined for nothing; it may be asked again about a record that changed meanwhile.
 * Answers how many were written. One that others keep changing is left to them.
 */
export async function amendDevices(
  devices: Pick<DeviceStore, 'get' | 'amend'>,
  organization: OrganizationId,
  records: readonly DeviceRecord[],
  partsOf: (record: DeviceRecord) => DeviceParts | undefined,
): Promise<number> {
  let written = 0;
  let left = records;
  for (let round = 1; round <= ROUNDS && left.length > 0; round += 1) {
    const amendments = left.flatMap((record) => {
      const parts = partsOf(record);
      return parts === undefined ? [] : [{ ...parts, id: record.id, version: record.version }];
    });
    const refused = await devices.amend(organization, amendments);
    written += amendments.length - refused.length;
    left = await readDevices(devices, organization, refused);
  }
  return written;
}
