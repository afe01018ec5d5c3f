// One invocation in a real worker process: hooks, errors, results.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { appOf, startWorkerOn } from './app-under-test.ts';

const folder = tempDirectory('invoke');

const THROWN: { code: string; message: string }[] = [
  { code: `throw new Error('boom')`, message: 'boom' },
  { code: `throw 'text'`, message: 'text' },
  { code: `throw { code: 7 }`, message: '{"code":7}' },
  { code: `throw ''`, message: '' },
  { code: `throw 0`, message: '0' },
  { code: `throw false`, message: 'false' },
  { code: `throw null`, message: 'Unknown error' },
  { code: `throw undefined`, message: 'Unknown error' },
];

test('whatever is thrown fails the invocation, with its message', async () => {
  const source = THROWN.map(({ code }, index) => `df.app.activity('a${index}', { handler: () => { ${code}; } });`).join('\n');
  const { worker, call } = await startWorkerOn(folder, appOf(source));

  const results = await Promise.all(THROWN.map((_, index) => call(`a${index}`)));
  await worker.terminate();

  assert.deepEqual(
    results.map((result) => (result.ok ? 'no failure' : result.error.message)),
    THROWN.map(({ message }) => message),
  );
});

test('hooks run in the order of their registration, around every part of an app', async () => {
  const { worker, log, call } = await startWorkerOn(
    folder,
    appOf(`
      const started = [];
      app.hook.appStart(() => { started.push('start 1'); });
      app.hook.appStart(() => { started.push('start 2'); });
      const core = require('@azure/functions-core');
      app.hook.appTerminate(() => { core.log('information', 'user', 'end 1'); });
      app.hook.appTerminate(() => { throw new Error('end 2'); });
      app.hook.appTerminate(() => { core.log('information', 'user', 'end 3'); });
      app.hook.preInvocation((context) => { context.hookData.list = [...started, 'pre 1']; });
      app.hook.preInvocation((context) => { context.hookData.list.push('pre 2'); });
      app.hook.postInvocation((context) => { context.hookData.list.push('post 1'); });
      app.hook.postInvocation((context) => { context.result = { list: context.hookData.list, was: context.result }; });
      df.app.activity('work', { handler: () => 'result' });
    `),
  );

  const result = await call('work');
  await worker.terminate();

  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(JSON.parse(result.returnValue?.json ?? ''), { list: ['start 1', 'start 2', 'pre 1', 'pre 2', 'post 1'], was: 'result' });
  assert.deepEqual(
    log.map((line) => line.split(' ').slice(-2).join(' ')),
    ['end 1', 'end 2', 'end 3'],
  );
});

test('a hook may change inputs, handler and error', async () => {
  const { worker, call } = await startWorkerOn(
    folder,
    appOf(`
      app.hook.preInvocation((context) => {
        context.inputs[0] = context.inputs[0] + 1;
        const given = context.functionHandler;
        context.functionHandler = async (...inputs) => 10 * (await given(...inputs));
      });
      app.hook.postInvocation((context) => {
        if (!context.error) return;
        context.result = 'saved from ' + context.error.message;
        context.error = null;
      });
      df.app.activity('work', { handler: (input) => { if (input > 5) throw new Error('too much'); return input; } });
    `),
  );

  const fine = await call('work', { string: '1' });
  const saved = await call('work', { string: '6' });
  await worker.terminate();

  assert.deepEqual([fine.ok && fine.returnValue, saved.ok && saved.returnValue], [{ int: 20 }, { string: 'saved from too much' }]);
});

test('a throwing hook fails the invocation, and what hooks must not replace they cannot', async () => {
  const { worker, call } = await startWorkerOn(
    folder,
    appOf(`
      app.hook.preInvocation((context) => { if (context.inputs[0] === 'pre') throw new Error('pre failed'); });
      app.hook.postInvocation((context) => { if (context.inputs[0] === 'post') context.hookData = {}; });
      df.app.activity('work', { handler: () => 'result' });
    `),
  );

  const results = [await call('work', { string: 'pre' }), await call('work', { string: 'post' }), await call('work', { string: 'x' })];
  await worker.terminate();

  assert.deepEqual(
    results.map((result) => (result.ok ? result.returnValue?.string : result.error.message)),
    ['pre failed', "Cannot assign to read only property 'hookData'", 'result'],
  );
});

test('the logs of a function carry its name and level, those of the app the name of the start', async () => {
  const { worker, log, call } = await startWorkerOn(
    folder,
    appOf(
      `df.app.activity('work', { handler: (input, context) => { context.log('one'); context.warn('two', { three: 3 }); context.debug('four'); } });`,
    ),
  );

  await call('work');
  await worker.terminate();

  assert.deepEqual(log, [
    'information Function.work.User one',
    'warning Function.work.User two { three: 3 }',
    'debug Function.work.User four',
  ]);
});

test('a function that is not registered is named', async () => {
  const { worker, call } = await startWorkerOn(folder, appOf(`df.app.activity('work', { handler: () => 1 });`));

  const result = await call('other');
  await worker.terminate();

  assert.ok(!result.ok);
  assert.equal(result.error.message, 'Function "other" is not registered in this worker.');
});
