// Reads lists and single devices for a delta and keeps what is new or changed, comparing device by device: there are few.
import { parseDeviceGuid } from '../domain/device-identity.ts';
import type { DeviceGuid } from '../domain/device-identity.ts';
import type { DeviceOwner, DeviceRecord } from '../domain/device-record.ts';
import type { JudgedObservation } from '../domain/device-store-port.ts';
import type { ObservedDevice } from '../domain/device.ts';
import { AppError } from '../domain/errors.ts';
import { FairSample, quantilesOf } from '../domain/fair-sample.ts';
import { addMs } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import { factsOfOwner, ownerOf as userOf } from '../domain/owner-facts.ts';
import type { Ports } from '../domain/ports.ts';
import type { RunOver } from '../domain/run-task.ts';
import type { Slice } from '../domain/slice.ts';
import { readDevices } from './amend-devices.ts';
import { createDeltaOwners } from './delta-owners.ts';
import type { Work } from './do-task.ts';
import { MOST_PAGES } from './read-slice.ts';
import type { WorkCounts } from './report-progress.ts';

type Needs = Pick<Ports, 'devices' | 'mailboxes' | 'connections' | 'clock' | 'log'>;

const SAMPLE_SIZE = 1024;
const QUANTILES = 64;
const LATELY_MS = 24 * 3_600_000;

/** A list as far as it was read. */
export interface ReadList {
  readonly devices: number;
  readonly ids: ReadonlySet<DeviceGuid>;
  /** False when it was longer than one activity may read. */
  readonly isComplete: boolean;
  /** False when rows came without an id. */
  readonly isComparable: boolean;
  readonly newestFirstSync?: Instant;
  readonly firstSyncSample: readonly Instant[];
}

export interface DeltaReader {
  /** Reads a list; `over` when the run is not wanted any more. */
  read(slice: Slice): Promise<ReadList | { readonly over: RunOver }>;
  /** Reads one device, if it is there and we may look; answers why the work is over when it is. */
  readOne(id: DeviceGuid): Promise<RunOver | undefined>;
  /** Writes what was read so far. */
  flush(): Promise<void>;
  /** Writes the rest and answers what became of everything. */
  finish(): Promise<ReadDevices>;
}

/** What a delta has read. */
interface ReadDevices {
  readonly read: number;
  readonly added: readonly DeviceGuid[];
  readonly changed: number;
  /** New devices, and those with a new owner, that say nothing of their owners yet, though these are known. */
  readonly untold: ReadonlySet<DeviceGuid>;
}

/** A reader for one activity. */
export function createDeltaReader(needs: Needs, work: Work): DeltaReader {
  const { organization, connector, progress } = work;
  const { usage } = progress;
  const exchange = needs.connections.exchange(connector);
  const owners = createDeltaOwners(needs, work);
  const added: DeviceGuid[] = [];
  const untold = new Set<DeviceGuid>();
  let [read, changed] = [0, 0];
  const counts = (): WorkCounts => ({ read, added: added.length, changed });
  let writer = needs.devices.writer(organization, 'each');

  async function keep(devices: readonly ObservedDevice[]): Promise<void> {
    const ids = devices.map(({ guid }) => guid);
    const records = new Map((await readDevices(needs.devices, organization, ids)).map((record) => [record.id, record]));
    const judged: JudgedObservation[] = [];
    // One after the other: each may ask Exchange.
    for (const device of devices) {
      const record = records.get(device.guid);
      const each = await owners.judge(device, record);
      judged.push(each);
      if (isUntold(each.owner, record, addMs(each.observedAt, -LATELY_MS))) untold.add(device.guid);
    }
    await writer.add(judged);
    read += devices.length;
  }

  async function flush(): Promise<void> {
    const written = await writer.finish();
    added.push(...written.addedIds.map(parseDeviceGuid).filter((id) => id !== undefined));
    changed += written.changed;
    writer = needs.devices.writer(organization, 'each');
  }

  return {
    async read({ query }) {
      let list = emptyList();
      let pages = 0;
      for await (const page of exchange.listDevices(query, { usage })) {
        // The read goes on behind the last page it may take: the list is too long.
        if (pages === MOST_PAGES || work.isTimeUp()) return finished(list, false);
        pages += 1;
        if (page.startsOver) list = emptyList();
        take(list, page.rows, page.unidentified);
        await keep(page.rows);
        const over = await progress.report(counts());
        if (over !== undefined) return { over };
      }
      return finished(list, true);
    },
    async readOne(id) {
      const over = await progress.report(counts());
      if (over !== undefined) return over;
      const device = await unlessDenied(() => exchange.getDevice(id, { usage }));
      if (device) await keep([device]);
      return undefined;
    },
    flush,
    async finish() {
      await flush();
      return { read, added, changed, untold };
    },
  };
}

/** One that was seen before may be so because the delta that saw it broke off; who says nothing for long has an owner whom the directory does not know. */
function isUntold(owner: DeviceOwner, record: DeviceRecord | undefined, since: Instant): boolean {
  if (userOf({ owner }) === undefined) return false;
  if (!record) return true;
  if (factsOfOwner({ owner, ...(record.ownerFacts && { ownerFacts: record.ownerFacts }) })) return false;
  return record.firstSeenAt >= since || userOf(record) !== userOf({ owner });
}

interface Taken {
  readonly ids: Set<DeviceGuid>;
  readonly firstSyncs: FairSample<Instant>;
  unidentified: number;
  newestFirstSync: Instant | undefined;
}

function emptyList(): Taken {
  return { ids: new Set(), firstSyncs: new FairSample(SAMPLE_SIZE), unidentified: 0, newestFirstSync: undefined };
}

function take(list: Taken, rows: readonly ObservedDevice[], unidentified: number): void {
  list.unidentified += unidentified;
  for (const { guid, firstSyncAt } of rows) {
    list.ids.add(guid);
    if (firstSyncAt === undefined) continue;
    list.firstSyncs.add(firstSyncAt);
    if (list.newestFirstSync === undefined || firstSyncAt > list.newestFirstSync) list.newestFirstSync = firstSyncAt;
  }
}

function finished({ ids, firstSyncs, unidentified, newestFirstSync }: Taken, isComplete: boolean): ReadList {
  return {
    devices: ids.size,
    ids,
    isComplete,
    isComparable: unidentified === 0,
    ...(newestFirstSync !== undefined && { newestFirstSync }),
    firstSyncSample: isComplete ? [] : quantilesOf(firstSyncs.values().toSorted(), QUANTILES),
  };
}

/** Undefined also where Exchange does not let us look at this one. */
async function unlessDenied<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'exchange.denied') return undefined;
    throw error;
  }
}
