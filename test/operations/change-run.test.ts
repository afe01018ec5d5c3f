// Changes of a run's record while its activities write it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { stopRun } from '../../src/operations/stop-run.ts';
import { callerOf } from '../functions/api-scene.ts';
import { createDiscoveryScene, organization } from '../support/discovery-scene.ts';

const caller = callerOf('admin', organization, []);

test('a wish to stop is kept although progress is written at the same time', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  const { runs } = scene.ports;
  let reads = 0;
  const get: typeof runs.get = async (of, id) => {
    const found = await runs.get(of, id);
    reads += 1;
    if (reads < 4) await scene.changeRun(task, { completeness: reads / 10 });
    return found;
  };

  await stopRun({ ...scene.ports, runs: { ...runs, get } }, organization, task.run, caller);

  const kept = (await runs.get(organization, task.run))?.value;
  assert.deepEqual([kept?.stopRequestedBy, kept?.completeness], [caller.objectId, 0.3]);
});

test('a run that is written all the time is given up, not fought for ever', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  const { runs } = scene.ports;
  const save = async (): Promise<never> => {
    throw new AppError('store.stale', { record: 'Runs' });
  };

  await assert.rejects(stopRun({ ...scene.ports, runs: { ...runs, save } }, organization, task.run, caller), { code: 'store.stale' });
});

test('a run that is not there cannot be stopped', async () => {
  const { ports } = createDiscoveryScene();

  await assert.rejects(stopRun(ports, organization, '20261124T080000000Z-000000000000', caller), { code: 'run.missing' });
});
