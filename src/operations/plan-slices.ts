// `slices-plan`: into which parts a full run cuts the list of devices, by what earlier runs learnt. It asks Exchange nothing: reading is the probe
// (docs/decisions/0010).
import type { AnswerOf, SliceMode, SlicesPlanTask } from '../domain/discovery-task.ts';
import { FairSample } from '../domain/fair-sample.ts';
import type { Ports } from '../domain/ports.ts';
import { chainSlices, deviceIdSlices, firstSyncSlices, sliceModeOf } from '../domain/slice.ts';
import type { Slice } from '../domain/slice.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { scanDevices } from './scan-devices.ts';

type Needs = ProgressNeeds & Pick<Ports, 'devices' | 'files'>;

/** Enough that a slice planned by them is off by a few in a hundred, and few enough to hold. */
const SAMPLED_IDS = 16_384;

/** Answers the slices to read, how they were cut, and how many devices are expected in them together. */
export async function planSlices(needs: Needs, task: SlicesPlanTask): Promise<AnswerOf<'slices-plan'>> {
  return doTask(needs, task, `plan-${task.pass}`, async (work) => {
    const state = (await needs.connectors.discoveryState(work.organization))?.value ?? {};
    const expected = (await needs.files.known(work.key))?.present ?? 0;
    const mode = sliceModeOf({ ...state, pass: task.pass, expected });
    const slicesBy: Record<SliceMode, () => readonly Slice[] | Promise<readonly Slice[]>> = {
      chain: () => chainSlices(task),
      'first-sync': () => firstSyncSlices(state.sliceBounds ?? []),
      'device-id': async () => deviceIdSlices(await sampleDeviceIds(needs, work), expected),
    };
    const slices = await slicesBy[mode]();
    return { outcome: 'done', slices, mode, expected, counts: await work.progress.finish() };
  });
}

/** Devices are stored in the order of their Guids, which has nothing to do with DeviceIds: part of the list is as good a sample as all of it. */
async function sampleDeviceIds({ devices }: Needs, { organization, isTimeUp }: Work): Promise<readonly (string | undefined)[]> {
  const sample = new FairSample<string | undefined>(SAMPLED_IDS);
  for await (const page of scanDevices(devices, organization)) {
    for (const { device } of page) sample.add(device.deviceId);
    if (isTimeUp()) break;
  }
  return sample.values();
}
