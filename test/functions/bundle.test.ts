// The built bundle as the host's worker sees it: what it registers, what health says, and how it behaves with wrong settings.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startApp } from './app-worker.ts';
import type { AppWorker } from './app-worker.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

/** What must be set; nothing is sent to that storage here. */
const GOOD = { TASK_HUB: 'Test1', AzureWebJobsStorage: 'UseDevelopmentStorage=true', AUDIT_KEY_FILE: 'audit-key.json' };

let app: AppWorker;
let unsetApp: AppWorker;

before(async () => {
  [app, unsetApp] = await Promise.all([startApp(GOOD), startApp({ LOG_LEVEL: 'loud' })]);
});

after(() => Promise.all([app.stop(), unsetApp.stop()]));

test('health is ready and counts exactly the functions that the host took', async () => {
  const answer = await app.call('health', 'GET');

  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, { status: 'ready', version, functions: app.functions.length });
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.deepEqual(answer.log, []);
});

test('health shows the commit of the build after the version', async (t) => {
  const ownApp = await startApp({ ...GOOD, BUILD_COMMIT: '0123456789abcdef' });
  t.after(() => ownApp.stop());

  const answer = await ownApp.call('health', 'GET');

  assert.equal(answer.body['version'], `${version}+0123456`);
});

test('every function has a unique name in kebab-case', () => {
  const names = app.functions.map((fn) => fn.name);

  assert.ok(names.length > 0);
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, names.length);
  assert.deepEqual(
    names.filter((name) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)),
    [],
  );
});

const functionsWith = (type: string): string[] =>
  app.functions.filter((fn) => Object.values(fn.bindings).some((binding) => binding.type === type)).map((fn) => fn.name);

test('the orchestrations of runs and every activity that they call are registered under their names', () => {
  const workflows = ['discovery-workflow', 'statistics-workflow'];
  const activities = [
    'delta-read',
    'directory-read',
    'known-remember',
    'mailboxes-read',
    'managed-read',
    'missing-apply',
    'missing-confirm',
    'missing-judge',
    'organization-read',
    'owner-facts-apply',
    'ownerless-read',
    'owners-resolve',
    'predecessors-link',
    'run-claim',
    'run-end',
    'slice-read',
    'slices-compare',
    'slices-learn',
    'slices-plan',
    'statistics-plan',
    'statistics-read',
  ];

  const [registeredWorkflows, registeredActivities] = [functionsWith('orchestrationTrigger'), functionsWith('activityTrigger')];

  assert.deepEqual(
    workflows.filter((name) => !registeredWorkflows.includes(name)),
    [],
  );
  assert.deepEqual(
    activities.filter((name) => !registeredActivities.includes(name)),
    [],
  );
});

test('every timer works on records alone, and is handed a client of the task hub', () => {
  const schedules = app.functions.flatMap((fn) => {
    const bindings = Object.values(fn.bindings);
    const timer = bindings.find(({ type }) => type === 'timerTrigger');
    return timer ? [[fn.name, timer['schedule'], timer['useMonitor'], bindings.some(({ type }) => type === 'durableClient')]] : [];
  });

  const known = new Map(schedules.map(([name, ...rest]) => [name, rest]));
  assert.deepEqual(
    [...known.values()].filter(([, usesMonitor, hasClient]) => usesMonitor !== false || !hasClient),
    [],
  );
  assert.deepEqual(
    ['tick', 'watchdog', 'housekeeping'].map((name) => known.get(name)?.[0]),
    ['0 * * * * *', '30 */5 * * * *', '45 41 * * * *'],
  );
});

test('what starts runs is handed a client of the task hub', () => {
  const clients = functionsWith('durableClient');

  for (const name of ['connector-put', 'discovery-start', 'runs-change']) assert.ok(clients.includes(name), `${name} of ${clients.join()}`);
});

test('the catch-all route belongs to the function whose name sorts last, because the host takes the first match by name', () => {
  const ordinal = (a: string, b: string): number => (a.toUpperCase() < b.toUpperCase() ? -1 : 1);

  const httpFunctions = app.functions.filter((fn) => Object.values(fn.bindings).some((binding) => binding.type === 'httpTrigger'));
  const names = httpFunctions.map((fn) => fn.name).sort(ordinal);
  const catchAlls = httpFunctions.filter((fn) => JSON.stringify(fn.bindings).includes('{*')).map((fn) => fn.name);

  assert.deepEqual(catchAlls, [names.at(-1)]);
});

test('the catch-all takes every method that the library can hand over', async () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

  const trigger = Object.values(app.functions.find((fn) => fn.name === 'zz-not-found')?.bindings ?? {}).find(
    ({ type }) => type === 'httpTrigger',
  );

  assert.deepEqual(trigger?.['methods'], methods);
  for (const method of methods) assert.equal((await app.call('zz-not-found', method)).status, 404, method);
});

test('an unknown path is a problem answer that carries the id of the invocation', async () => {
  const answer = await app.call('zz-not-found', 'DELETE');

  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.equal(answer.headers['x-request-id'], answer.invocationId);
  assert.deepEqual(answer.body, {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'Nothing answers DELETE on this path. Check the path and the method.',
    code: 'route.missing',
    requestId: answer.invocationId,
  });
});

test('a refusal is logged at info, and LOG_LEVEL decides whether it is written', async () => {
  const quietApp = await startApp({ ...GOOD, LOG_LEVEL: 'warn' });

  const [written, dropped] = [await app.call('zz-not-found', 'GET'), await quietApp.call('zz-not-found', 'GET')];
  const errorText = await quietApp.stop();

  assert.deepEqual(
    written.log.map(({ event, level, code }) => ({ event, level, code })),
    [{ event: 'http.refused', level: 'info', code: 'route.missing' }],
  );
  assert.deepEqual(dropped.log, []);
  assert.equal(errorText, '');
});

test('with wrong settings only functions that need none are served, and standard error names every wrong setting', async () => {
  const ownApp = await startApp({ LOG_LEVEL: 'loud' });
  const names = ownApp.functions.map((fn) => fn.name);
  const errorText = await ownApp.stop();

  assert.deepEqual(names, ['health', 'zz-not-found']);
  const entry = JSON.parse(errorText) as { event: string; level: string; error: { code: string; message: string } };
  assert.deepEqual([entry.event, entry.level, entry.error.code], ['app.not-ready', 'error', 'settings.invalid']);
  assert.match(
    entry.error.message,
    /TASK_HUB is missing.*\nLOG_LEVEL has the wrong value 'loud'[^]*\nAzureWebJobsStorage is missing[^]*\nAUDIT_KEY is missing/,
  );
});

test('with wrong settings health is 503 and says no more than that; its log says what is wrong', async () => {
  const answer = await unsetApp.call('health', 'GET');

  assert.equal(answer.status, 503);
  assert.deepEqual(answer.body, { status: 'not-ready', version, functions: 2 });
  assert.equal(answer.log[0]?.['level'], 'error');
  assert.match(JSON.stringify(answer.log[0]), /TASK_HUB is missing/);
});

test('with wrong settings every other path is 503, so that senders try again, and tells callers no setting', async () => {
  const answer = await unsetApp.call('zz-not-found', 'POST');

  assert.equal(answer.status, 503);
  assert.equal(answer.body['code'], 'app.not-ready');
  assert.doesNotMatch(JSON.stringify(answer.body), /TASK_HUB/);
});
