// The DeviceStore port on tables: one table of devices, one of lookups. Keys and forms are in device-rows.ts.
import pMap from 'p-map';
import type { AuditEntry } from '../../domain/audit.ts';
import type { DeviceAnnotation, DeviceRecord } from '../../domain/device-record.ts';
import { parseDeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid, EntraObjectId } from '../../domain/device-identity.ts';
import type {
  DeviceAmendment,
  DeviceFreshness,
  DeviceOwnership,
  DevicePresence,
  DeviceScanRequest,
  DeviceStore,
  JudgedObservation,
} from '../../domain/device-store-port.ts';
import type { KnownDevice } from '../../domain/discovery-files-port.ts';
import { AppError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Clock } from '../../domain/ports.ts';
import { partitionDigitOf, partitionDigits } from '../../domain/store-page.ts';
import type { Comparison, KnownFingerprints, ObservationWriter, PartitionDigit, ScanPage, Versioned } from '../../domain/store-page.ts';
import { scanPartitions } from './bounded-scan.ts';
import {
  amendmentChange,
  annotatedId,
  annotationKey,
  annotationRange,
  annotationValues,
  deviceLookups,
  devicePartition,
  observationKey,
  OBSERVATIONS,
  observedDevices,
  observedId,
  PRESENCE,
  readAnnotation,
  readDevice,
  readPresence,
} from './device-rows.ts';
import {
  DEVICE_PRINT_DIGITS,
  FRESHNESS_SIDES,
  isFreshnessIncomplete,
  isKnownIncomplete,
  KNOWN_SIDES,
  OWNER_SIDES,
  readFreshness,
  readKnown,
  readOwnership,
} from './device-sides.ts';
import { lookUp, lookupSegment, removeLookups } from './lookup-rows.ts';
import type { LookupKind } from './lookup-rows.ts';
import { membershipFilterText } from './membership-rows.ts';
import { createObservationWriter } from './observation-writer.ts';
import { rebuildLookups } from './rebuild-lookups.ts';
import { removePartitions } from './remove-partitions.ts';
import { keyOfChange } from './row.ts';
import type { BatchChange, RowPage, RowValues, StoredRow, Table } from './row.ts';
import { writeEach } from './transactions.ts';
import { writeTold } from './write-told.ts';

export interface DeviceStoreOptions {
  readonly devices: Table;
  readonly lookups: Table;
  readonly clock: Clock;
}

const KINDS = ['user-device', 'device-id'] as const satisfies LookupKind[];
const PARALLEL_READS = 16;
/** Row keys are prefix and GUID: 'g' follows every hex digit. */
const ALL_OBSERVATIONS = { from: OBSERVATIONS, before: `${OBSERVATIONS}g` };

/** Devices kept in two tables. */
export function createDeviceStore(options: DeviceStoreOptions): DeviceStore {
  return new DeviceTables(options);
}

class DeviceTables implements DeviceStore {
  readonly #devices: Table;
  readonly #lookups: Table;
  readonly #clock: Clock;

  constructor({ devices, lookups, clock }: DeviceStoreOptions) {
    this.#devices = devices;
    this.#lookups = lookups;
    this.#clock = clock;
  }

  async get(organization: OrganizationId, id: DeviceGuid): Promise<DeviceRecord | undefined> {
    const row = await this.#devices.get(observationKey(organization, id));
    return row && readDevice(organization, row);
  }

  writer(organization: OrganizationId, comparison: Comparison | KnownFingerprints): ObservationWriter<JudgedObservation> {
    return createObservationWriter({
      table: this.#devices,
      lookups: this.#lookups,
      comparison,
      kind: observedDevices(organization),
      read: (digit) => this.known(organization, digit),
      digits: DEVICE_PRINT_DIGITS,
    });
  }

  async *known(organization: OrganizationId, digit: PartitionDigit): AsyncGenerator<readonly KnownDevice[]> {
    for await (const rows of this.#sides(organization, digit, KNOWN_SIDES, isKnownIncomplete)) {
      yield rows.map((row) => readKnown(observedId(row), row.values));
    }
  }

