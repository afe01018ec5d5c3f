// Registration with a small app of our own, because every function of the real one may need settings or not.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startApp } from './app-worker.ts';

let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'register-'));
  const register = JSON.stringify(new URL('../../functions/register.ts', import.meta.url).href);
  await writeFile(join(directory, 'package.json'), '{ "main": "app.mjs" }');
  await writeFile(
    join(directory, 'app.mjs'),
    `import { registerHttp, registeredFunctions } from ${register};
    const handler = async () => ({ status: 200, jsonBody: { functions: registeredFunctions() } });
    registerHttp('needs-settings', { methods: ['GET'], route: 'a', handler });
    registerHttp('needs-none', { methods: ['GET'], route: 'b', handler, isAlwaysServed: true });`,
  );
});

after(() => rm(directory, { recursive: true, force: true }));

test('with good settings every function is registered and counted', async (t) => {
  const app = await startApp(
    { TASK_HUB: 'Test1', AzureWebJobsStorage: 'UseDevelopmentStorage=true', AUDIT_KEY_FILE: 'audit-key.json' },
    directory,
  );
  t.after(() => app.stop());

  const { body } = await app.call('needs-settings', 'GET');

  assert.deepEqual(
    app.functions.map((fn) => fn.name),
    ['needs-settings', 'needs-none'],
  );
  assert.deepEqual(body, { functions: 2 });
});

test('with wrong settings a function that needs them is withheld and not counted', async (t) => {
  const app = await startApp({}, directory);
  t.after(() => app.stop());

  const { body } = await app.call('needs-none', 'GET');

  assert.deepEqual(
    app.functions.map((fn) => fn.name),
    ['needs-none'],
  );
  assert.deepEqual(body, { functions: 1 });
});
