// Sealed texts: what comes back unchanged, and everything that does not open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSeals } from '../../../src/adapters/http/seals.ts';

const keyOf = (fill: number) => async (): Promise<Uint8Array> => new Uint8Array(32).fill(fill);

test('any text opens again for its purpose, on another instance with the same key, and in a URL as it is', async () => {
  const [one, other] = [createSeals(keyOf(1)), createSeals(keyOf(1))];

  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.string(), async (text, purpose) => {
      const sealed = await one.seal(text, purpose);

      assert.match(sealed, /^[\w-]+$/);
      assert.equal(await other.open(sealed, purpose), text);
    }),
  );
});

test('nothing opens for another purpose, under another key, or changed in any place', async () => {
  const seals = createSeals(keyOf(1));
  const sealed = await seals.seal('where it goes on', 'list');
  const bytes = Buffer.from(sealed, 'base64url');

  const changed = await Promise.all(
    [...bytes.keys()].map((at) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return seals.open(copy.toString('base64url'), 'list');
    }),
  );

  assert.equal(await seals.open(sealed, 'other list'), undefined);
  assert.equal(await createSeals(keyOf(2)).open(sealed, 'list'), undefined);
  assert.deepEqual(new Set(changed), new Set([undefined]));
});

test('what was never sealed does not open, whatever it is', async () => {
  const seals = createSeals(keyOf(1));

  await fc.assert(fc.asyncProperty(fc.string(), async (text) => assert.equal(await seals.open(text, 'list'), undefined)));
  const sealed = await seals.seal('x', 'list');
  assert.deepEqual(await Promise.all([`${sealed}=`, ` ${sealed}`, `${sealed}\u0000`].map((text) => seals.open(text, 'list'))), [
    undefined,
    undefined,
    undefined,
  ]);
});

test('the same text is sealed to another one each time', async () => {
  const seals = createSeals(keyOf(1));

  const sealed = await Promise.all([seals.seal('x', 'list'), seals.seal('x', 'list')]);

  assert.notEqual(sealed[0], sealed[1]);
});

test('the key is asked for once, and again after it could not be had', async () => {
  let calls = 0;
  const seals = createSeals(async () => {
    calls += 1;
    if (calls === 1) throw new Error('no storage');
    return new Uint8Array(32);
  });

  await assert.rejects(seals.seal('x', 'list'), /no storage/);
  await Promise.all([seals.seal('x', 'list'), seals.seal('y', 'list')]);

  assert.equal(calls, 2);
});