  async *freshness(organization: OrganizationId, digit: PartitionDigit): AsyncGenerator<readonly DeviceFreshness[]> {
    for await (const rows of this.#sides(organization, digit, FRESHNESS_SIDES, isFreshnessIncomplete)) {
      const fresh = rows.map((row) => readFreshness(observedId(row), row.values)).filter((each) => each !== undefined);
      if (fresh.length > 0) yield fresh;
    }
  }

  /** A few properties of each stored device; all where an older release wrote too few. */
  async *#sides(
    organization: OrganizationId,
    digit: PartitionDigit,
    properties: readonly string[],
    isIncomplete: (values: RowValues) => boolean,
  ): AsyncGenerator<readonly StoredRow[]> {
    const whole = async (row: StoredRow): Promise<StoredRow | undefined> => (isIncomplete(row.values) ? this.#devices.get(row) : row);
    for await (const { rows } of this.#devices.pages({
      partition: devicePartition(organization, digit),
      rows: ALL_OBSERVATIONS,
      properties,
    })) {
      const needsMore = rows.some(({ values }) => isIncomplete(values));
      const complete = needsMore ? await pMap(rows, whole, { concurrency: PARALLEL_READS }) : rows;
      const found = complete.filter((row) => row !== undefined);
      if (found.length > 0) yield found;
    }
  }

  async amend(organization: OrganizationId, amendments: readonly DeviceAmendment[]): Promise<readonly DeviceGuid[]> {
    const changes = amendments.map((amendment) => amendmentChange(organization, amendment));
    const refused = await writeEach(this.#devices, changes, isMissingOrStale);
    const ids = refused.map(({ change }) => parseDeviceGuid(keyOfChange(change).row.slice(OBSERVATIONS.length)));
    return ids.filter((id) => id !== undefined);
  }

  async *presence(organization: OrganizationId, digit: PartitionDigit): AsyncGenerator<readonly DevicePresence[]> {
    const partition = devicePartition(organization, digit);
    for await (const { rows } of this.#devices.pages({ partition, rows: ALL_OBSERVATIONS, properties: PRESENCE })) {
      if (rows.length > 0) yield rows.map(readPresence);
    }
  }

  async *owners(organization: OrganizationId, digit: PartitionDigit): AsyncGenerator<readonly DeviceOwnership[]> {
    const partition = devicePartition(organization, digit);
    for await (const { rows } of this.#devices.pages({ partition, rows: ALL_OBSERVATIONS, properties: OWNER_SIDES })) {
      if (rows.length > 0) yield rows.map((row) => readOwnership(observedId(row), row.values));
    }
  }

  async scan(organization: OrganizationId, request: DeviceScanRequest): Promise<ScanPage<DeviceRecord>> {
    const options = {
      table: this.#devices,
      clock: this.#clock,
      partitionOf: (digit: string) => devicePartition(organization, digit),
      rowPrefix: OBSERVATIONS,
      ...(request.filter && { filter: membershipFilterText(request.filter, OBSERVATIONS) }),
      read: (row: StoredRow) => readDevice(organization, row),
    };
    return scanPartitions(options, request);
  }

  async devicesOfUser(organization: OrganizationId, user: EntraObjectId): Promise<DeviceRecord[]> {
    return this.#find(organization, 'user-device', user);
  }

  async devicesWithDeviceId(organization: OrganizationId, deviceId: string): Promise<DeviceRecord[]> {
    return this.#find(organization, 'device-id', deviceId);
  }

  /** What the lookup leads to, less what the devices themselves do not bear out. */
  async #find(organization: OrganizationId, kind: LookupKind, name: string): Promise<DeviceRecord[]> {
    const ids = await lookUp(this.#lookups, organization, kind, name);
    const records = await pMap(ids, (id) => this.#getByText(organization, id), { concurrency: PARALLEL_READS });
    const segment = lookupSegment(name);
    return records.filter((record) => record !== undefined).filter((record) => isFoundBy(record, kind, segment));
  }

  async #getByText(organization: OrganizationId, text: string): Promise<DeviceRecord | undefined> {
    const id = parseDeviceGuid(text);
    return id && this.get(organization, id);
  }

  async annotation(organization: OrganizationId, id: DeviceGuid): Promise<Versioned<DeviceAnnotation> | undefined> {
    const row = await this.#devices.get(annotationKey(organization, id));
    return row && readAnnotation(row);
  }

  async annotationsOf(organization: OrganizationId, ids: readonly DeviceGuid[]): Promise<Map<DeviceGuid, DeviceAnnotation>> {
    const annotations = new Map<DeviceGuid, DeviceAnnotation>();
    const wanted = new Set(ids);
    // Few devices have one, and those of a page stand side by side: one read of a range finds them all.
    const read = async (inPartition: readonly DeviceGuid[]): Promise<void> => {
      for await (const { rows } of this.#devices.pages(annotationRange(organization, inPartition.toSorted()))) {
        for (const row of rows) {
          const id = annotatedId(row);
          const found = wanted.has(id) && readAnnotation(row);
          if (found) annotations.set(id, found.value);
        }
      }
    };
    await pMap(Map.groupBy(wanted, partitionDigitOf).values(), read, { concurrency: PARALLEL_READS });
    return annotations;
  }

  async annotate(
    organization: OrganizationId,
    id: DeviceGuid,
    annotation: DeviceAnnotation,
    version: string | undefined,
    entries: readonly AuditEntry[] = [],
  ): Promise<string> {
    const row = { ...annotationKey(organization, id), values: annotationValues(annotation) };
    return writeTold(this.#devices, version === undefined ? { kind: 'insert', row } : { kind: 'replace', row, version }, entries);
  }

  async rebuildLookups(organization: OrganizationId): Promise<{ written: number; removed: number }> {
    return rebuildLookups({
      lookups: this.#lookups,
      organization,
      kinds: KINDS,
      wanted: this.#wantedLookups(organization),
      isBorneOut: async (kind, { id, segment }) => {
        const record = await this.#getByText(organization, id);
        return record !== undefined && isFoundBy(record, kind, segment);
      },
    });
  }

  async *#wantedLookups(organization: OrganizationId): AsyncGenerator<BatchChange[]> {
    for await (const { rows } of this.#observations(organization)) {
      const records = rows.map((row) => readDevice(organization, row));
      yield records.flatMap(({ device, owner }) => deviceLookups(organization, device, owner));
    }
  }

  async *#observations(organization: OrganizationId, properties?: readonly string[]): AsyncGenerator<RowPage> {
    for (const digit of partitionDigits) {
      const partition = devicePartition(organization, digit);
      yield* this.#devices.pages({ partition, rows: ALL_OBSERVATIONS, ...(properties && { properties }) });
    }
  }

  async purgeGone(organization: OrganizationId, before: Instant): Promise<number> {
    let purged = 0;
    for await (const { rows } of this.#observations(organization, PRESENCE)) {
      const old = rows.map(readPresence).filter(({ goneAt }) => goneAt !== undefined && goneAt < before);
      const outcomes = await pMap(old, (device) => this.#purge(organization, device), { concurrency: PARALLEL_READS });
      purged += outcomes.filter(Boolean).length;
    }
    return purged;
  }

  /** False when the device came back meanwhile. */
  async #purge(organization: OrganizationId, { id, version }: DevicePresence): Promise<boolean> {
    try {
      await this.#devices.write({ kind: 'remove', key: observationKey(organization, id), version });
    } catch (error) {
      if (isMissingOrStale(error)) return false;
      throw error;
    }
    await this.#devices.write({ kind: 'remove', key: annotationKey(organization, id) });
    return true;
  }

  async removeAll(organization: OrganizationId): Promise<void> {
    const partitions = partitionDigits.map((digit) => devicePartition(organization, digit));
    await removePartitions(this.#devices, partitions);
    for (const kind of KINDS) await removeLookups(this.#lookups, organization, kind, async () => true);
  }
}

function isFoundBy({ device, owner }: DeviceRecord, kind: LookupKind, segment: string): boolean {
  const user = owner.kind === 'mailbox' ? owner.user : undefined;
  const name = kind === 'user-device' ? user : device.deviceId;
  return name !== undefined && lookupSegment(name) === segment;
}

function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'store.missing';
}

function isMissingOrStale(error: unknown): boolean {
  return isMissing(error) || (error instanceof AppError && error.code === 'store.stale');
}
