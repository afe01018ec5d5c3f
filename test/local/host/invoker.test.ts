import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeldClock } from '../../../src/local/host/clock.ts';
import type { LoadedFunction } from '../../../src/local/host/host-context.ts';
import { createInvoker, type InvokerNeeds } from '../../../src/local/host/invoker.ts';
import type { Binding, InvocationRequest, InvocationResult } from '../../../src/local/host/protocol.ts';

/** A queue function with more bindings. */
function loaded(bindings: Record<string, Binding> = {}): LoadedFunction {
  const trigger = { type: 'queueTrigger', direction: 'in' };
  return {
    name: 'work',
    metadata: { name: 'work', functionId: 'work-id', bindings: { item: trigger, ...bindings } },
    trigger,
    triggerName: 'item',
    isDisabled: false,
    errors: [],
  };
}

/** An invoker whose worker answers `result`; with what it was asked, what it delivered and what it logged. */
function bench(result: InvocationResult | Error, outputs: InvokerNeeds['outputs'] = new Map()) {
  const requests: InvocationRequest[] = [];
  const log: string[] = [];
  const invoker = createInvoker({
    log: { write: (level, category, message) => void log.push(`${level} ${category} ${message}`) },
    clock: createHeldClock(0),
    run(request) {
      requests.push(request);
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    inputs: new Map([['durableclient', () => ({ string: 'client data' })]]),
    outputs,
  });
  return { invoker, requests, log };
}

const OK: InvocationResult = { ok: true, returnValue: { string: 'r' }, outputData: [] };

test('the trigger and every input binding get their data', async () => {
  const { invoker, requests } = bench(OK);
  const fn = loaded({ client: { type: 'durableClient', direction: 'in' } });

  const result = await invoker.invoke(fn, { data: { string: 'x' }, metadata: { id: { string: '1' } }, reason: 'test' });

  assert.deepEqual(result, OK);
  const [request] = requests;
  assert.equal(request?.functionName, 'work-id');
  assert.deepEqual(request?.inputData, [
    { name: 'item', data: { string: 'x' } },
    { name: 'client', data: { string: 'client data' } },
  ]);
  assert.deepEqual(request?.triggerMetadata, { id: { string: '1' } });
  assert.match(request?.traceParent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test('a trigger without data gets an empty value', async () => {
  const { invoker, requests } = bench(OK);

  await invoker.invoke(loaded(), { reason: 'test' });

  assert.deepEqual(requests[0]?.inputData, [{ name: 'item', data: {} }]);
});

test('what a function puts out is delivered to its bindings', async () => {
  const delivered: [string, unknown][] = [];
  const outputs: InvokerNeeds['outputs'] = new Map([
    ['queue', (binding, data) => Promise.resolve(void delivered.push([String(binding['queueName']), data]))],
  ]);
  const result: InvocationResult = { ok: true, returnValue: { string: 'returned' }, outputData: [{ name: 'out', data: { json: '[1]' } }] };
  const { invoker } = bench(result, outputs);
  const queue = (queueName: string): Binding => ({ type: 'queue', direction: 'out', queueName });

  await invoker.invoke(loaded({ out: queue('q1'), $return: queue('q2') }), { reason: 'test' });

  assert.deepEqual(delivered, [
    ['q1', { json: '[1]' }],
    ['q2', { string: 'returned' }],
  ]);
});

test('an HTTP answer and an empty value are no output', async () => {
  const outputs: InvokerNeeds['outputs'] = new Map([['queue', () => Promise.reject(new Error('must not be called'))]]);
  const { invoker } = bench({ ok: true, returnValue: { string: 'r' }, outputData: [] }, outputs);

  const results = [
    await invoker.invoke(loaded({ $return: { type: 'http', direction: 'out' } }), { reason: 'test' }),
    await invoker.invoke(loaded({ out: { type: 'queue', direction: 'out' } }), { reason: 'test' }),
  ];

  assert.deepEqual(
    results.map(({ ok }) => ok),
    [true, true],
  );
});

const FAULTS: { name: string; bindings: Record<string, Binding>; outputs: InvokerNeeds['outputs']; message: RegExp }[] = [
  {
    name: 'an input binding that is not served',
    bindings: { table: { type: 'table', direction: 'in' } },
    outputs: new Map(),
    message: /input binding 'table' of type 'table' is not served/,
  },
  {
    name: 'an output binding that is not served',
    bindings: { $return: { type: 'blob', direction: 'out' } },
    outputs: new Map(),
    message: /output binding '\$return' of type 'blob' is not served/,
  },
  {
    name: 'an output that cannot be delivered',
    bindings: { $return: { type: 'queue', direction: 'out' } },
    outputs: new Map([['queue', () => Promise.reject(new Error('no such account'))]]),
    message: /no such account/,
  },
];

for (const { name, bindings, outputs, message } of FAULTS) {
  test(`${name} fails the invocation`, async () => {
    const { invoker, log } = bench(OK, outputs);

    const result = await invoker.invoke(loaded(bindings), { reason: 'test' });

    assert.ok(!result.ok);
    assert.match(result.error.message, message);
    assert.match(log.at(-1) ?? '', /^error Function\.work Executed 'Functions\.work' \(Failed, Id=.*, Duration=0ms\)\n/);
  });
}

test('a run leaves the two lines that people look for', async () => {
  const { invoker, requests, log } = bench(OK);

  await invoker.invoke(loaded(), { reason: 'because' });

  const id = requests[0]?.invocationId;
  assert.deepEqual(log, [
    `information Function.work Executing 'Functions.work' (Reason='because', Id=${id})`,
    `information Function.work Executed 'Functions.work' (Succeeded, Id=${id}, Duration=0ms)`,
  ]);
});

test('a worker that cannot be asked fails the invocation instead of throwing', async () => {
  const { invoker } = bench(new Error('no worker'));

  const result = await invoker.invoke(loaded(), { reason: 'test' });

  assert.equal(!result.ok && result.error.message, 'no worker');
});
