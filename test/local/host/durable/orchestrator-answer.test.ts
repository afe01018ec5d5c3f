import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnswer, type OrchestratorAnswer } from '../../../../src/local/host/durable/orchestrator-answer.ts';
import type { InvocationResult } from '../../../../src/local/host/protocol.ts';

const returned = (state: object): InvocationResult => ({ ok: true, returnValue: { json: JSON.stringify(state) }, outputData: [] });
const thrown = (message: string): InvocationResult => ({ ok: false, error: { message } });
const action = { actionType: 0, functionName: 'a', input: 1 };

const CASES: { name: string; result: InvocationResult; answer: OrchestratorAnswer }[] = [
  {
    name: 'a turn that goes on',
    result: returned({ isDone: false, actions: [[action]], schemaVersion: 3 }),
    answer: { isDone: false, actions: [action] as OrchestratorAnswer['actions'] },
  },
  {
    name: 'a finished orchestrator, with its status',
    result: returned({ isDone: true, actions: [[]], output: null, customStatus: 'half' }),
    answer: { isDone: true, actions: [], output: null, customStatus: 'half' },
  },
  { name: 'no state at all', result: { ok: true, returnValue: null, outputData: [] }, answer: { isDone: false, actions: [] } },
  {
    name: 'a thrown error behind the marker',
    result: thrown(`false\n\n$OutOfProcData$:${JSON.stringify({ isDone: false, actions: [[action]], error: 'boom' })}`),
    answer: { isDone: false, actions: [action] as OrchestratorAnswer['actions'], error: 'boom' },
  },
  {
    name: 'a thrown text, which leaves no error',
    result: thrown(`false\n\n$OutOfProcData$:${JSON.stringify({ isDone: false, actions: [[]] })}`),
    answer: { isDone: false, actions: [] },
  },
  { name: 'a failure of the SDK itself', result: thrown('no binding'), answer: { isDone: false, actions: [], sdkFailure: 'no binding' } },
];

for (const { name, result, answer } of CASES) {
  test(`the answer of ${name} is read`, () => {
    const actual = readAnswer(result);

    assert.deepEqual(actual, answer);
  });
}
