// `delta-read`: what can change between two full runs and matters at once: new devices, those in quarantine, and those let out of it.
// Other changes it does not see; `observedAt` of a device says so.
import type { DiscoveryState } from '../domain/connector.ts';
import type { DeviceGuid } from '../domain/device-identity.ts';
import type { AnswerOf, LongSlice } from '../domain/discovery-task.ts';
import { addMs } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import type { RunOver, RunTask } from '../domain/run-task.ts';
import type { Slice } from '../domain/slice.ts';
import { changeDiscoveryState } from './change-discovery-state.ts';
import { createDeltaReader } from './delta-reader.ts';
import type { DeltaReader, ReadList } from './delta-reader.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { QUARANTINED, standingKey, UNLINKED, UNTOLD, writeSet } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files' | 'devices' | 'mailboxes' | 'connections' | 'log'>;

/** Exchange may show a device some time after its first sync. */
const WATERMARK_OVERLAP_MS = 2 * 3_600_000;
const FEW_QUARANTINED = 2000;
const HOUR_MS = 3_600_000;
const MOST_RELEASED = 200;

/** Reads a delta; answers the lists that are too long for one activity, which have to be read in slices. */
export async function readDelta(needs: Needs, task: RunTask): Promise<AnswerOf<'delta-read'>> {
  return doTask(needs, task, 'delta', async (work): Promise<AnswerOf<'delta-read'>> => {
    const { organization, run, progress } = work;
    const state = (await needs.connectors.discoveryState(organization))?.value ?? {};
    const reader = createDeltaReader(needs, work);
    const lists = listsOf(state, run, needs.clock.now());
    const unfinished: LongSlice[] = [];
    const read: Partial<Record<ListName, ReadList>> = {};
    for (const name of listNames) {
      const slice = lists[name];
      if (!slice) continue;
      const list = await reader.read(slice);
      if ('over' in list) return over(list.over);
      read[name] = list;
      if (!list.isComplete) unfinished.push({ slice, firstSyncSample: list.firstSyncSample });
    }
    const released = read.quarantined && (await readReleased(needs, work, reader, read.quarantined));
    if (released !== undefined) return over(released);
    const { added, untold, ...changes } = await reader.finish();
    await leaveUnlinked(needs, organization, added);
    if (untold.size > 0) await writeSet(needs.files, work.key, UNTOLD, untold);
    const counts = await progress.finish({ ...changes, added: added.length });
    await changeDiscoveryState(needs.connectors, organization, (now) => ({ ...now, ...learnt(now, read, needs.clock.now()) }));
    return { outcome: 'done', unfinished, counts };
  });
}

const over = (reason: RunOver): AnswerOf<'delta-read'> => ({ outcome: 'over', reason });

const listNames = ['recent', 'quarantined'] as const;
type ListName = (typeof listNames)[number];

/** What is to be listed now. */
function listsOf(state: DiscoveryState, run: Run, now: Instant): Partial<Record<ListName, Slice>> {
  const since = state.watermark ?? state.lastFull?.startedAt ?? run.startedAt;
  const { at, devices } = state.lastQuarantine ?? { devices: 0 };
  const isQuarantineDue = at === undefined || devices <= FEW_QUARANTINED || addMs(at, HOUR_MS) <= now;
  return {
    recent: { name: 'recent', query: { firstSync: { from: addMs(since, -WATERMARK_OVERLAP_MS) } } },
    ...(isQuarantineDue && { quarantined: { name: 'quarantined', query: { accessState: 'Quarantined' } } }),
  };
}

/** What later runs need to know of what was read. A list that was not read to its end moves no watermark. */
function learnt(state: DiscoveryState, { recent, quarantined }: Partial<Record<ListName, ReadList>>, now: Instant): DiscoveryState {
  const newest = recent?.isComplete ? recent.newestFirstSync : undefined;
  const candidates = [state.watermark, newest].filter((time) => time !== undefined).toSorted();
  const watermark = candidates.at(-1);
  return {
    // A device whose clock is ahead must not make us skip those that come meanwhile.
    ...(watermark !== undefined && { watermark: watermark < now ? watermark : now }),
    ...(quarantined && { lastQuarantine: { at: now, devices: quarantined.devices } }),
  };
}

/** Re-reads devices that are in quarantine no more, some at a time; answers why the work is over when it is. */
async function readReleased(needs: Needs, work: Work, reader: DeltaReader, list: ReadList): Promise<RunOver | undefined> {
  // From a list that is not whole nothing can be told about what is missing in it.
  if (!list.isComplete || !list.isComparable) return undefined;
  const key = standingKey(work.organization);
  const before = await needs.files.set(key, QUARANTINED);
  const kept = new Set<DeviceGuid>(list.ids);
  let reread = 0;
  for (const id of before?.all() ?? []) {
    if (list.ids.has(id)) continue;
    if (reread === MOST_RELEASED || work.isTimeUp()) kept.add(id);
    else {
      reread += 1;
      const reason = await reader.readOne(id);
      if (reason !== undefined) return reason;
    }
  }
  // What was re-read is stored before it is forgotten.
  await reader.flush();
  await writeSet(needs.files, key, QUARANTINED, kept);
  return undefined;
}

/** Which of the new devices were others before a reset shows only later: a full run looks for it (link-predecessors.ts). */
async function leaveUnlinked({ files }: Needs, organization: OrganizationId, added: readonly DeviceGuid[]): Promise<void> {
  if (added.length === 0) return;
  const key = standingKey(organization);
  const earlier = await files.set(key, UNLINKED);
  await writeSet(files, key, UNLINKED, new Set([...(earlier?.all() ?? []), ...added]));
}
