import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartCancelled, startServices, type Service } from '../../../src/local/launcher/services.ts';

interface Faults {
  readonly start?: string;
  readonly stop?: string;
  readonly onStart?: () => void;
}

function aService(name: string, events: string[], faults: Faults = {}): Service {
  return {
    name,
    start() {
      events.push(`start ${name}`);
      faults.onStart?.();
      return faults.start === undefined ? Promise.resolve() : Promise.reject(new Error(faults.start));
    },
    stop() {
      events.push(`stop ${name}`);
      return faults.stop === undefined ? Promise.resolve() : Promise.reject(new Error(faults.stop));
    },
  };
}

test('Services start in order and stop in reverse', async () => {
  const events: string[] = [];
  const running = await startServices(['a', 'b', 'c'].map((name) => aService(name, events)));

  await running.stop();

  assert.deepEqual(events, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
});

test('When one fails, those started are stopped, the rest is not started, and its error comes out', async () => {
  const events: string[] = [];
  const services = [aService('a', events), aService('b', events), aService('c', events, { start: 'no port' }), aService('d', events)];

  const starting = startServices(services);

  await assert.rejects(starting, { message: 'no port' });
  assert.deepEqual(events, ['start a', 'start b', 'start c', 'stop b', 'stop a']);
});

test('What goes wrong while undoing a failed start is reported beside the cause', async () => {
  const events: string[] = [];
  const services = [aService('a', events), aService('b', events, { stop: 'stuck' }), aService('c', events, { start: 'no port' })];

  const starting = startServices(services);

  await assert.rejects(
    starting,
    (error) =>
      error instanceof AggregateError && error.errors.map((part: Error) => part.message).join('|') === 'no port|b did not stop: stuck',
  );
  assert.equal(events.at(-1), 'stop a');
});

test('A service that does not stop keeps none of the others from stopping', async () => {
  const events: string[] = [];
  const running = await startServices([
    aService('a', events, { stop: 'full disk' }),
    aService('b', events, { stop: 'stuck' }),
    aService('c', events),
  ]);

  const stopping = running.stop();

  await assert.rejects(stopping, { message: 'b did not stop: stuck a did not stop: full disk' });
  assert.deepEqual(events.slice(3), ['stop c', 'stop b', 'stop a']);
});

test('A start that is cancelled under way stops what was started, also the one under way', async () => {
  const events: string[] = [];
  const cancelled = new AbortController();
  const services = [aService('a', events), aService('b', events, { onStart: () => cancelled.abort() }), aService('c', events)];

  const starting = startServices(services, cancelled.signal);

  await assert.rejects(starting, StartCancelled);
  assert.deepEqual(events, ['start a', 'start b', 'stop b', 'stop a']);
});

test('A start that was cancelled before starts nothing', async () => {
  const events: string[] = [];

  const starting = startServices([aService('a', events)], AbortSignal.abort());

  await assert.rejects(starting, StartCancelled);
  assert.deepEqual(events, []);
});
