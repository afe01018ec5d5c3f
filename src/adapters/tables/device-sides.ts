// Short properties beside the documents of a device, written along with them, so that a run reads a few bytes of each device instead of all.
// The documents are the truth. A row of an older form has a document without its side: then the whole row is read.
import type { DeviceFreshness, DeviceOwnership } from '../../domain/device-store-port.ts';
import { parseMailboxGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid, EntraObjectId } from '../../domain/device-identity.ts';
import type { DeviceOwner, DeviceScope, OwnerFacts, StatisticsReading } from '../../domain/device-record.ts';
import type { ManagedDevice } from '../../domain/directory-port.ts';
import type { KnownDevice } from '../../domain/discovery-files-port.ts';
import { createDocument } from './document.ts';
import { ownerFactsSides, ownerUserSide } from './membership-rows.ts';
import { digest, FINGERPRINT, PRINT_DIGITS } from './fingerprint.ts';
import type { RowValues } from './row.ts';

export const ownerDocument = createDocument<DeviceOwner>('owner');
export const statisticsDocument = createDocument<StatisticsReading>('statistics');
export const scopeDocument = createDocument<DeviceScope>('scope');
export const managedDocument = createDocument<ManagedDevice>('managed');
export const ownerFactsDocument = createDocument<OwnerFacts>('ownerFacts');

const MANAGED_DIGITS = 12;
const SCOPE_CODES = { '': '00', in: '01', outside: '02', inactive: '03' } as const;
type ScopeKind = keyof typeof SCOPE_CODES;

/** How long the whole fingerprint of a device is: observation and lookups, managed device, scope. */
export const DEVICE_PRINT_DIGITS = PRINT_DIGITS + MANAGED_DIGITS + 2;

/** What `readKnown` needs of a row. */
export const KNOWN_SIDES = [FINGERPRINT, 'goneAt', 'scopeKind', 'scope_form', 'managedPrint', 'managed_form'] as const;
/** What `readFreshness` needs of a row. */
export const FRESHNESS_SIDES = ['goneAt', 'observedAt', 'ownerMailbox', 'readAt', 'statistics_form', 'scopeKind', 'scope_form'] as const;

/** What `readOwnership` needs of a row: no more than one property each, because both are short. */
export const OWNER_SIDES = ['owner', 'owner_form', 'ownerFacts', 'ownerFacts_form'] as const;

/** The properties of which this file knows. */
interface Sides {
  readonly fingerprint?: string;
  readonly goneAt?: string;
  readonly observedAt?: string;
  readonly ownerMailbox?: string;
  readonly readAt?: string;
  readonly scopeKind?: string;
  readonly managedPrint?: string;
  readonly owner_form?: string;
  readonly statistics_form?: string;
  readonly scope_form?: string;
  readonly managed_form?: string;
}

function sidesIn(values: RowValues & Sides): Sides {
  return values;
}

/** The properties that hold the owner. */
export function packOwner(owner: DeviceOwner): RowValues {
  return { ...ownerDocument.pack(owner), ownerMailbox: mailboxOf(owner), ...ownerUserSide(userOf(owner)) };
}

/** The properties that hold what is known of the owner, or say that nothing is. */
export function packOwnerFacts(facts: OwnerFacts | null): RowValues {
  return { ...ownerFactsDocument.pack(facts ?? undefined), ...ownerFactsSides(facts ?? undefined) };
}

/** Whose the device is. */
export function readOwnership(id: DeviceGuid, values: RowValues): DeviceOwnership {
  const owner = ownerDocument.unpack(values);
  const user = owner && userOf(owner);
  const facts = ownerFactsDocument.unpack(values);
  return { id, ...(user !== undefined && { user }), ...(facts && { facts }) };
}

/** The user who owns a device. */
export function userOf(owner: DeviceOwner): EntraObjectId | undefined {
  return owner.kind === 'mailbox' ? owner.user : undefined;
}

/** The properties that hold statistics, or say that there are none. */
export function packStatistics(statistics: StatisticsReading | null): RowValues {
  return { ...statisticsDocument.pack(statistics ?? undefined), readAt: statistics?.readAt ?? '' };
}

/** The properties that hold the scope, or say that nobody judged it. */
export function packScope(scope: DeviceScope | null): RowValues {
  return { ...scopeDocument.pack(scope ?? undefined), scopeKind: scopeKindOf(scope ?? undefined) };
}

