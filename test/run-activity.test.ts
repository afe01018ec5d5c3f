// What every activity of a run has in common, around an operation of our own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import azureFunctions from '@azure/functions';
import { runActivity } from '../src/run-activity.ts';
import type { RunOperation } from '../src/run-activity.ts';
import { AppError, codeOf } from '../src/domain/errors.ts';
import { addMs } from '../src/domain/instant.ts';
import type { Ports } from '../src/domain/ports.ts';
import { noCounts } from '../src/domain/run.ts';
import { createDiscoveryScene, organization, START } from './support/discovery-scene.ts';

const context = new azureFunctions.InvocationContext({ functionName: 'slice-read', logHandler: () => undefined });
const TASK = { organization, run: '20261124T080000000Z-schedulefull', instance: 'discovery-x', slice: { name: 'first-sync-3', query: {} } };
const scene = createDiscoveryScene();
const activity = (operation: RunOperation<'slice-read'>): ((input: unknown) => Promise<object>) => {
  const handle = runActivity('slice-read', operation, () => scene.ports as Ports);
  return async (input) => handle(input, context);
};

test('the operation gets the task as it is, and its answer is handed on', async () => {
  const seen: unknown[] = [];

  const answer = await activity(async (_, task) => {
    seen.push(task);
    return { outcome: 'over', reason: 'ended' };
  })(TASK);

  assert.deepEqual([seen, answer], [[TASK], { outcome: 'over', reason: 'ended' }]);
});

test('what is no task is answered like a run that is missing, and reaches no operation', async () => {
  const never: RunOperation<'slice-read'> = async () => assert.fail('the operation was called');
  const inputs = [undefined, null, 'text', 7, [], {}, { organization, run: 'x' }, { ...TASK, instance: 5 }];

  const answers = await Promise.all(inputs.map(activity(never)));

  for (const answer of answers) assert.deepEqual(answer, { outcome: 'over', reason: 'missing' });
});

test('what is thrown crosses the boundary with its code, and the log tells of the error itself', async () => {
  scene.lines.length = 0;
  const failing = activity(async () => {
    throw new AppError('store.unavailable', { request: 'listing rows' });
  });

  const thrown = await failing(TASK).catch((error: unknown) => error);

  assert.match((thrown as Error).message, /^\[store\.unavailable\] Storage did not answer listing rows/);
  assert.equal(codeOf(new Error((thrown as Error).message)), 'store.unavailable');
  const [{ level, event, fields } = assert.fail('nothing was logged')] = scene.lines;
  assert.deepEqual([level, event, fields['activity'], fields['code']], ['warn', 'activity.failed', 'slice-read', 'store.unavailable']);
});

test('a fault of ours is an error in the log, for somebody to act on', async () => {
  scene.lines.length = 0;

  await assert.rejects(
    activity(async () => {
      throw new TypeError('x is not a function');
    })(TASK),
    /^Error: \[internal\]/,
  );

  assert.deepEqual(
    scene.lines.map(({ level, event }) => [level, event]),
    [['error', 'activity.failed']],
  );
});

test('who asks for a later time promises the watchdog to be back by then, each part for itself', async () => {
  const busy = activity(async () => ({ outcome: 'again', afterSeconds: 1_800, counts: noCounts }));

  await busy(TASK);
  await busy({ ...TASK, slice: { name: 'first-sync-4', query: {} } });

  const parts = await scene.ports.runs.parts(organization, TASK.run);
  assert.deepEqual(
    parts.map(({ part, wakesAt }) => [part, wakesAt]),
    ['wait-slice-read-first-sync-3', 'wait-slice-read-first-sync-4'].map((part) => [part, addMs(START, (1_800 + 600) * 1_000)]),
  );
});

test('a task of an instance that no run ever had is told to the audit, once a minute; one that is late is not', async () => {
  const own = createDiscoveryScene();
  await own.connect();
  const task = await own.begin();
  await own.changeRun(task, { restarts: 2 });
  const turnedAway = runActivity(
    'slice-read',
    async () => ({ outcome: 'over', reason: 'superseded' }),
    () => own.ports as Ports,
  );
  const made = { ...TASK, ...task };
  const inputs = [
    made,
    { ...made, instance: `${task.instance}-1` },
    { ...made, instance: `${task.instance}-2` },
    { ...made, instance: `${task.instance}-3` },
    { ...made, instance: 'made-up' },
    { ...made, instance: 'made-up' },
    { ...made, run: '20261124T080000000Z-00000000' },
    { ...made, organization: '00000000-0000-4000-8000-00000000ffff', instance: 'elsewhere' },
    'no task',
  ];

  for (const input of inputs) await turnedAway(input, context);

  const told = async (chain: typeof organization | 'deployment'): Promise<unknown[]> =>
    (await own.ports.auditOutbox.waiting(chain, 100)).entries
      .map(({ event }) => [event.type, event.subject.id, event.details['reason']])
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  assert.deepEqual(await told(organization), [
    ['workflow.refused', task.instance, 'missing'],
    ['workflow.refused', `${task.instance}-3`, 'superseded'],
    ['workflow.refused', 'made-up', 'superseded'],
  ]);
  assert.deepEqual(await told('deployment'), [
    ['workflow.refused', 'elsewhere', 'missing'],
    ['workflow.refused', 'none', 'no task of a run'],
  ]);
});
