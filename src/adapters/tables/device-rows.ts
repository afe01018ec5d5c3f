// Between device records and rows: `o|<id>` is the observation with its parts, `a|<id>` the annotation, both in the partition of the id.
import type { DeviceAnnotation, DeviceOwner, DeviceRecord } from '../../domain/device-record.ts';
import { parseDeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid } from '../../domain/device-identity.ts';
import type { ObservedDevice } from '../../domain/device.ts';
import type { DeviceAmendment, DevicePresence, JudgedObservation } from '../../domain/device-store-port.ts';
import { AppError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { partitionDigitOf, partitionDigits } from '../../domain/store-page.ts';
import type { Versioned } from '../../domain/store-page.ts';
import {
  managedDocument,
  ownerDocument,
  ownerFactsDocument,
  packManaged,
  packOwner,
  packOwnerFacts,
  packScope,
  packStatistics,
  scopeDocument,
  statisticsDocument,
  storedPrintOf,
  userOf,
  withParts,
} from './device-sides.ts';
import { createDocument } from './document.ts';
import { FINGERPRINT, fingerprintOf, PRINT_DIGITS } from './fingerprint.ts';
import { keyOf } from './keys.ts';
import type { RowKey } from './keys.ts';
import { lookupChange } from './lookup-rows.ts';
import type { ObservedKind } from './observation-writer.ts';
import type { BatchChange, RowQuery, RowValues, StoredRow } from './row.ts';

export const OBSERVATIONS = 'o|';
const ANNOTATIONS = 'a|';

const deviceDocument = createDocument<ObservedDevice>('device');
const annotationDocument = createDocument<DeviceAnnotation>('annotation');

/** The partition of an organization's devices whose ids begin with the digit. */
export function devicePartition(organization: OrganizationId, digit: string): string {
  return keyOf(organization, digit);
}

export function observationKey(organization: OrganizationId, id: string): RowKey {
  return { partition: devicePartition(organization, partitionDigitOf(id)), row: `${OBSERVATIONS}${id}` };
}

export function annotationKey(organization: OrganizationId, id: DeviceGuid): RowKey {
  return { partition: devicePartition(organization, partitionDigitOf(id)), row: `${ANNOTATIONS}${id}` };
}

/** The rows of all annotations from the first to the last of these devices, which are in order and of one partition. */
export function annotationRange(organization: OrganizationId, ids: readonly DeviceGuid[]): Pick<RowQuery, 'partition' | 'rows'> {
  const [first = '', last = first] = [ids[0], ids.at(-1)];
  return {
    partition: devicePartition(organization, partitionDigitOf(first)),
    rows: { from: `${ANNOTATIONS}${first}`, before: `${ANNOTATIONS}${last}g` },
  };
}

/** The device that the row of an annotation belongs to. */
export function annotatedId({ row }: RowKey): DeviceGuid {
  return idIn(row, ANNOTATIONS);
}

/** How observations of an organization's devices are compared and kept. */
export function observedDevices(organization: OrganizationId): ObservedKind<JudgedObservation> {
  // One key for all rows of a partition: to make it anew for each takes as long as the rest of the row.
  const partitions = new Map(partitionDigits.map((digit) => [digit, devicePartition(organization, digit)]));
  const keyOfDevice = (id: string): RowKey => ({
    partition: partitions.get(partitionDigitOf(id)) ?? '',
    row: `${OBSERVATIONS}${id}`,
  });
  return {
    idOf: ({ device }) => device.guid,
    keyOf: keyOfDevice,
    fingerprintOf: (observation, stored) => {
      const { device, owner } = observation;
      return withParts(fingerprintOf([device, owner], [userOf(owner), device.deviceId]), observation, stored);
    },
    storedPrint: ({ values }) => storedPrintOf(values),
    rowOf: ({ device, owner, scope, managed, observedAt }, fingerprint, isNew) => ({
      ...keyOfDevice(device.guid),
      values: {
        ...deviceDocument.pack(device),
        ...packOwner(owner),
        ...(scope !== undefined && packScope(scope)),
        ...(managed !== undefined && packManaged(managed)),
        observedAt,
        ...(isNew && { firstSeenAt: observedAt }),
        goneAt: '',
        [FINGERPRINT]: fingerprint.slice(0, PRINT_DIGITS),
      },
    }),
    lookupsOf: ({ device, owner }) => deviceLookups(organization, device, owner),
  };
}

/** The lookup rows that a device has. */
export function deviceLookups(organization: OrganizationId, device: ObservedDevice, owner: DeviceOwner): BatchChange[] {
  const user = userOf(owner);
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
  const ownerFacts = ownerFactsDocument.unpack(values);
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
    ...(ownerFacts && { ownerFacts }),
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

/** The id in the key of an observation. */
export function observedId({ row }: RowKey): DeviceGuid {
  return idIn(row, OBSERVATIONS);
}

function idIn(row: string, prefix: string): DeviceGuid {
  const id = parseDeviceGuid(row.slice(prefix.length));
  if (id === undefined) throw new AppError('store.unexpected', { request: 'reading a device', problem: 'the key of a row holds no GUID' });
  return id;
}

/** The change that writes the parts of an amendment; it makes no row. */
export function amendmentChange(organization: OrganizationId, { id, version, ...parts }: DeviceAmendment): BatchChange {
  const { statistics, scope, managed, ownerFacts, predecessor, goneAt } = parts;
  const values: RowValues = {
    ...(statistics !== undefined && packStatistics(statistics)),
    ...(scope !== undefined && packScope(scope)),
    ...(managed !== undefined && packManaged(managed)),
    ...(ownerFacts !== undefined && packOwnerFacts(ownerFacts)),
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
