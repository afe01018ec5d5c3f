// People write to devices through two app processes while discovery observes the same devices through both: nobody's write is lost.
// Every person does what the API asks for: reads with the ETag, writes with If-Match, and begins again after 412.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObservedDevice } from '../../src/domain/device.ts';
import type { DiscoveryApp, RunAnswer } from '../support/discovery-app.ts';
import type { Pair } from './two-processes.ts';

export interface InterleavedOrder {
  /** How many annotations are written. */
  readonly annotations: number;
  /** How many observations are written at least; discovery goes on until annotations and observations have been. */
  readonly observations: number;
  readonly onProgress?: (text: string) => void;
}

export interface InterleavedReport {
  readonly devices: number;
  readonly annotations: number;
  /** Writes that came too late and were begun again. */
  readonly refused: number;
  readonly observations: number;
  readonly runs: number;
}

/** So many devices get all the annotations: few, so that writers meet. */
const ANNOTATED = 8;
const WRITERS_A_PROCESS = 4;
const LOOK_AGAIN_MS = 150;

type Device = Pick<ObservedDevice, 'os'> & { readonly id: string };

/** Writes from all sides at once; rejects when something is lost. */
export async function runInterleaved({ tenant, one, other }: Pair, order: InterleavedOrder): Promise<InterleavedReport> {
  const devices = await devicesOf(one);
  const annotated = devices.slice(0, ANNOTATED);
  const state = { begun: 0, refused: 0, written: new Map(annotated.map(({ id }) => [id, 0])), observations: 0, runs: 0, isWriting: true };

  async function write(product: DiscoveryApp): Promise<void> {
    while (state.begun < order.annotations) {
      const id = annotated[state.begun % annotated.length]?.id ?? '';
      state.begun += 1;
      while (!(await addOne(product, id))) state.refused += 1;
      state.written.set(id, (state.written.get(id) ?? 0) + 1);
    }
  }

  async function observe(): Promise<void> {
    while (state.isWriting || state.observations < order.observations) {
      state.runs += 1;
      await changePhones(tenant, devices, state.runs);
      const product = state.runs % 2 === 0 ? one : other;
      const { state: ended, counts } = await untilEnded(product, await product.begin('full'));
      assert.equal(ended, 'completed');
      assert.ok(counts.changed >= devices.length);
      state.observations += counts.changed;
      order.onProgress?.(`${state.begun} annotations, ${state.observations} observations`);
    }
  }

  const writers = [one, other].flatMap((product) => Array.from({ length: WRITERS_A_PROCESS }, () => write(product)));
  await Promise.all([Promise.all(writers).finally(() => (state.isWriting = false)), observe()]);

  for (const [id, count] of state.written) {
    const { body } = await other.send('GET', `devices/${id}/annotations`);
    assert.equal(Number((body as { note?: string }).note), count, 'An annotation was lost.');
  }
  for (const { id, os } of await devicesOf(one)) assert.equal(os, osOf(state.runs), `The last observation of ${id} was lost.`);
  return {
    devices: devices.length,
    annotations: [...state.written.values()].reduce((sum, count) => sum + count, 0),
    refused: state.refused,
    observations: state.observations,
    runs: state.runs,
  };
}

/** Adds one to the number in a device's note; false when somebody else was quicker. */
async function addOne(product: DiscoveryApp, id: string): Promise<boolean> {
  const path = `devices/${id}/annotations`;
  const { etag, body } = await product.send('GET', path);
  const { note = '0' } = body as { note?: string };
  const answer = await product.send('PUT', path, { note: String(Number(note) + 1) }, { 'if-match': etag });
  assert.ok(answer.status === 200 || answer.status === 412, JSON.stringify(answer));
  return answer.status === 200;
}

/** The clock stays where it is: nothing has to be waited for, and the app always has something to do. */
async function untilEnded(product: DiscoveryApp, id: string): Promise<RunAnswer> {
  for (;;) {
    const run = await product.run(id);
    if (run.state !== 'running') return run;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function devicesOf(product: DiscoveryApp): Promise<Device[]> {
  const devices: Device[] = [];
  let path: string | undefined = 'devices?top=1000';
  while (path !== undefined) {
    const page: { value: Device[]; nextLink?: string } = await product.call('GET', path);
    devices.push(...page.value);
    path = page.nextLink?.slice(page.nextLink.indexOf('devices?'));
  }
  return devices;
}

const osOf = (round: number): string => `System ${round}`;

async function changePhones(tenant: Pair['tenant'], devices: readonly Device[], round: number): Promise<void> {
  const change = { action: 'change', facts: { deviceOs: osOf(round) } };
  await Promise.all(devices.map(({ id }) => tenant.control('POST', 'phone', { device: id, ...change })));
}
