import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyEvent, type HistoryEvent } from '../../../../src/local/host/durable/history-event.ts';
import { statusPayload, type StatusOptions } from '../../../../src/local/host/durable/instance-status.ts';
import { anInstance } from './an-instance.ts';

const BARE: StatusOptions = { showInput: true, showHistory: false, showHistoryOutput: false };
const AT = '2030-01-01T00:00:00.123Z';

const VALUES: { stored: string | null; shown: unknown }[] = [
  { stored: null, shown: null },
  { stored: '{"a":[1]}', shown: { a: [1] } },
  { stored: '"text"', shown: 'text' },
  { stored: 'stopped by hand', shown: 'stopped by hand' },
  { stored: '', shown: '' },
];

for (const { stored, shown } of VALUES) {
  test(`the stored text ${JSON.stringify(stored)} is shown as ${JSON.stringify(shown)}`, () => {
    const instance = anInstance({ input: stored, output: stored, customStatus: stored });

    const payload = statusPayload(instance, BARE, () => []);

    assert.deepEqual([payload['input'], payload['output'], payload['customStatus']], [shown, shown, shown]);
  });
}

test('times are shown to the second, and the input is left out when nobody wants it', () => {
  const instance = anInstance({ createdMs: Date.parse(AT), updatedMs: Date.parse(AT) + 1_000, input: '1' });

  const payload = statusPayload(instance, { ...BARE, showInput: false }, () => []);

  assert.deepEqual(payload, {
    name: 'o',
    instanceId: 'i',
    runtimeStatus: 'Running',
    input: null,
    customStatus: null,
    output: null,
    createdTime: '2030-01-01T00:00:00Z',
    lastUpdatedTime: '2030-01-01T00:00:01Z',
  });
});

const HISTORY: HistoryEvent[] = [
  historyEvent.orchestratorStarted(AT),
  historyEvent.executionStarted(AT, {
    instance: { InstanceId: 'i', ExecutionId: 'e' },
    parent: null,
    name: 'o',
    input: '5',
    generation: 0,
  }),
  historyEvent.taskScheduled(AT, 0, 'work'),
  historyEvent.childCreated(AT, 1, 'o2', 'child'),
  historyEvent.timerCreated(AT, 2, AT),
  historyEvent.orchestratorCompleted(AT),
  historyEvent.taskCompleted('2030-01-01T00:00:05.000Z', 0, '{"n":1}'),
  historyEvent.childFailed('2030-01-01T00:00:06.000Z', 1, 'why', 'where'),
  historyEvent.timerFired(AT, 2, AT),
  historyEvent.executionCompleted(AT, 'Completed', '"done"'),
];

test('the history folds what was scheduled into how it ended', () => {
  const options: StatusOptions = { showInput: false, showHistory: true, showHistoryOutput: true };

  const payload = statusPayload(anInstance({ status: 'Completed' }), options, () => HISTORY);

  const rows = payload['historyEvents'] as Record<string, unknown>[];
  assert.deepEqual(
    rows.map((row) => [row['EventType'], row['FunctionName'], row['ScheduledTime']]),
    [
      ['ExecutionStarted', 'o', undefined],
      ['TimerCreated', undefined, undefined],
      ['TaskCompleted', 'work', AT],
      ['SubOrchestrationInstanceFailed', 'o2', AT],
      ['TimerFired', undefined, undefined],
      ['ExecutionCompleted', undefined, undefined],
    ],
  );
  assert.deepEqual(rows[2]?.['Result'], { n: 1 });
  assert.deepEqual([rows[5]?.['Result'], rows[5]?.['OrchestrationStatus']], ['done', 'Completed']);
  for (const row of rows) {
    for (const hidden of ['EventId', 'IsPlayed', 'TaskScheduledId', 'TimerId', 'Input', 'OrchestrationInstance']) {
      assert.ok(!(hidden in row), `${String(row['EventType'])} shows ${hidden}`);
    }
  }
});

test('results are left out of the history when nobody wants them', () => {
  const options: StatusOptions = { showInput: true, showHistory: true, showHistoryOutput: false };

  const payload = statusPayload(anInstance({ status: 'Completed' }), options, () => HISTORY);

  const rows = payload['historyEvents'] as Record<string, unknown>[];
  assert.ok(rows.every((row) => !('Result' in row)));
  assert.equal(rows[0]?.['Input'], '5');
});

test('a pending instance has no history to show', () => {
  const payload = statusPayload(anInstance({ status: 'Pending' }), { ...BARE, showHistory: true }, () => HISTORY);

  assert.ok(!('historyEvents' in payload));
});
