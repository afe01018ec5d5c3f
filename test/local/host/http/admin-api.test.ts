import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HttpRequestData } from '../../../../src/local/host/protocol.ts';
import { aFunction, startSite, until } from './site-under-test.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

suite('/admin/host', () => {
  test('status says Running and who answers', async (t) => {
    const site = await startSite(t, { hasExtensionBundle: true });

    const answer = await site.send('GET', '/admin/host/status');

    const status = JSON.parse(answer.text) as Record<string, unknown>;
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(
      [status['id'], status['state'], status['version'], status['instanceId'], typeof status['processUptime']],
      ['host-1', 'Running', '4.9.9', 'instance-1', 'number'],
    );
    assert.deepEqual(Object.keys(status['extensionBundle'] as object), ['id', 'version']);
  });

  test('ping answers GET and POST with nothing', async (t) => {
    const site = await startSite(t);

    const answers = await Promise.all([site.send('GET', '/admin/host/ping'), site.send('POST', '/Admin/Host/Ping/')]);

    assert.deepEqual(
      answers.map(({ status, text }) => [status, text]),
      [
        [200, ''],
        [200, ''],
      ],
    );
  });

  for (const path of [
    '/admin',
    '/admin/host',
    '/admin/host/status/more',
    '/admin/host/keys',
    '/admin/functions/fn/status/more',
    '/admin/functions/fn/other',
  ]) {
    test(`${path} is 404`, async (t) => {
      const site = await startSite(t, { functions: [aFunction('fn')] });

      assert.equal((await site.send('GET', path)).status, 404);
    });
  }
});

suite('/admin/functions', () => {
  test('lists all functions, the disabled and refused ones included', async (t) => {
    const functions = [aFunction('a', { route: 'x' }), aFunction('b', { route: 'x' }), aFunction('c', { type: 'timerTrigger' }, true)];
    const site = await startSite(t, { functions });

    const answer = await site.send('GET', '/admin/functions', { headers: { host: 'here:1' } });

    const list = JSON.parse(answer.text) as { name: string; isDisabled: boolean; invoke_url_template: string | null }[];
    assert.deepEqual(
      list.map(({ name, isDisabled, invoke_url_template: url }) => [name, isDisabled, url]),
      [
        ['a', false, 'http://here:1/api/x'],
        ['b', false, 'http://here:1/api/x'],
        ['c', true, null],
      ],
    );
  });

  test('shows one by name in any case, with its bindings, and 404 for an unknown one', async (t) => {
    const site = await startSite(t, { functions: [aFunction('Report', { route: 'Mixed/{Name}' })] });

    const [one, none] = await Promise.all([site.send('GET', '/admin/functions/REPORT'), site.send('GET', '/admin/functions/nothing')]);

    const { name, config } = JSON.parse(one.text) as { name: string; config: { bindings: { name: string }[]; scriptFile: string } };
    assert.deepEqual(
      [name, config.scriptFile, config.bindings.map((binding) => binding.name)],
      ['Report', 'main.js', ['trigger1', '$return']],
    );
    assert.deepEqual([none.status, none.text], [404, '']);
  });

  test('status has the errors of a refused function and nothing of a served one', async (t) => {
    const site = await startSite(t, { functions: [aFunction('good'), aFunction('bad', { route: 'admin/x' })] });

    const [good, bad, none] = await Promise.all(
      ['good', 'bad', 'nothing'].map((name) => site.send('GET', `/admin/functions/${name}/status`)),
    );

    assert.deepEqual([good?.text, bad?.text], ['{}', '{"errors":["The specified route conflicts with one or more built in routes."]}']);
    assert.equal(none?.status, 404);
  });
});

suite('POST /admin/functions/{name}', () => {
  /** Content type, body, status. */
  const table: [string | undefined, string | undefined, number][] = [
    [undefined, undefined, 415],
    ['text/plain', '{"input":""}', 415],
    ['application/json', undefined, 400],
    ['application/json', 'x{', 400],
    ['application/json', 'null', 400],
    ['application/json', '[]', 400],
    ['application/json', '{"input":{}}', 400],
    ['application/json', '{}', 202],
    ['application/json; charset=utf-8', '{"other":1}', 202],
    ['application/json', '{"input":5}', 202],
  ];
  for (const [type, body, status] of table) {
    test(`the body ${body ?? '(none)'} of type ${type ?? '(none)'} is ${status}`, async (t) => {
      const functions = [aFunction('job', { type: 'timerTrigger' })];
      const site = await startSite(t, { functions, manualRuns: { timertrigger: () => Promise.resolve() } });

      const answer = await site.send('POST', '/admin/functions/job', {
        headers: type === undefined ? {} : { 'content-type': type },
        ...(body === undefined ? {} : { body }),
      });

      assert.deepEqual([answer.status, answer.text], [status, '']);
    });
  }

  test('hands the input to the trigger type’s manual run, also for a disabled function', async (t) => {
    const runs: [string, string][] = [];
    const functions = [aFunction('job', { type: 'queueTrigger' }, true)];
    const manualRuns = { queuetrigger: (fn: { name: string }, input: string) => Promise.resolve(void runs.push([fn.name, input])) };
    const site = await startSite(t, { functions, manualRuns });

    await site.send('POST', '/admin/functions/JOB', { headers: JSON_TYPE, body: '{"input":"{\\"a\\":1}"}' });

    assert.deepEqual(runs, [['job', '{"a":1}']]);
  });

  test('an unknown or refused function is 404', async (t) => {
    const site = await startSite(t, { functions: [aFunction('bad', { route: 'admin/x' })] });

    const answers = await Promise.all(
      ['nothing', 'bad'].map((name) => site.send('POST', `/admin/functions/${name}`, { headers: JSON_TYPE, body: '{}' })),
    );

    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404],
    );
  });

  test('an HTTP function runs with an empty GET', async (t) => {
    const site = await startSite(t, { functions: [aFunction('fn', { route: 'x/y' })] });

    const answer = await site.send('POST', '/admin/functions/fn', {
      headers: { ...JSON_TYPE, host: 'here:1' },
      body: '{"input":"ignored"}',
    });

    await until('the invocation', () => site.invocations.length === 1);
    const { method, url, nullableHeaders, body }: HttpRequestData = site.lastRequest();
    assert.deepEqual([answer.status, method, url, nullableHeaders, body], [202, 'GET', 'http://here:1/api/x/y', {}, undefined]);
  });

  test('a trigger that cannot be run by hand is 202 all the same, and the log says that nothing ran', async (t) => {
    const site = await startSite(t, { functions: [aFunction('flow', { type: 'orchestrationTrigger' })] });

    const answer = await site.send('POST', '/admin/functions/flow', { headers: JSON_TYPE, body: '{}' });

    assert.equal(answer.status, 202);
    assert.deepEqual(site.logged, [
      { level: 'warning', message: "'flow' was not started: a function with a orchestrationTrigger cannot be run by hand." },
    ]);
  });

  test('a manual run that fails is 202 and an error in the log', async (t) => {
    const functions = [aFunction('job', { type: 'timerTrigger' })];
    const site = await startSite(t, { functions, manualRuns: { timertrigger: () => Promise.reject(new Error('storage is down')) } });

    const answer = await site.send('POST', '/admin/functions/job', { headers: JSON_TYPE, body: '{}' });

    await until('the log line', () => site.logged.length > 0);
    assert.equal(answer.status, 202);
    assert.deepEqual(site.logged, [{ level: 'error', message: "Running 'job' by hand failed: storage is down" }]);
  });
});
