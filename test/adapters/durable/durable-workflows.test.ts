// The Workflows port on the real client of Durable Functions and the local host: what a start over a live instance, an unknown instance and a
// host that is gone come to.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRequire } from 'node:module';
import type { DurableClient } from 'durable-functions';
import { createDurableWorkflows } from '../../../src/adapters/durable/durable-workflows.ts';
import type { Workflows } from '../../../src/domain/workflows-port.ts';
import { startHeldHub } from '../../local/host/durable/hub-under-test.ts';
import type { HeldHub } from '../../local/host/durable/hub-under-test.ts';
import { tempDirectory } from '../../support/temp-directory.ts';

/** The class behind `getClient`; the package has no types for it. */
const { DurableClient: Client } = createRequire(import.meta.url)('durable-functions/lib/src/durableClient/DurableClient.js') as {
  DurableClient: new (data: object) => DurableClient;
};

const DAY_MS = 86_400_000;
const QUERY = 'connection=Storage';
let hub: HeldHub;
let workflows: Workflows;

/** A client as the host's binding describes it. */
function clientAt(origin: string): DurableClient {
  const base = `${origin}/runtime/webhooks/durabletask`;
  const instance = `${base}/instances/INSTANCEID`;
  return new Client({
    taskHubName: 'TestHub',
    creationUrls: { createNewInstancePostUri: `${base}/orchestrators/{functionName}[/{instanceId}]` },
    managementUrls: {
      id: 'INSTANCEID',
      statusQueryGetUri: `${instance}?${QUERY}`,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?${QUERY}`,
      terminatePostUri: `${instance}/terminate?reason={text}&${QUERY}`,
      purgeHistoryDeleteUri: `${instance}?${QUERY}`,
    },
    baseUrl: base,
    requiredQueryStringParameters: QUERY,
  });
}

before(async () => {
  hub = await startHeldHub({ data: tempDirectory('durable-workflows') });
  workflows = createDurableWorkflows(() => clientAt(hub.host.url));
});

after(() => hub.stop());

test('an instance is gone, runs once it is started, and has ended when it is done', async () => {
  const unknown = await workflows.state('life');
  await workflows.start('patient', 'life', { days: '1' });
  await hub.settled();
  const during = await workflows.state('life');

  await hub.advance(DAY_MS);
  const afterwards = await workflows.state('life');

  assert.deepEqual([unknown, during, afterwards], ['gone', 'running', 'ended']);
});

test('to start what goes on already is success and changes nothing; to start what has ended starts it anew', async () => {
  await workflows.start('patient', 'twice', { days: '2' });
  await hub.settled();
  await hub.advance(DAY_MS);

  await workflows.start('patient', 'twice', { days: '2' });
  await hub.advance(DAY_MS);
  const first = await workflows.state('twice');
  await workflows.start('patient', 'twice', { days: '2' });
  await hub.settled();

  assert.deepEqual([first, await workflows.state('twice')], ['ended', 'running']);
  await workflows.terminate('twice', 'the test is over');
});

test('a nudge reaches an instance that waits for it; one for nobody is lost without a word', async () => {
  await workflows.start('patient', 'nudged', { days: '5' });
  await hub.settled();

  await workflows.nudge('nudged', 'hurry');
  await workflows.nudge('nobody', 'hurry');
  await hub.settled();

  assert.equal(await workflows.state('nudged'), 'ended');
});

test('an instance is terminated with a reason that holds any character; one that has ended or is gone is success', async () => {
  await workflows.start('patient', 'stopped', { days: '5' });
  await hub.settled();

  await workflows.terminate('stopped', 'the run & its files are gone?');
  await hub.settled();
  await workflows.terminate('stopped', 'again');
  await workflows.terminate('nobody', 'again');

  assert.equal((await hub.status('stopped'))?.output, 'the run & its files are gone?');
  assert.equal(await workflows.state('stopped'), 'ended');
});

test('an ended instance is forgotten; one that is gone is success, one that runs is not touched', async () => {
  await workflows.start('patient', 'forgotten', { days: '5' });
  await hub.settled();

  const running = workflows.purge('forgotten');
  await assert.rejects(running, { code: 'workflow.unavailable' });
  await workflows.terminate('forgotten', 'x');
  await hub.settled();
  await workflows.purge('forgotten');
  await workflows.purge('forgotten');

  assert.equal(await workflows.state('forgotten'), 'gone');
});

test('a host that does not answer is unavailable, whatever is asked of it', async () => {
  const unreachable = createDurableWorkflows(() => clientAt('http://127.0.0.1:9'));

  const calls = [
    unreachable.start('patient', 'x', {}),
    unreachable.state('x'),
    unreachable.nudge('x', 'hurry'),
    unreachable.terminate('x', 'y'),
    unreachable.purge('x'),
  ];

  for (const call of calls) await assert.rejects(call, { code: 'workflow.unavailable' });
});
