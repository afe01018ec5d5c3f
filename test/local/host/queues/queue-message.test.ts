import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  decodeMessage,
  encodeMessage,
  manualMetadata,
  messageData,
  messageMetadata,
} from '../../../../src/local/host/queues/queue-message.ts';
import { messagesOf } from '../../../../src/local/host/queues/queue-output.ts';
import { createPause } from '../../../../src/local/host/queues/pause.ts';
import type { TypedData } from '../../../../src/local/host/protocol.ts';

const stored = {
  messageId: 'b7f5',
  popReceipt: 'MjRO',
  insertedOn: new Date('2026-03-01T12:00:00Z'),
  expiresOn: new Date('2026-03-08T12:00:00Z'),
  nextVisibleOn: new Date('2026-03-01T12:10:00Z'),
  dequeueCount: 2,
  messageText: '',
};

test('Trigger metadata of a JSON message has its members beside those of the message', () => {
  const text = JSON.stringify({
    key: 'k',
    n: 1,
    flag: true,
    nothing: null,
    list: [1],
    nested: { A: 1 },
    Upper: 'u',
    at: '2026-01-02T03:04:05.678Z',
  });

  const metadata = messageMetadata(stored, Buffer.from(text));

  assert.deepEqual(metadata, {
    QueueTrigger: { string: text },
    DequeueCount: { json: '2' },
    ExpirationTime: { json: '"2026-03-08T12:00:00+00:00"' },
    Id: { string: 'b7f5' },
    InsertionTime: { json: '"2026-03-01T12:00:00+00:00"' },
    NextVisibleTime: { json: '"2026-03-01T12:10:00+00:00"' },
    PopReceipt: { string: 'MjRO' },
    key: { string: 'k' },
    n: { string: '1' },
    flag: { string: 'True' },
    nested: { json: '{"A":1}' },
    Upper: { string: 'u' },
    at: { string: '01/02/2026 03:04:05' },
  });
});

test('A member with the name of a metadata entry replaces it, whatever its case', () => {
  const metadata = messageMetadata(stored, Buffer.from('{"id":"mine","DEQUEUECOUNT":9}'));

  assert.deepEqual([metadata['Id'], metadata['DequeueCount']], [{ string: 'mine' }, { string: '9' }]);
  assert.equal(Object.keys(metadata).length, 7);
});

for (const text of ['plain', '5', '"quoted"', '[{"a":1}]', 'null', '{broken']) {
  test(`A message ${text} adds no members to the metadata`, () => {
    const metadata = messageMetadata(stored, Buffer.from(text));

    assert.deepEqual(Object.keys(metadata), [
      'QueueTrigger',
      'DequeueCount',
      'ExpirationTime',
      'Id',
      'InsertionTime',
      'NextVisibleTime',
      'PopReceipt',
    ]);
  });
}

test('A run by hand has no id and no receipt, never expires, and names the message by the trigger too', () => {
  const metadata = manualMetadata('queueTrigger560312a3cb', '{"n":1}', new Date('2026-03-01T12:00:00.250Z'));

  assert.deepEqual(metadata, {
    QueueTrigger: { string: '{"n":1}' },
    DequeueCount: { json: '0' },
    ExpirationTime: { json: '"9999-12-31T23:59:59.9999999+00:00"' },
    InsertionTime: { json: '"2026-03-01T12:00:00.250+00:00"' },
    NextVisibleTime: { json: '"9999-12-31T23:59:59.9999999+00:00"' },
    queueTrigger560312a3cb: { string: '{"n":1}' },
    n: { string: '1' },
  });
});

test('A trigger with dataType binary is given bytes, any other text', () => {
  const content = Buffer.from('é');

  const given = [
    messageData(content, { type: 'queueTrigger', direction: 'in', dataType: 'Binary' }),
    messageData(content, { type: 'queueTrigger', direction: 'in' }),
  ];

  assert.deepEqual(given, [{ bytes: content }, { string: 'é' }]);
});

test('What is encoded is decoded to the same bytes (property, base64)', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const decoded = decodeMessage(encodeMessage(bytes, 'base64'), 'base64');

      assert.deepEqual(decoded, Buffer.from(bytes));
    }),
  );
});

test('What is encoded as text is stored as it is', () => {
  const text = 'Grüße 🙂 {"a":1}';

  const encoded = encodeMessage(text, 'none');

  assert.equal(encoded, text);
  assert.equal(decodeMessage(encoded, 'none')?.toString(), text);
});

for (const text of ['not base64!', 'abc', 'ab=c', '{"a":1}', 'YWJj=']) {
  test(`'${text}' is not base64`, () => {
    assert.equal(decodeMessage(text, 'base64'), undefined);
  });
}

const OUTPUTS: [data: TypedData, messages: string[]][] = [
  [{}, []],
  [{ json: 'null' }, []],
  [{ json: '[]' }, []],
  [{ string: '' }, ['']],
  [{ string: 'hello' }, ['hello']],
  [{ string: '5' }, ['5']],
  [{ string: '{"a":1}' }, ['{"a":1}']],
  [{ string: '["a",{"b":2}]' }, ['a', '{\n  "b": 2\n}']],
  [{ string: '[not json]' }, ['[not json]']],
  [{ int: 7 }, ['7']],
  [{ double: 1.5 }, ['1.5']],
  [{ json: 'true' }, ['True']],
  [{ json: '{"a":{"b":1}}' }, ['{\n  "a": {\n    "b": 1\n  }\n}']],
  [{ json: '["a",1,{"b":2},true,null]' }, ['a', '1', '{\n  "b": 2\n}', 'True', '']],
];

for (const [data, messages] of OUTPUTS) {
  test(`The output ${JSON.stringify(data)} is ${messages.length === 1 ? 'one message' : `${messages.length} messages`}`, () => {
    assert.deepEqual(messagesOf(data), messages);
  });
}

test('A wake-up ends a pause, and one since the last look prevents it', async () => {
  const pause = createPause();
  pause.prepare();
  const long = pause.wait(3_600_000);

  pause.wake();
  await long;
  await pause.wait(3_600_000);
  pause.prepare();
  const after = await Promise.race([pause.wait(3_600_000), new Promise((resolve) => setImmediate(resolve, 'still waiting'))]);
  pause.wake();

  assert.equal(after, 'still waiting');
});
