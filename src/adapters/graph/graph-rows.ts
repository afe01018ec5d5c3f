// Graph's rows → our words. A field that is missing, null, blank or of an odd form becomes unknown; a row without an id makes the read fail.
// Fields: https://learn.microsoft.com/graph/api/resources/user and https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice
import * as z from 'zod';
import type { DirectoryChange, DirectoryGroup, DirectoryUser, ManagedDevice } from '../../domain/directory-port.ts';
import { parseInstant } from '../../domain/instant.ts';
import { unexpected } from './graph-errors.ts';

const Text = z
  .string()
  .transform((text) => text.trim())
  .pipe(z.string().min(1))
  .optional()
  .catch(undefined);
const Flag = z.boolean().optional().catch(undefined);
const Id = z
  .string()
  .trim()
  .min(1)
  .transform((text) => text.toLowerCase());

/** What is asked of a user; `accountEnabled` does not come unless it is named. */
export const USER_FIELDS = 'id,userPrincipalName,displayName,mail,department,preferredLanguage,accountEnabled';

const User = z
  .object({
    id: Id,
    userPrincipalName: Text,
    displayName: Text,
    mail: Text,
    department: Text,
    preferredLanguage: Text,
    accountEnabled: Flag,
  })
  .transform(({ preferredLanguage: language, accountEnabled: isEnabled, ...same }): DirectoryUser =>
    without({ ...same, language, isEnabled }),
  );

const Removed = z.object({ id: Id, '@removed': z.object({ reason: z.string().optional().catch(undefined) }) });
const ManagerChanges = z.array(z.object({ id: Id, '@removed': z.unknown().optional() }));

const Group = z.object({ id: Id, displayName: Text }).transform((row): DirectoryGroup => without(row));

const Page = z.object({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.string().optional(),
  '@odata.deltaLink': z.string().optional(),
});

/** What is asked of a managed device. */
export const DEVICE_FIELDS =
  'id,userId,easDeviceId,deviceName,model,manufacturer,operatingSystem,osVersion,serialNumber,managedDeviceOwnerType,complianceState,enrolledDateTime,lastSyncDateTime';

/** Intune writes the first day of year 1 where it has no time. */
const Time = Text.transform((text) => (text === undefined || text.startsWith('0001-') ? undefined : parseInstant(text)));

const Device = z
  .object({
    id: Id,
    userId: Text,
    easDeviceId: Text,
    deviceName: Text,
    model: Text,
    manufacturer: Text,
    operatingSystem: Text,
    osVersion: Text,
    serialNumber: Text,
    managedDeviceOwnerType: Text,
    complianceState: Text,
    enrolledDateTime: Time,
    lastSyncDateTime: Time,
  })
  .transform((row): ManagedDevice => {
    const { managedDeviceOwnerType: owner, complianceState } = row;
    const ownership: 'company' | 'personal' | undefined = owner === 'company' || owner === 'personal' ? owner : undefined;
    return without({
      id: row.id,
      userId: row.userId?.toLowerCase(),
      easDeviceId: row.easDeviceId,
      name: row.deviceName,
      model: row.model,
      manufacturer: row.manufacturer,
      os: row.operatingSystem,
      osVersion: row.osVersion,
      serialNumber: row.serialNumber,
      ownership,
      compliance: complianceState === 'unknown' ? undefined : complianceState,
      enrolledAt: row.enrolledDateTime,
      lastSyncAt: row.lastSyncDateTime,
    });
  });

/** The same object without the fields that are undefined. */
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

// The overload says more than the implementation can prove.
function without<T extends object>(row: T): Present<T>;
function without(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

function read<T>(schema: z.ZodType<T>, row: unknown, request: string): T {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  // The issues name fields, not what is in them.
  throw unexpected(request, result.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`).join(', '));
}

export interface GraphPage {
  readonly rows: readonly unknown[];
  readonly nextLink: string | undefined;
  readonly deltaLink: string | undefined;
}

/** A page of any list. */
export function readPage(body: unknown, request: string): GraphPage {
  const page = read(Page, body, request);
  // An empty link is no link.
  return { rows: page.value, nextLink: page['@odata.nextLink'] || undefined, deltaLink: page['@odata.deltaLink'] || undefined };
}

export function readUser(row: unknown, request: string): DirectoryUser {
  return read(User, row, request);
}

export function readGroup(row: unknown, request: string): DirectoryGroup {
  return read(Group, row, request);
}

export function readManagedDevice(row: unknown, request: string): ManagedDevice {
  return read(Device, row, request);
}

/** The id of a row of which nothing else was asked. */
export function readId(row: unknown, request: string): string {
  return read(z.object({ id: Id }), row, request).id;
}

/** Group ids, as checkMemberGroups answers them. */
export function readIds(body: unknown, request: string): string[] {
  return read(z.object({ value: z.array(Id) }), body, request).value;
}

/** A row of a delta query. */
export function readChange(row: unknown, request: string): DirectoryChange {
  const removed = Removed.safeParse(row).data;
  if (removed) return { kind: 'removed', id: removed.id, isRestorable: removed['@removed'].reason === 'changed' };
  const user = readUser(row, request);
  const manager = readManagerChange(row, request);
  return manager === undefined ? { kind: 'changed', user } : { kind: 'changed', user, managerId: manager };
}

/** The new manager's id, null when there is none any more, undefined when the row says nothing about it. */
function readManagerChange(row: unknown, request: string): string | null | undefined {
  const { 'manager@delta': told } = read(z.object({ 'manager@delta': ManagerChanges.optional() }), row, request);
  if (told === undefined) return undefined;
  // A change of manager is told as one that went and one that came.
  return told.find((change) => change['@removed'] === undefined)?.id ?? null;
}
