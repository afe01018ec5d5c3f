// How Exchange finds what an Identity or Mailbox parameter names, and what it says when it does not.
import { parseDeviceIdentity } from '../world/identity.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { Call } from './cmdlet.ts';
import { errors } from './exchange-error.ts';

/** Position of the mailbox that `key` names in any of Exchange's ways; undefined when there is none. */
export function mailboxAt(organization: OrganizationWorld, key: string): number | undefined {
  const index = organization.mailboxes.find(key);
  return index === undefined || organization.mailboxes.isDeleted(index) ? undefined : index;
}

/** The same among the mailboxes that the caller's role reaches. */
export function reachedMailbox({ organization, caller }: Call, key: string): number | undefined {
  const index = mailboxAt(organization, key);
  return index !== undefined && caller.reaches(index) ? index : undefined;
}

/** The same, refusing an unknown name as Exchange does. */
export function findMailbox(call: Call, key: string): number {
  const index = reachedMailbox(call, key);
  if (index === undefined) throw errors.notFound(key, call.switches.notFoundStatus);
  return index;
}

/** Index of the partnership with this guid, identity or distinguished name; undefined when there is none. */
export function deviceAt(organization: OrganizationWorld, key: string): number | undefined {
  const byGuid = organization.devices.byGuid(key.trim());
  if (byGuid !== undefined) return byGuid;
  const parts = parseDeviceIdentity(key.trim());
  const mailbox = parts && mailboxAt(organization, parts.mailbox);
  if (!parts || mailbox === undefined) return undefined;
  const wanted = parts.objectName.toLowerCase();
  return organization.devices.ofMailbox(mailbox).find((index) => organization.devices.facts(index).objectName.toLowerCase() === wanted);
}

/** The same among the devices of mailboxes that the caller's role reaches. */
export function reachedDevice({ organization, caller }: Call, key: string): number | undefined {
  const index = deviceAt(organization, key);
  return index !== undefined && caller.reaches(organization.devices.mailboxOf(index)) ? index : undefined;
}

export function findDevice(call: Call, key: string): number {
  const index = reachedDevice(call, key);
  if (index === undefined) throw errors.notFound(key, call.switches.notFoundStatus);
  return index;
}

/** The mailbox that a call is about, be it by Mailbox or by Identity of a mailbox or device; undefined for calls about all. */
export function targetMailbox(call: Call): number | undefined {
  const key = call.parameters.has('Mailbox')
    ? call.parameters.text('Mailbox')
    : call.parameters.has('Identity')
      ? call.parameters.text('Identity')
      : undefined;
  if (!key) return undefined;
  const device = deviceAt(call.organization, key);
  return device === undefined ? mailboxAt(call.organization, key) : call.organization.devices.mailboxOf(device);
}
