// All stored devices that are not gone, page by page, for activities that learn from them.
import type { DeviceRecord } from '../domain/device-record.ts';
import type { DeviceStore } from '../domain/device-store-port.ts';
import type { OrganizationId } from '../domain/organization.ts';

const PAGE = 1000;

/** Pages of devices; one may be empty and yet not be the last. */
export async function* scanDevices(
  devices: DeviceStore,
  organization: OrganizationId,
): AsyncGenerator<readonly DeviceRecord[], void, undefined> {
  let continuation: string | undefined;
  do {
    const page = await devices.scan(organization, {
      matches: ({ goneAt }) => goneAt === undefined,
      top: PAGE,
      ...(continuation !== undefined && { continuation }),
    });
    yield page.values;
    ({ continuation } = page);
  } while (continuation !== undefined);
}
