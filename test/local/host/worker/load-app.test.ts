// How an app is found and loaded: the real worker's rules (startApp.ts), in a real worker process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { appOf, startWorkerOn } from './app-under-test.ts';

const folder = tempDirectory('load-app');

const http = (name: string): string => `app.http('${name}', { handler: () => ({ body: '${name}' }) });`;
const commonJs = (name: string): string => `const { app } = require('@azure/functions'); ${http(name)}`;
const esm = (name: string): string => `import { app } from '@azure/functions'; ${http(name)}`;

const LOADED: { name: string; files: Record<string, string | object>; functions: [name: string, file: string | undefined][] }[] = [
  { name: 'a CommonJS file', files: { 'package.json': { main: 'a.js' }, 'a.js': commonJs('one') }, functions: [['one', 'a.js']] },
  {
    name: 'an ES module by package type',
    files: { 'package.json': { main: 'a.js', type: 'module' }, 'a.js': esm('one') },
    functions: [['one', 'a.js']],
  },
  { name: 'an ES module by extension', files: { 'package.json': { main: 'a.mjs' }, 'a.mjs': esm('one') }, functions: [['one', 'a.mjs']] },
  {
    name: 'a CommonJS file in an ES module package',
    files: { 'package.json': { main: 'a.cjs', type: 'module' }, 'a.cjs': commonJs('one') },
    functions: [['one', 'a.cjs']],
  },
  {
    name: 'all files of a glob, in order',
    files: {
      'package.json': { main: 'src/functions/*.js' },
      'src/functions/b.js': commonJs('two'),
      'src/functions/a.js': commonJs('one'),
      'src/functions/c.txt': 'no code',
      'src/other.js': commonJs('three'),
    },
    functions: [
      ['one', 'a.js'],
      ['two', 'b.js'],
    ],
  },
  {
    name: 'a set of files',
    files: { 'package.json': { main: '{a,b}.js' }, 'a.js': commonJs('one'), 'b.js': commonJs('two'), 'c.js': commonJs('three') },
    functions: [
      ['one', 'a.js'],
      ['two', 'b.js'],
    ],
  },
  {
    name: 'a file whose name looks like a pattern',
    files: { 'package.json': { main: 'a[1].js' }, 'a[1].js': commonJs('one') },
    functions: [['one', 'a[1].js']],
  },
  { name: 'no main at all', files: { 'package.json': {} }, functions: [] },
  { name: 'a main that is no text', files: { 'package.json': { main: 7 } }, functions: [] },
];

for (const { name, files, functions } of LOADED) {
  test(`the worker loads ${name}`, async () => {
    const { worker } = await startWorkerOn(folder, files);

    const found = worker.functions.map(({ name: functionName, scriptFile }) => [functionName, scriptFile]);
    await worker.terminate();

    assert.deepEqual(found, functions);
  });
}

test('an app without a package.json has no functions, and the log says why', async () => {
  const { worker, log } = await startWorkerOn(folder, {});

  await worker.terminate();

  assert.deepEqual(worker.functions, []);
  assert.match(log.join('\n'), /warning Host\.Startup Worker failed to load package\.json: ENOENT/);
});

const BROKEN: { name: string; files: Record<string, string | object>; message: RegExp }[] = [
  {
    name: 'a missing file',
    files: { 'package.json': { main: 'dist/app.js' } },
    message: /entry point "dist\/app\.js": File does not exist\./,
  },
  {
    name: 'a pattern that matches nothing',
    files: { 'package.json': { main: 'dist/*.js' } },
    message: /entry point "dist\/\*\.js": Found zero files matching the supplied pattern/,
  },
  { name: 'a throwing file', files: appOf(`throw new Error('no settings');`), message: /entry point "app\.js": no settings/ },
  { name: 'a syntax error', files: appOf('const = 1;'), message: /entry point "app\.js": Unexpected token/ },
  { name: 'a thrown text', files: appOf(`throw 'just text';`), message: /entry point "app\.js": just text/ },
  {
    name: 'a rejected top-level await',
    files: { 'package.json': { main: 'a.mjs' }, 'a.mjs': `await Promise.reject(new Error('no connection'));` },
    message: /entry point "a\.mjs": no connection/,
  },
  {
    name: 'the same name twice',
    files: appOf(`${http('one')} app.timer('one', { schedule: '0 0 * * * *', handler: () => undefined });`),
    message: /A function with id "one" has already been registered\./,
  },
  {
    name: 'a failing appStart hook',
    files: appOf(`${http('one')} app.hook.appStart(() => { throw new Error('not today'); });`),
    message: /not today/,
  },
  { name: 'an exit while loading', files: appOf('process.exit(3);'), message: /ended \(exit code 3\) before the app was loaded/ },
];

for (const { name, files, message } of BROKEN) {
  test(`an app with ${name} does not load, and the error names the fault`, async () => {
    await assert.rejects(startWorkerOn(folder, files), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.name, 'AppLoadError');
      assert.match(error.message, message);
      return true;
    });
  });
}

test('functions cannot be registered once the app has started', async () => {
  const { worker, call } = await startWorkerOn(folder, appOf(`df.app.activity('late', { handler: () => { ${http('more')} } });`));

  const result = await call('late');
  await worker.terminate();

  assert.ok(!result.ok);
  assert.match(result.error.message, /A function can only be registered during app startup\./);
});
