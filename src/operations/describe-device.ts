// One device as people are told about it.
import { canSee } from '../domain/authorization.ts';
import type { Scope } from '../domain/authorization.ts';
import { describe } from '../domain/described-device.ts';
import type { DescribedDevice } from '../domain/described-device.ts';
import type { DeviceGuid } from '../domain/device-identity.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';

type Needs = Pick<Ports, 'connectors' | 'devices'>;

/** Which device, and the devices that the caller may see. */
export interface DeviceAsk {
  readonly organization: OrganizationId;
  readonly scope: Scope;
  readonly id: DeviceGuid;
}

/** The device; `device.missing` also when the caller may not see it. */
export async function describeDevice({ devices, connectors }: Needs, { organization, scope, id }: DeviceAsk): Promise<DescribedDevice> {
  const [record, annotation, state] = await Promise.all([
    devices.get(organization, id),
    devices.annotation(organization, id),
    connectors.discoveryState(organization),
  ]);
  if (!record || !canSee(scope, record)) throw new AppError('device.missing');
  return describe(record, state?.value, annotation?.value);
}
