// Adding and changing a connector below HTTP: writers that overtake each other, and generations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { Precondition } from '../../src/domain/precondition.ts';
import { putConnector } from '../../src/operations/put-connector.ts';
import type { ConnectorAsk } from '../../src/operations/put-connector.ts';
import { removeConnector } from '../../src/operations/remove-connector.ts';
import { callerOf } from '../functions/api-scene.ts';
import { createDiscoveryScene, organization } from '../support/discovery-scene.ts';

const caller = callerOf('admin', organization, []);
const ask = (precondition: Precondition, keepGoneDays = 90): ConnectorAsk => ({
  organization,
  settings: { ...defaultConnectorSettings, keepGoneDays },
  caller,
  precondition,
});

test('changes of whatever version is there all succeed, one after the other', async () => {
  const { ports } = createDiscoveryScene();
  await putConnector(ports, ask({ kind: 'none' }));

  const changes = await Promise.all([1, 2, 3].map((days) => putConnector(ports, ask({ kind: 'present' }, days))));

  assert.equal(new Set(changes.map(({ version }) => version)).size, 3);
});

test('of two changes of the same version one is refused, also when both read it before either wrote', async () => {
  const { ports } = createDiscoveryScene();
  const { version } = await putConnector(ports, ask({ kind: 'none' }));
  const named: Precondition = { kind: 'versions', versions: [version] };

  const changes = await Promise.allSettled([putConnector(ports, ask(named, 1)), putConnector(ports, ask(named, 2))]);

  assert.deepEqual(changes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const refused = changes.find((change) => change.status === 'rejected');
  assert.equal((refused?.reason as { code: string } | undefined)?.code, 'if-match.stale');
});

test('what is changed keeps its generation and its beginning', async () => {
  const { ports, clock } = createDiscoveryScene();
  const added = await putConnector(ports, ask({ kind: 'none' }));
  clock.advance(1000);

  const changed = await putConnector(ports, ask({ kind: 'present' }));

  assert.deepEqual([changed.value.generation, changed.value.createdAt], [added.value.generation, added.value.createdAt]);
  assert.equal(changed.value.changedAt, clock.now());
});

test('each connector of an organization has a higher generation than the runs of those before', async () => {
  const { ports, clock } = createDiscoveryScene();
  const generations: number[] = [];

  for (let index = 0; index < 3; index += 1) {
    const { value } = await putConnector(ports, ask({ kind: 'absent' }));
    generations.push(value.generation);
    // The run of a removed connector finds that out and ends.
    const running = await ports.runs.running(organization, 'full');
    const run = running === undefined ? undefined : await ports.runs.get(organization, running);
    if (run) await ports.runs.end({ ...run.value, state: 'failed', endedAt: clock.now() }, run.version);
    await removeConnector(ports, { organization, caller, precondition: { kind: 'present' } });
    clock.advance(60_000);
  }

  assert.deepEqual(generations, [1, 2, 3]);
});
