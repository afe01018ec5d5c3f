// `predecessors-link`: looks for each device that was added lately whether it is a known one after a reset, so that its history goes on.
// Best effort: a device that is not linked is simply new.
import pMap from 'p-map';
import type { DeviceGuid } from '../domain/device-identity.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import type { AnswerOf, ReadSlicesTask } from '../domain/discovery-task.ts';
import { addMs } from '../domain/instant.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { predecessorOf } from '../domain/predecessor.ts';
import { mergeSets } from '../domain/vanishing.ts';
import { readDevices } from './amend-devices.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { chunksOf, standingKey, UNLINKED, writeSet } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files' | 'devices' | 'log'>;

const CHUNK = 100;
const PARALLEL_USERS = 8;
/** For so long after a device was first seen its predecessor can show: when that is found to be gone, or stays silent. */
const LATELY_MS = 7 * 24 * 3_600_000;

/** Answers how many devices were linked: of those that this run added, and of those that earlier runs added. */
export async function linkPredecessors(needs: Needs, task: ReadSlicesTask): Promise<AnswerOf<'predecessors-link'>> {
  return doTask(needs, task, 'predecessors', async (work): Promise<AnswerOf<'predecessors-link'>> => {
    const { organization, progress } = work;
    const looked = new Set<DeviceGuid>();
    const undecided: DeviceGuid[] = [];
    let linked = 0;
    for (const ids of chunksOf(await addedLately(needs, work, task.slices), CHUNK)) {
      if (work.isTimeUp()) {
        needs.log.warn('Not every new device was compared with those before it', { run: task.run });
        break;
      }
      const found = await lookAt(needs, organization, ids);
      linked += found.linked;
      undecided.push(...found.undecided);
      for (const id of ids) looked.add(id);
      const reason = await progress.report();
      if (reason !== undefined) return { outcome: 'over', reason };
    }
    const key = standingKey(organization);
    // A delta may have left more meanwhile.
    const left = [...((await needs.files.set(key, UNLINKED))?.all() ?? [])].filter((id) => !looked.has(id));
    await writeSet(needs.files, key, UNLINKED, [...left, ...undecided]);
    return { outcome: 'done', linked, counts: await progress.finish() };
  });
}

async function addedLately({ files }: Needs, { key, organization }: Work, slices: readonly string[]): Promise<Iterable<DeviceGuid>> {
  const earlier = await files.set(standingKey(organization), UNLINKED);
  const sets = await pMap(slices, (slice) => files.set(key, `added-${slice}`), { concurrency: 4 });
  return mergeSets([earlier, ...sets].filter((set) => set !== undefined).map((set) => set.all()));
}

async function lookAt(
  { devices, clock }: Needs,
  organization: OrganizationId,
  ids: readonly DeviceGuid[],
): Promise<{ readonly linked: number; readonly undecided: readonly DeviceGuid[] }> {
  const records = await readDevices(devices, organization, ids);
  const open = records.filter(({ goneAt, predecessor }) => goneAt === undefined && predecessor === undefined);
  const answers = await pMap(open, (record) => predecessorIn(devices, record), { concurrency: PARALLEL_USERS });
  const links = open.flatMap(({ id }, index) => {
    const predecessor = answers[index];
    return predecessor === undefined ? [] : [{ id, predecessor }];
  });
  const refused = await devices.amend(organization, links);
  const since = addMs(clock.now(), -LATELY_MS);
  const undecided = open.filter(({ firstSeenAt }, index) => answers[index] === undefined && firstSeenAt >= since);
  return { linked: links.length - refused.length, undecided: undecided.map(({ id }) => id) };
}

async function predecessorIn(devices: Needs['devices'], record: DeviceRecord): Promise<DeviceGuid | undefined> {
  const user = record.owner.kind === 'mailbox' ? record.owner.user : undefined;
  return user === undefined ? undefined : predecessorOf(record, await devices.devicesOfUser(record.organization, user));
}
