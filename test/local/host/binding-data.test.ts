import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindingData } from '../../../src/local/host/binding-data.ts';

const CASES: [text: string, data: Record<string, unknown>][] = [
  ['plain text', {}],
  ['', {}],
  ['7', {}],
  ['null', {}],
  ['[{"a":1}]', {}],
  [
    '{"text":"a","number":1.5,"yes":true,"no":false}',
    { text: { string: 'a' }, number: { string: '1.5' }, yes: { string: 'True' }, no: { string: 'False' } },
  ],
  ['{"object":{"a":[1]},"list":[1],"nothing":null}', { object: { json: '{"a":[1]}' } }],
  ['{"broken":', {}],
];

for (const [text, data] of CASES) {
  test(`the trigger metadata of ${JSON.stringify(text)} is ${JSON.stringify(data)}`, () => {
    const actual = bindingData(text);

    assert.deepEqual(actual, data);
  });
}
