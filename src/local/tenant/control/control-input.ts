// Reads what control calls are given; every mistake is a RangeError that says what is expected.
import type { OrganizationWorld } from '../world/organization.ts';
import type { World } from '../world/world.ts';
import { deviceAt, mailboxAt } from '../exchange/find.ts';

export type ControlInput = Readonly<Record<string, unknown>>;

/** A text; undefined when it is not given. */
export function textIn(input: ControlInput, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new RangeError(`${name} is a text, not ${JSON.stringify(value)}.`);
  return value;
}

export function neededText(input: ControlInput, name: string): string {
  const value = textIn(input, name);
  if (value === undefined) throw new RangeError(`${name} is missing.`);
  return value;
}

export function numberIn(input: ControlInput, name: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  if (!Number.isFinite(number)) throw new RangeError(`${name} is a number, not ${JSON.stringify(value)}.`);
  return number;
}

/** True or false, as JSON or as text; undefined when it is not given. */
export function flagIn(input: ControlInput, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === '') return undefined;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new RangeError(`${name} is true or false, not ${JSON.stringify(value)}.`);
}

export function objectIn(input: ControlInput, name: string): Record<string, unknown> {
  const value = input[name] ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError(`${name} is an object, not ${JSON.stringify(value)}.`);
  return value as Record<string, unknown>;
}

/** The organization that `tenantId` (an id or a domain) names; the only or first one when it is left out. */
export function organizationIn(world: World, input: ControlInput): OrganizationWorld {
  const key = textIn(input, 'tenantId');
  const organization = key === undefined ? world.organizations()[0] : world.organization(key);
  const known = world.organizations().map((one) => one.organization.initialDomain);
  if (!organization) throw new RangeError(`There is no organization "${key}". There are: ${known.join(', ')}.`);
  return organization;
}

export function mailboxIn(organization: OrganizationWorld, input: ControlInput): number {
  const key = neededText(input, 'mailbox');
  const index = mailboxAt(organization, key);
  if (index === undefined) throw new RangeError(`There is no mailbox "${key}".`);
  return index;
}

/** A phone by guid, identity, or `<mailbox>/<position>` with positions from 1. */
export function deviceIn(organization: OrganizationWorld, input: ControlInput): number {
  const key = neededText(input, 'device');
  const byIdentity = deviceAt(organization, key);
  if (byIdentity !== undefined) return byIdentity;
  const [, mailbox = '', position = ''] = /^(.+)\/(\d+)$/.exec(key) ?? [];
  const index = mailbox === '' ? undefined : mailboxAt(organization, mailbox);
  const device = index === undefined ? undefined : organization.devices.ofMailbox(index)[Number(position) - 1];
  if (device === undefined) throw new RangeError(`There is no phone "${key}". Name it by guid, by Identity, or as alice/1.`);
  return device;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time: milliseconds, or `90s`, `15m`, `2h`, `7d`. */
export function durationMs(value: unknown): number {
  const [, count = '', unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(String(value)) ?? [];
  const factor = UNITS[unit];
  if (count === '' || factor === undefined)
    throw new RangeError(`${JSON.stringify(value)} is no length of time: write 90s, 15m, 2h or 7d.`);
  return Number(count) * factor;
}
