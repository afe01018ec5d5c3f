import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createDocument } from '../../../src/adapters/tables/document.ts';
import { checkRow, piecesOf } from '../../../src/adapters/tables/row.ts';

test('a value of any size comes back, in properties of at most 64 KiB', () => {
  const document = createDocument<{ text: string }>('note');
  const sized = fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 9 }), fc.integer({ min: 0, max: 12_000 }));
  fc.assert(
    fc.property(sized, ([piece, times]) => {
      const value = { text: piece.repeat(times) };

      const packed = document.pack(value);

      assert.deepEqual(document.unpack(packed), value);
      assert.ok(Object.values(packed).every((text) => Buffer.byteLength(text, 'utf16le') <= 64 * 1024));
    }),
    { numRuns: 50 },
  );
});

test('no piece ends in the middle of a character', () => {
  const text = `a${'😀'.repeat(40_000)}`;

  const pieces = piecesOf(text);

  assert.equal(pieces.join(''), text);
  assert.deepEqual(
    pieces.filter((piece) => !piece.isWellFormed()),
    [],
  );
});

test('a shorter value merged over a longer one is read without the rest of the longer one', () => {
  const document = createDocument<{ text: string }>('note');
  const long = document.pack({ text: 'x'.repeat(100_000) });

  const merged = { ...long, ...document.pack({ text: 'short' }) };

  assert.deepEqual(document.unpack(merged), { text: 'short' });
  assert.equal(document.unpack({ ...merged, ...document.pack(undefined) }), undefined);
});

test('what older releases wrote is read in the present form', () => {
  const oldest = createDocument<{ name: string }>('person').pack({ name: 'Alice' });
  const rename = ({ name, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, displayName: name });
  const older = createDocument<{ displayName: string }>('person', [rename]).pack({ displayName: 'Bob' });
  const document = createDocument<{ displayName: string; isEnabled: boolean }>('person', [
    rename,
    (value) => ({ ...value, isEnabled: true }),
  ]);

  const people = [oldest, older, document.pack({ displayName: 'Chloe', isEnabled: false })].map((values) => document.unpack(values));

  assert.deepEqual(people, [
    { displayName: 'Alice', isEnabled: true },
    { displayName: 'Bob', isEnabled: true },
    { displayName: 'Chloe', isEnabled: false },
  ]);
});

test('a row of a newer release and a damaged one are refused by name', () => {
  const newer = createDocument('person', [(value) => value]).pack({ name: 'Alice' });
  const document = createDocument('person');

  assert.throws(() => document.unpack(newer), {
    code: 'store.unexpected',
    message: /reading a person: a row holds form 2\.1 where 1 is the newest known/,
  });
  assert.throws(() => document.unpack({ person: '{"name"', person_form: '1.1' }), {
    code: 'store.unexpected',
    message: /text that is no JSON/,
  });
});

test('a row that storage would refuse is refused before it is sent', () => {
  const row = (values: Record<string, string>) => ({ partition: 'p', row: 'r', values });
  const pieces = (count: number, length: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 'x'.repeat(length)]));

  assert.throws(() => checkRow('devices', row(pieces(252, 1))), { code: 'store.too-large', message: /252 properties/ });
  assert.throws(() => checkRow('devices', row(pieces(1, 32_001))), {
    code: 'store.too-large',
    message: /property p0 has 32001 characters/,
  });
  assert.throws(() => checkRow('devices', row(pieces(20, 30_000))), { code: 'store.too-large', message: /it takes \d+ bytes/ });
  assert.doesNotThrow(() => checkRow('devices', row(pieces(16, 32_000))));
});
