// The DeviceStore port on tables: one table of devices, one of lookups. Keys and forms are in device-rows.ts.
import pMap from 'p-map';
import type { DeviceAnnotation, DeviceObservation, DeviceRecord } from '../../domain/device-record.ts';
import { parseDeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid, EntraObjectId } from '../../domain/device-identity.ts';
import type { DeviceAmendment, DevicePresence, DeviceStore } from '../../domain/device-store-port.ts';
import { AppError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Clock } from '../../domain/ports.ts';
import { partitionDigits } from '../../domain/store-page.ts';
import type { Comparison, ObservationWriter, PartitionDigit, ScanPage, ScanRequest, Versioned } from '../../domain/store-page.ts';
import { scanPartitions } from './bounded-scan.ts';
import {
  amendmentChange,
  annotationKey,
  annotationValues,
  deviceLookups,
  devicePartition,
  observationKey,
  OBSERVATIONS,
  PRESENCE,
  readAnnotation,
  readDevice,
  readPresence,
  toObservedRow,
} from './device-rows.ts';
import { lookUp, lookupRows, lookupSegment } from './lookup-rows.ts';
import type { LookupKind, LookupRow } from './lookup-rows.ts';
import { createObservationWriter } from './observation-writer.ts';
import { removePartitions } from './remove-partitions.ts';
import { keyOfChange } from './row.ts';
import type { RowPage, StoredRow, Table } from './row.ts';
import { writeAll, writeEach } from './transactions.ts';

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

  writer(organization: OrganizationId, comparison: Comparison): ObservationWriter<DeviceObservation> {
    return createObservationWriter({
      table: this.#devices,
      lookups: this.#lookups,
      comparison,
      partitionOf: (digit) => devicePartition(organization, digit),
      rowPrefix: OBSERVATIONS,
      toRow: (observation) => toObservedRow(organization, observation),
    });
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

  async scan(organization: OrganizationId, request: ScanRequest<DeviceRecord>): Promise<ScanPage<DeviceRecord>> {
    const options = {
      table: this.#devices,
      clock: this.#clock,
      partitionOf: (digit: string) => devicePartition(organization, digit),
      rowPrefix: OBSERVATIONS,
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
    const read = async (id: DeviceGuid): Promise<void> => {
      const found = await this.annotation(organization, id);
      if (found) annotations.set(id, found.value);
    };
    await pMap(ids, read, { concurrency: PARALLEL_READS });
    return annotations;
  }

  async annotate(organization: OrganizationId, id: DeviceGuid, annotation: DeviceAnnotation, version: string | undefined): Promise<string> {
    const row = { ...annotationKey(organization, id), values: annotationValues(annotation) };
    return this.#devices.write(version === undefined ? { kind: 'insert', row } : { kind: 'replace', row, version });
  }

  async rebuildLookups(organization: OrganizationId): Promise<{ written: number; removed: number }> {
    let written = 0;
    for await (const { rows } of this.#observations(organization)) {
      const records = rows.map((row) => readDevice(organization, row));
      const changes = records.flatMap(({ device, owner }) => deviceLookups(organization, device, owner));
      await writeAll(this.#lookups, changes);
      written += changes.length;
    }
    const isStale = async (kind: LookupKind, { id, segment }: LookupRow): Promise<boolean> => {
      const record = await this.#getByText(organization, id);
      return !record || !isFoundBy(record, kind, segment);
    };
    return { written, removed: await this.#removeLookups(organization, isStale) };
  }

  async #removeLookups(organization: OrganizationId, isStale: (kind: LookupKind, row: LookupRow) => Promise<boolean>): Promise<number> {
    let removed = 0;
    for (const kind of KINDS) {
      for await (const rows of lookupRows(this.#lookups, organization, kind)) {
        const verdicts = await pMap(rows, (row) => isStale(kind, row), { concurrency: PARALLEL_READS });
        const removals = rows.filter((_, index) => verdicts[index]).map(({ removal }) => removal);
        await writeEach(this.#lookups, removals, isMissing);
        removed += removals.length;
      }
    }
    return removed;
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
    await this.#removeLookups(organization, async () => true);
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
