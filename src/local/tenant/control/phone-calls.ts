// Phones in people's hands: look at them, give somebody a new one, switch one off, reset or update it, let it sync now.
import type { DeviceChangeRequest } from '../world/changes.ts';
import type { DeviceFacts } from '../world/device-facts.ts';
import { updatedAgent, updatedOs } from '../world/device-profiles.ts';
import { deviceIdentity } from '../world/identity.ts';
import { isoTime } from '../world/instants.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import { deviceIn, mailboxIn, neededText, numberIn, objectIn, organizationIn, textIn, type ControlInput } from './control-input.ts';
import type { ControlTenant } from './control-tenant.ts';

function optionalTime(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}

function describe({ devices, mailboxes }: OrganizationWorld, index: number, nowMs: number): Record<string, unknown> {
  const device = devices.read(index, nowMs);
  const mailbox = mailboxes.mailbox(device.mailboxIndex);
  const wipe = device.deviceWipe ?? device.accountWipe;
  return {
    guid: device.guid,
    mailbox: mailbox.alias,
    identity: deviceIdentity(mailbox.name, device.objectName),
    deviceId: device.deviceId,
    type: device.deviceType,
    model: device.deviceModel,
    os: device.deviceOs,
    client: `${device.clientType} ${device.clientVersion}`,
    access: `${device.access.state} (${device.access.rule ?? device.access.reason})`,
    status: device.status,
    firstSync: optionalTime(device.firstSyncMs),
    lastSync: optionalTime(device.lastSuccessSyncMs),
    ...(wipe
      ? { wipe: { requested: isoTime(wipe.requestedMs), sent: optionalTime(wipe.sentMs), acknowledged: optionalTime(wipe.acknowledgedMs) } }
      : {}),
  };
}

/** The phones of one mailbox, or the first ones of all. */
export function listPhones({ world }: ControlTenant, input: ControlInput): unknown {
  const organization = organizationIn(world, input);
  const nowMs = world.clock.now();
  const limit = numberIn(input, 'limit') ?? 100;
  const { devices } = organization;
  if (textIn(input, 'mailbox') !== undefined) {
    return { value: devices.ofMailbox(mailboxIn(organization, input)).map((index) => describe(organization, index, nowMs)) };
  }
  const value: unknown[] = [];
  for (let index = numberIn(input, 'from') ?? 0; index < devices.extent && value.length < limit; index += 1) {
    if (!devices.isRemoved(index)) value.push(describe(organization, index, nowMs));
  }
  return { value };
}

/** Gives a mailbox a new phone, with facts that the caller fixes. */
export function addPhone({ world }: ControlTenant, input: ControlInput): unknown {
  const organization = organizationIn(world, input);
  const facts = objectIn(input, 'facts') as Partial<DeviceFacts>;
  const guid = textIn(input, 'guid');
  const mailbox = mailboxIn(organization, input);
  world.commit(organization.organization.tenantId, [{ kind: 'device.add', mailbox, facts, ...(guid === undefined ? {} : { guid }) }]);
  return describe(organization, organization.devices.extent - 1, world.clock.now());
}

const ACTIONS = ['connect', 'off', 'on', 'reset', 'update', 'change', 'remove'] as const;

function changeFor(action: string, device: number, facts: Partial<DeviceFacts>, current: DeviceFacts): DeviceChangeRequest {
  switch (ACTIONS.find((one) => one === action)) {
    case 'connect':
      return { kind: 'device.connect', device };
    case 'off':
      return { kind: 'device.power', device, isOn: false };
    case 'on':
      return { kind: 'device.power', device, isOn: true };
    case 'reset':
      return { kind: 'device.reset', device };
    case 'remove':
      return { kind: 'device.remove', device };
    case 'change':
      return { kind: 'device.change', device, facts };
    case 'update': {
      const deviceOs = updatedOs(current.deviceOs);
      if (deviceOs === undefined) throw new RangeError(`There is nothing newer than ${current.deviceOs} for this phone.`);
      return { kind: 'device.change', device, facts: { deviceOs, userAgent: updatedAgent(current, deviceOs) } };
    }
    default:
      throw new RangeError(`A phone can ${ACTIONS.join(', ')}, but not "${action}".`);
  }
}

/** Does something to one phone; a reset answers with the new partnership. */
export function handlePhone({ world }: ControlTenant, input: ControlInput): unknown {
  const organization = organizationIn(world, input);
  const device = deviceIn(organization, input);
  const action = neededText(input, 'action');
  const facts = objectIn(input, 'facts') as Partial<DeviceFacts>;
  world.commit(organization.organization.tenantId, [changeFor(action, device, facts, organization.devices.facts(device))]);
  if (action === 'remove') return {};
  return describe(organization, action === 'reset' ? organization.devices.extent - 1 : device, world.clock.now());
}
