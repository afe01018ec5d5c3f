// The schedule: which runs a tick begins, and that a time that is due begins one run whatever races.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCronerTimetable } from '../../src/adapters/croner-timetable.ts';
import { addMs } from '../../src/domain/instant.ts';
import type { Instant } from '../../src/domain/instant.ts';
import type { Run } from '../../src/domain/run.ts';
import type { DiscoveryState } from '../../src/domain/connector.ts';
import { startDueRuns } from '../../src/operations/start-due-runs.ts';
import { createDiscoveryScene, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene, SceneOptions } from '../support/discovery-scene.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CREATED = '2026-11-20T10:00:00.000Z';

const lastFull = (startedAt: Instant): DiscoveryState => ({
  lastFull: { runId: 'x', startedAt, endedAt: addMs(startedAt, HOUR_MS), devices: 10 },
});

/** A connector of some days ago whose first full run completed then. */
async function scheduled(options: SceneOptions = {}): Promise<DiscoveryScene> {
  const scene = createDiscoveryScene({ ...options, ports: (made) => ({ timetable: createCronerTimetable(), ...options.ports?.(made) }) });
  scene.clock.set(CREATED);
  await scene.connect({ schedule: { full: '0 2 * * *', timeZone: 'UTC', deltaMinutes: 15 } });
  await scene.remember(lastFull(CREATED));
  return scene;
}

const begunAt = async (scene: DiscoveryScene, now: Instant): Promise<readonly string[]> => {
  const before = new Set((await all(scene)).map(({ id }) => id));
  scene.clock.set(now);
  await startDueRuns(scene.ports);
  const begun = (await all(scene)).filter(({ id }) => !before.has(id));
  return begun.map(({ kind, id }) => `${kind} ${id.slice(0, 15)}`).sort();
};

const all = async ({ ports }: DiscoveryScene): Promise<readonly Run[]> => (await ports.runs.list(organization, { top: 100 })).values;

/** Ends every run that goes on. */
async function endAll({ ports }: DiscoveryScene): Promise<void> {
  for (const kind of ['full', 'delta', 'statistics'] as const) {
    const id = await ports.runs.running(organization, kind);
    const run = id === undefined ? undefined : await ports.runs.get(organization, id);
    if (run) await ports.runs.end({ ...run.value, state: 'completed', endedAt: ports.clock.now() }, run.version);
  }
}

test('a tick begins what its time asks for: full by its expression, delta and statistics every quarter of an hour', async () => {
  const scene = await scheduled();

  const night = await begunAt(scene, '2026-11-24T02:00:10.000Z');
  await endAll(scene);
  const minuteLater = await begunAt(scene, '2026-11-24T02:01:10.000Z');
  const quarterLater = await begunAt(scene, '2026-11-24T02:15:10.000Z');

  assert.deepEqual(night, ['delta 20261124T020000', 'full 20261124T020000', 'statistics 20261124T020000']);
  assert.deepEqual(minuteLater, []);
  assert.deepEqual(quarterLater, ['delta 20261124T021500', 'statistics 20261124T021500']);
});

test('two ticks at once begin one run of each kind', async () => {
  const scene = await scheduled();
  scene.clock.set('2026-11-24T02:00:00.000Z');

  const begun = await Promise.all([startDueRuns(scene.ports), startDueRuns(scene.ports), startDueRuns(scene.ports)]);

  assert.equal(
    begun.reduce((sum, count) => sum + count),
    3,
  );
  assert.equal((await all(scene)).length, 3);
});

test('a delta that is due while one goes on is skipped, not queued', async () => {
  const scene = await scheduled();
  await begunAt(scene, '2026-11-24T10:00:10.000Z');

  const meanwhile = await begunAt(scene, '2026-11-24T10:15:10.000Z');
  const later = await begunAt(scene, '2026-11-24T10:30:10.000Z');
  await endAll(scene);
  const after = await begunAt(scene, '2026-11-24T10:31:10.000Z');

  assert.deepEqual([meanwhile, later], [[], []]);
  assert.deepEqual(after, ['delta 20261124T103000', 'statistics 20261124T103000'], 'only the latest time counts');
});

