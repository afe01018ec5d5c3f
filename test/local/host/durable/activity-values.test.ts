// The encodings are recorded in test/conformance (cases activity-inputs, activity-results, activity-throws); these are their edges.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activityData, failureTexts, resultText } from '../../../../src/local/host/durable/activity-values.ts';
import type { TypedData } from '../../../../src/local/host/protocol.ts';

const INPUTS: [string | null, TypedData | undefined][] = [
  [null, undefined],
  ['null', undefined],
  ['"text"', { string: 'text' }],
  ['"\\"quoted\\""', { string: '"quoted"' }],
  ['""', { string: '' }],
  ['true', { string: 'True' }],
  ['false', { string: 'False' }],
  ['0', { string: '0' }],
  ['1.50', { string: '1.50' }],
  ['{"a":null}', { string: '{"a":null}' }],
  ['[]', { string: '[]' }],
];

for (const [input, data] of INPUTS) {
  test(`the input ${input} reaches an activity as ${JSON.stringify(data)}`, () => {
    const actual = activityData(input);

    assert.deepEqual(actual, data);
  });
}

const RESULTS: [TypedData | null | undefined, string | null][] = [
  [undefined, null],
  [null, null],
  [{}, null],
  [{ string: 'a"b' }, '"a\\"b"'],
  [{ string: '' }, '""'],
  [{ json: '{"a":1}' }, '{"a":1}'],
  [{ int: 0 }, '0'],
  [{ double: -1.5 }, '-1.5'],
  [{ bytes: Uint8Array.from([1, 2, 255]) }, '"AQL/"'],
];

for (const [value, text] of RESULTS) {
  test(`the result ${JSON.stringify(value)} is stored as ${text}`, () => {
    const actual = resultText(value);

    assert.equal(actual, text);
  });
}

test('a failure has the message in its reason, and message and stack in its details', () => {
  const { reason, details } = failureTexts('work', { message: 'no "luck"', stack: 'Error: no\n  at work' });

  assert.equal(reason, `Activity function 'work' failed:  no "luck"`);
  const parsed = JSON.parse(details) as { Message: string; InnerException: Record<string, unknown> };
  assert.equal(parsed.Message, ' no "luck"');
  assert.equal(parsed.InnerException['RemoteMessage'], 'no "luck"');
  assert.equal(parsed.InnerException['RemoteStackTrace'], 'Error: no\n  at work');
});