/** The properties that hold the managed device, or say that there is none. */
export function packManaged(managed: ManagedDevice | null): RowValues {
  return { ...managedDocument.pack(managed ?? undefined), managedPrint: managedPrintOf(managed ?? undefined) };
}

function mailboxOf(owner: DeviceOwner | undefined): string {
  return owner?.kind === 'mailbox' ? owner.mailbox : '';
}

function scopeKindOf(scope: DeviceScope | undefined): ScopeKind {
  if (!scope) return '';
  return scope.isInScope ? 'in' : scope.reason;
}

function managedPrintOf(managed: ManagedDevice | undefined): string {
  return managed ? digest(JSON.stringify(managed), MANAGED_DIGITS) : '';
}

/**
 * The whole fingerprint once these parts are written over what is `stored`. A part that is not given stays as it is stored,
 * so that runs that judge it and runs that do not leave each other's rows alone.
 */
export function withParts(
  print: string,
  { scope, managed }: { readonly scope?: DeviceScope | null; readonly managed?: ManagedDevice | null },
  stored: string | undefined,
): string {
  const managedEnd = PRINT_DIGITS + MANAGED_DIGITS;
  const ofManaged = managed === undefined ? (stored ?? '').slice(PRINT_DIGITS, managedEnd) : managedPrintOf(managed ?? undefined);
  const ofScope = scope === undefined ? (stored ?? '').slice(managedEnd) : SCOPE_CODES[scopeKindOf(scope ?? undefined)];
  return `${print}${ofManaged.padEnd(MANAGED_DIGITS, '0')}${ofScope.padEnd(2, '0')}`;
}

/** Whether these properties of a row are too few to know the device, because an older release wrote them. */
export function isKnownIncomplete(values: RowValues): boolean {
  const { scopeKind, scope_form: scope, managedPrint, managed_form: managed } = sidesIn(values);
  return isWithoutSide(scopeKind, scope) || isWithoutSide(managedPrint, managed);
}

/** Whether these properties of a row are too few to tell how fresh its statistics are. */
export function isFreshnessIncomplete(values: RowValues): boolean {
  const { ownerMailbox, readAt, statistics_form: statistics, scopeKind, scope_form: scope } = sidesIn(values);
  return ownerMailbox === undefined || isWithoutSide(readAt, statistics) || isWithoutSide(scopeKind, scope);
}

function isWithoutSide(side: string | undefined, form: string | undefined): boolean {
  return side === undefined && form !== undefined && form !== '';
}

/** The whole fingerprint of a stored row, '' when its next observation has to be written in any case. */
export function storedPrintOf(values: RowValues): string {
  const { fingerprint = '', managedPrint } = sidesIn(values);
  if (fingerprint === '') return '';
  const managed = managedPrint ?? managedPrintOf(managedDocument.unpack(values));
  return `${fingerprint}${managed.padEnd(MANAGED_DIGITS, '0')}${SCOPE_CODES[scopeKindIn(values)]}`;
}

function scopeKindIn(values: RowValues): ScopeKind {
  const { scopeKind } = sidesIn(values);
  if (scopeKind === 'in' || scopeKind === 'outside' || scopeKind === 'inactive' || scopeKind === '') return scopeKind;
  return scopeKindOf(scopeDocument.unpack(values));
}

/** The short form for a full run; the values are those of `KNOWN_SIDES`, or of the whole row where those are incomplete. */
export function readKnown(id: DeviceGuid, values: RowValues): KnownDevice {
  const { goneAt = '' } = sidesIn(values);
  const scopeKind = scopeKindIn(values);
  return { id, fingerprint: storedPrintOf(values), isGone: goneAt !== '', scope: scopeKind === '' ? 'in' : scopeKind };
}

/** The short form for the reading of statistics; undefined for a device that is gone. */
export function readFreshness(id: DeviceGuid, values: RowValues): DeviceFreshness | undefined {
  const { goneAt = '', observedAt = '' } = sidesIn(values);
  if (goneAt !== '') return undefined;
  const mailbox = parseMailboxGuid(sidesIn(values).ownerMailbox ?? mailboxOf(ownerDocument.unpack(values)));
  const readAt = sidesIn(values).readAt ?? statisticsDocument.unpack(values)?.readAt ?? '';
  const isOutside = scopeKindIn(values) === 'outside';
  return { id, observedAt, isOutside, ...(mailbox !== undefined && { mailbox }), ...(readAt !== '' && { readAt }) };
}