test('a full run that was missed while the app was down is made up for within a day, and no longer', async () => {
  const scene = await scheduled();

  const soon = await begunAt(scene, '2026-11-23T22:00:00.000Z');
  const other = await scheduled();
  await other.connect({ schedule: { full: '0 2 * * 0', timeZone: 'UTC', deltaMinutes: 15 } });
  const late = await begunAt(other, '2026-11-23T22:00:00.000Z');

  assert.ok(soon.includes('full 20261123T020000'));
  assert.ok(!late.some((run) => run.startsWith('full')), 'Sunday at two is more than a day ago');
});

test('the expression is meant in the time zone of the connector', async () => {
  const scene = await scheduled();
  await scene.connect({ schedule: { full: '30 3 * * *', timeZone: 'America/New_York', deltaMinutes: 15 } });

  const begun = await begunAt(scene, '2026-11-24T08:31:00.000Z');

  assert.ok(begun.includes('full 20261124T083000'), begun.join());
});

test('times before the connector was added are not due', async () => {
  const scene = createDiscoveryScene({ ports: () => ({ timetable: createCronerTimetable() }) });
  scene.clock.set('2026-11-24T10:05:00.000Z');
  await scene.connect();
  await scene.remember(lastFull('2026-11-24T10:05:00.000Z'));

  const begun = await begunAt(scene, '2026-11-24T10:06:00.000Z');

  assert.deepEqual(begun, []);
});

test('without a full run that completed there is nothing but a full run: at once, then an hour after the one before', async () => {
  const scene = createDiscoveryScene({ ports: () => ({ timetable: createCronerTimetable() }) });
  scene.clock.set(CREATED);
  await scene.connect();

  const first = await begunAt(scene, addMs(CREATED, MINUTE_MS));
  const meanwhile = await begunAt(scene, addMs(CREATED, 90 * MINUTE_MS));
  await endAll(scene);
  const tooEarly = await begunAt(scene, addMs(CREATED, 60 * MINUTE_MS));
  const again = await begunAt(scene, addMs(CREATED, 91 * MINUTE_MS));

  assert.deepEqual(first, ['full 20261120T100000']);
  assert.deepEqual([meanwhile, tooEarly], [[], []]);
  assert.deepEqual(again, ['full 20261120T110100']);
});

test('a connector that never had a full run gets one at the next tick, however long ago it was added and whenever its expression is due', async () => {
  const scene = createDiscoveryScene({ ports: () => ({ timetable: createCronerTimetable() }) });
  scene.clock.set(CREATED);
  await scene.connect({ schedule: { full: '0 2 1 * *', timeZone: 'UTC', deltaMinutes: 15 } });

  const afterDays = await begunAt(scene, addMs(CREATED, 75 * HOUR_MS));
  const minuteLater = await begunAt(scene, addMs(CREATED, 75 * HOUR_MS + MINUTE_MS));

  assert.deepEqual([afterDays, minuteLater], [['full 20261120T100000'], []]);
});

test('an organization whose runs cannot be begun keeps the others from nothing', async () => {
  const scene = await scheduled({
    ports: (made) => ({
      timetable: createCronerTimetable(),
      connectors: {
        ...made.connectors,
        async list() {
          const [mine, ...rest] = await made.connectors.list();
          assert.ok(mine);
          const broken = { ...mine.value, schedule: { full: 'nonsense', timeZone: 'Mars/Olympus', deltaMinutes: 15 } };
          return [{ ...mine, value: broken }, mine, ...rest];
        },
      },
    }),
  });

  const begun = await begunAt(scene, '2026-11-24T02:00:10.000Z');

  assert.equal(begun.length, 3);
  assert.deepEqual(
    scene.lines.filter(({ level }) => level === 'error').map(({ event }) => event),
    ['run.not-begun'],
  );
});
