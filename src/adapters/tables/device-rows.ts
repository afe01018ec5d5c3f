// Between device records and rows: `o|<id>` is the observation with its parts, `a|<id>` the annotation, both in the partition of the id.
import type {
  DeviceAnnotation,
  DeviceObservation,
  DeviceOwner,
  DeviceRecord,
  DeviceScope,
  StatisticsReading,
} from '../../domain/device-record.ts';
import { parseDeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid } from '../../domain/device-identity.ts';
import type { ObservedDevice } from '../../domain/device.ts';
import type { DeviceAmendment, DevicePresence } from '../../domain/device-store-port.ts';
import type { ManagedDevice } from '../../domain/directory-port.ts';
import { AppError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { partitionDigitOf } from '../../domain/store-page.ts';
import type { Versioned } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { keyOf } from './keys.ts';
import type { RowKey } from './keys.ts';
import { lookupChange } from './lookup-rows.ts';
import { FINGERPRINT, fingerprintOf } from './observation-writer.ts';
import type { ObservedRow } from './observation-writer.ts';
import type { BatchChange, RowValues, StoredRow } from './row.ts';

export const OBSERVATIONS = 'o|';
const ANNOTATIONS = 'a|';

const deviceDocument = createDocument<ObservedDevice>('device');
const ownerDocument = createDocument<DeviceOwner>('owner');
const statisticsDocument = createDocument<StatisticsReading>('statistics');
const scopeDocument = createDocument<DeviceScope>('scope');
const managedDocument = createDocument<ManagedDevice>('managed');
const annotationDocument = createDocument<DeviceAnnotation>('annotation');

/** The partition of an organization's devices whose ids begin with the digit. */
export function devicePartition(organization: OrganizationId, digit: string): string {
  return keyOf(organization, digit);
}

export function observationKey(organization: OrganizationId, id: DeviceGuid): RowKey {
  return { partition: devicePartition(organization, partitionDigitOf(id)), row: `${OBSERVATIONS}${id}` };
}

export function annotationKey(organization: OrganizationId, id: DeviceGuid): RowKey {
  return { partition: devicePartition(organization, partitionDigitOf(id)), row: `${ANNOTATIONS}${id}` };
}

/** The properties that one observation writes, and the lookups that lead to it. */
export function toObservedRow(organization: OrganizationId, { device, owner, observedAt }: DeviceObservation): ObservedRow {
  const lookups = deviceLookups(organization, device, owner);
  const content = { ...deviceDocument.pack(device), ...ownerDocument.pack(owner) };
  return {
    row: { ...observationKey(organization, device.guid), values: { ...content, observedAt, goneAt: '' } },
    fingerprint: fingerprintOf(content, lookups),
    ifNew: { firstSeenAt: observedAt },
    lookups,
  };
}

/** The lookup rows that a device has. */
export function deviceLookups(organization: OrganizationId, device: ObservedDevice, owner: DeviceOwner): BatchChange[] {
  const user = owner.kind === 'mailbox' ? owner.user : undefined;
  return [
    ...(user === undefined ? [] : [lookupChange(organization, 'user-device', user, device.guid)]),
    ...(device.deviceId === undefined ? [] : [lookupChange(organization, 'device-id', device.deviceId, device.guid)]),
  ];
}

/** The record in a row. */
export function readDevice(organization: OrganizationId, { row, values, version }: StoredRow): DeviceRecord {
  const device = deviceDocument.unpack(values);
  const owner = ownerDocument.unpack(values);
  if (!device || !owner) throw new AppError('store.unexpected', { request: 'reading a device', problem: 'a row holds no observation' });
  const statistics = statisticsDocument.unpack(values);
  const scope = scopeDocument.unpack(values);
  const managed = managedDocument.unpack(values);
  const predecessor = parseDeviceGuid(values['predecessor'] ?? '');
  const { observedAt = '', firstSeenAt = observedAt, goneAt = '' } = timesIn(values);
  return {
    organization,
    id: idIn(row, OBSERVATIONS),
    device,
    owner,
    observedAt,
    firstSeenAt,
    ...(statistics && { statistics }),
    ...(scope && { scope }),
    ...(managed && { managed }),
    ...(predecessor !== undefined && { predecessor }),
    ...(goneAt !== '' && { goneAt }),
    version,
  };
}

interface Times {
  readonly observedAt?: string;
  readonly firstSeenAt?: string;
  readonly goneAt?: string;
}

function timesIn(values: RowValues & Times): Times {
  return values;
}

/** The properties of which `readPresence` needs to know. */
export const PRESENCE = ['firstSeenAt', 'observedAt', 'goneAt'] as const;

export function readPresence({ row, values, version }: StoredRow): DevicePresence {
  const { observedAt = '', firstSeenAt = observedAt, goneAt = '' } = timesIn(values);
  return { id: idIn(row, OBSERVATIONS), firstSeenAt, version, ...(goneAt !== '' && { goneAt }) };
}

function idIn(row: string, prefix: string): DeviceGuid {
  const id = parseDeviceGuid(row.slice(prefix.length));
  if (id === undefined) throw new AppError('store.unexpected', { request: 'reading a device', problem: 'the key of a row holds no GUID' });
  return id;
}

/** The change that writes the parts of an amendment; it makes no row. */
export function amendmentChange(organization: OrganizationId, { id, version, ...parts }: DeviceAmendment): BatchChange {
  const { statistics, scope, managed, predecessor, goneAt } = parts;
  const values: RowValues = {
    ...(statistics !== undefined && statisticsDocument.pack(statistics ?? undefined)),
    ...(scope !== undefined && scopeDocument.pack(scope ?? undefined)),
    ...(managed !== undefined && managedDocument.pack(managed ?? undefined)),
    ...(predecessor !== undefined && { predecessor: predecessor ?? '' }),
    // Without a fingerprint the next observation is written, though it be the same as the last: that brings the device back.
    ...(goneAt !== undefined && { goneAt: goneAt ?? '', ...(goneAt !== null && { [FINGERPRINT]: '' }) }),
  };
  const row = { ...observationKey(organization, id), values };
  return { kind: 'amend', row, ...(version !== undefined && { version }) };
}

export function annotationValues(annotation: DeviceAnnotation): RowValues {
  return annotationDocument.pack(annotation);
}

/** The annotation in a row with its version; undefined when there is none. */
export function readAnnotation({ values, version }: StoredRow): Versioned<DeviceAnnotation> | undefined {
  const value = annotationDocument.unpack(values);
  return value && { value, version };
}
