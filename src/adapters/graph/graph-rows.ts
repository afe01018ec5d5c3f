// Graph's rows → our words. A field that is missing, null, blank or of an odd form becomes unknown; a row without an id makes the read fail.
// Fields: https://learn.microsoft.com/graph/api/resources/user and https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice
import type { DirectoryChange, DirectoryGroup, DirectoryUser, ManagedDevice } from '../../domain/directory-port.ts';
import { parseInstant } from '../../domain/instant.ts';
import type { Instant } from '../../domain/instant.ts';
import { isObject, rowReader } from '../row-reader.ts';
import type { JsonObject } from '../row-reader.ts';
import { unexpected } from './graph-errors.ts';

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim() || undefined : undefined;
}

function lowerText(value: unknown): string | undefined {
  return text(value)?.toLowerCase();
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** Intune writes the first day of year 1 where it has no time. */
function time(value: unknown): Instant | undefined {
  const written = text(value);
  return written === undefined || written.startsWith('0001-') ? undefined : parseInstant(written);
}

function ownership(value: unknown): 'company' | 'personal' | undefined {
  const owner = text(value);
  return owner === 'company' || owner === 'personal' ? owner : undefined;
}

function compliance(value: unknown): string | undefined {
  const state = text(value);
  return state === 'unknown' ? undefined : state;
}

const user = {
  userPrincipalName: ['userPrincipalName', text],
  displayName: ['displayName', text],
  mail: ['mail', text],
  department: ['department', text],
  language: ['preferredLanguage', text],
  isEnabled: ['accountEnabled', flag],
} as const;

const managedDevice = {
  userId: ['userId', lowerText],
  easDeviceId: ['easDeviceId', text],
  name: ['deviceName', text],
  model: ['model', text],
  manufacturer: ['manufacturer', text],
  os: ['operatingSystem', text],
  osVersion: ['osVersion', text],
  serialNumber: ['serialNumber', text],
  ownership: ['managedDeviceOwnerType', ownership],
  compliance: ['complianceState', compliance],
  enrolledAt: ['enrolledDateTime', time],
  lastSyncAt: ['lastSyncDateTime', time],
} as const;

const readUserFields = rowReader(user);
const readDeviceFields = rowReader(managedDevice);
const readGroupFields = rowReader({ displayName: ['displayName', text] });

const fieldsOf = (columns: Readonly<Record<string, readonly [string, unknown]>>): string =>
  ['id', ...Object.values(columns).map(([column]) => column)].join(',');

/** What is asked of a user; `accountEnabled` does not come unless it is named. */
export const USER_FIELDS = fieldsOf(user);
/** What is asked of a managed device. */
export const DEVICE_FIELDS = fieldsOf(managedDevice);

/** The row, and its id in lower case. */
function identified(row: unknown, request: string): { readonly row: JsonObject; readonly id: string } {
  const id = isObject(row) ? lowerText(row['id']) : undefined;
  if (!isObject(row) || id === undefined) throw unexpected(request, 'a row without an id');
  return { row, id };
}

function listIn(body: unknown, request: string): readonly unknown[] {
  const value = isObject(body) ? body['value'] : undefined;
  if (!Array.isArray(value)) throw unexpected(request, 'an answer without a list');
  return value;
}

export interface GraphPage {
  readonly rows: readonly unknown[];
  readonly nextLink: string | undefined;
  readonly deltaLink: string | undefined;
}

/** A page of any list. */
export function readPage(body: unknown, request: string): GraphPage {
  const rows = listIn(body, request);
  return { rows, nextLink: linkIn(body, '@odata.nextLink', request), deltaLink: linkIn(body, '@odata.deltaLink', request) };
}

/** An empty link is no link; one of another form would end the list too early. */
function linkIn(body: unknown, name: string, request: string): string | undefined {
  const link = isObject(body) ? body[name] : undefined;
  if (link !== undefined && typeof link !== 'string') throw unexpected(request, `${name} is no text`);
  return link === '' ? undefined : link;
}

export function readUser(row: unknown, request: string): DirectoryUser {
  const { id, row: fields } = identified(row, request);
  return readUserFields(fields, { id });
}

export function readGroup(row: unknown, request: string): DirectoryGroup {
  const { id, row: fields } = identified(row, request);
  return readGroupFields(fields, { id });
}

export function readManagedDevice(row: unknown, request: string): ManagedDevice {
  const { id, row: fields } = identified(row, request);
  return readDeviceFields(fields, { id });
}

/** The id of a row of which nothing else was asked. */
export function readId(row: unknown, request: string): string {
  return identified(row, request).id;
}

/** Group ids, as checkMemberGroups answers them. */
export function readIds(body: unknown, request: string): string[] {
  return listIn(body, request).map((id) => readId({ id }, request));
}

/** A row of a delta query. */
export function readChange(row: unknown, request: string): DirectoryChange {
  const { id, row: fields } = identified(row, request);
  const removed = fields['@removed'];
  if (isObject(removed)) return { kind: 'removed', id, isRestorable: removed['reason'] === 'changed' };
  const changed = readUserFields(fields, { id });
  const managerId = readManagerChange(fields, request);
  return managerId === undefined ? { kind: 'changed', user: changed } : { kind: 'changed', user: changed, managerId };
}

/** The new manager's id, null when there is none any more, undefined when the row says nothing about it. */
function readManagerChange(row: JsonObject, request: string): string | null | undefined {
  const told = row['manager@delta'];
  if (told === undefined) return undefined;
  if (!Array.isArray(told)) throw unexpected(request, 'manager@delta is no list');
  const changes = told.map((change: unknown) => identified(change, request));
  // A change of manager is told as one that went and one that came.
  return changes.find(({ row: change }) => change['@removed'] === undefined)?.id ?? null;
}
