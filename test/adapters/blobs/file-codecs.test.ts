import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ByteHeap, MOST_NUMBER_BYTES, readHeap, readNumber, writeNumber } from '../../../src/adapters/blobs/byte-heap.ts';
import { EntryList, findEntry } from '../../../src/adapters/blobs/entry-list.ts';
import type { FileCodec } from '../../../src/adapters/blobs/file-codec.ts';
import { openFile, sealFile } from '../../../src/adapters/blobs/file-frame.ts';
import { knownFile } from '../../../src/adapters/blobs/known-file.ts';
import { managedFile } from '../../../src/adapters/blobs/managed-file.ts';
import { ownerFile } from '../../../src/adapters/blobs/owner-file.ts';
import { queueFile } from '../../../src/adapters/blobs/queue-file.ts';
import { RecordReader, RecordWriter } from '../../../src/adapters/blobs/record-bytes.ts';
import { setFile } from '../../../src/adapters/blobs/set-file.ts';
import { parseDeviceGuid, parseEntraObjectId, parseMailboxGuid } from '../../../src/domain/device-identity.ts';
import type { ManagedDevice } from '../../../src/domain/directory-port.ts';
import type { KnownDevice, OwnerEntry } from '../../../src/domain/discovery-files-port.ts';

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

/** What another process reads of the entries. */
function written<Entry, Opened>(codec: FileCodec<Entry, Opened>, entries: readonly Entry[]): { count: number; opened: Opened } {
  const collector = codec.collect();
  for (const entry of entries) collector.add(entry);
  const { count, parts } = collector.finish();
  const content = openFile(codec.kind, Buffer.concat(sealFile(codec.kind, count, parts)));
  assert.equal(content.count, count);
  return { count, opened: codec.open(content) };
}

// Few ids, so that many are given twice; GUIDs that begin alike, as those made one after the other do.
const guidText = fc.oneof(
  fc.nat({ max: 30 }).map((n) => `00000000-0000-4000-8000-${String(n + 1).padStart(12, '0')}`),
  fc.uuid().filter((text) => !/^[0-]+$/.test(text)),
);
const deviceId = guidText.map((text) => present(parseDeviceGuid(text)));
const mailbox = guidText.map((text) => present(parseMailboxGuid(text)));
const user = guidText.map((text) => present(parseEntraObjectId(text)));
const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((value) => value.isWellFormed());
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

/** Without what is undefined. */
function bare<T extends object>(value: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

const byKey = <T>(entries: readonly T[], key: (entry: T) => string): Map<string, T> => new Map(entries.map((entry) => [key(entry), entry]));
const folded = (value: string): string => value.normalize('NFC').toLowerCase();

test('entries come out in the order of their keys, of those with one key the last, and each is found', () => {
  const entry = fc.tuple(fc.uint8Array({ minLength: 6, maxLength: 6, max: 2 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 300 }), (given) => {
      const list = new EntryList(7, 6);
      for (const [key, value] of given) {
        const bytes = list.add();
        bytes.set(key);
        bytes.writeUInt8(value, 6);
      }

      const sorted = list.takeSorted();

      const model = byKey(given, ([key]) => Buffer.from(key).toString('hex'));
      const expected = [...model]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, [, value]]) => key + Buffer.of(value).toString('hex'));
      assert.equal(sorted.toString('hex'), expected.join(''));
      for (const [key, [bytes, value]] of model) {
        assert.equal(sorted[present(findEntry(sorted, 7, Buffer.from(bytes))) + 6], value, key);
      }
      assert.equal(findEntry(sorted, 7, Buffer.alloc(6, 9)), undefined);
    }),
  );
});

test('more entries than are set aside at a time stay whole', () => {
  const list = new EntryList(4, 4);
  const count = 10_000;
  for (let n = 0; n < count; n += 1) list.add().writeUInt32BE((n * 7919) % count);

  const sorted = list.takeSorted();

  assert.equal(sorted.length, count * 4);
  assert.ok(Array.from({ length: count }, (_, n) => n).every((n) => sorted.readUInt32BE(n * 4) === n));
});

test('every value of a heap is found by its place, whatever its length', () => {
  const values = fc.array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 60_000, maxLength: 70_000 })), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(values, (given) => {
      const heap = new ByteHeap();
      const places = given.map((value) => heap.add(Buffer.from(value)));

      const bytes = Buffer.concat(heap.parts());

      for (const [index, place] of places.entries()) assert.deepEqual(readHeap(bytes, place), Buffer.from(present(given[index])));
    }),
    { numRuns: 30 },
  );
});

test('a number takes as few bytes as it needs and is read back with what follows it', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), (value) => {
      const bytes = Buffer.alloc(2 + MOST_NUMBER_BYTES, 0xff);

      const next = writeNumber(bytes, value, 1);

      assert.deepEqual(readNumber(bytes, 1), { value, next });
      assert.equal(next - 1, Math.max(1, Math.ceil(Math.log2(value + 1) / 7)));
      assert.ok(bytes.subarray(next).every((byte) => byte === 0xff));
    }),
  );
});

test('a record gives back what was written into it, in its order, and nothing of the record before', () => {
  const value = fc.oneof(
    fc.record({ form: fc.constant('number' as const), value: fc.nat({ max: 2 ** 32 - 1 }) }),
    fc.record({ form: fc.constant('text' as const), value: fc.string({ unit: 'grapheme', maxLength: 400 }) }),
    fc.record({ form: fc.constant('guid' as const), value: fc.uuid() }),
    fc.record({ form: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)) }),
  );
  const writer = new RecordWriter();
  fc.assert(
    fc.property(fc.array(value, { maxLength: 12 }), (given) => {
      writer.begin();
      for (const each of given) {
        if (each.form === 'number') writer.number(each.value);
        else if (each.form === 'bytes') writer.bytes(each.value);
        else writer[each.form](each.value);
      }

      const reader = new RecordReader(Buffer.from(writer.record()), 0);

      assert.deepEqual(
        given.map(({ form }) => reader[form]()),
        given.map((each) => each.value),
      );
    }),
  );
});

test('a file of known devices gives back every device', () => {
  const fingerprint = fc.uint8Array({ maxLength: 19 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  const device: fc.Arbitrary<KnownDevice> = fc.record(
    {
      id: deviceId,
      fingerprint,
      isGone: fc.boolean(),
      scope: fc.constantFrom('in', 'outside', 'inactive'),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(device, { maxLength: 80 }), deviceId, (given, other) => {
      const { count, opened } = written(knownFile, given);

      const model = byKey(given, ({ id }) => id);
      const expected = [...model.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
      assert.deepEqual([count, opened.size], [model.size, model.size]);
      assert.deepEqual([...opened.all()], expected);
      assert.deepEqual(opened.find(other), model.get(other));
      for (const each of expected) assert.deepEqual(opened.find(each.id), each);
    }),
  );
});

test('what is no fingerprint and no GUID in lower case is refused when it is given', () => {
  const device = { id: present(parseDeviceGuid('00000000-0000-4000-8000-000000000001')), isGone: false, scope: 'in' } as const;

  for (const fingerprint of ['abc', 'zz', 'AB', '00'.repeat(20)]) {
    assert.throws(() => knownFile.collect().add({ ...device, fingerprint }), RangeError, fingerprint);
  }
  assert.throws(() => setFile.collect().add('00000000-0000-4000-8000-00000000000A' as typeof device.id), RangeError);
});

test('a file of owners finds each mailbox by its name in any case, and nothing else', () => {
  const owner: fc.Arbitrary<OwnerEntry> = fc
    .record({ distinguishedName: text, mailbox, user: maybe(user), userName: maybe(text), isInScope: fc.boolean() })
    .map((value) => bare<OwnerEntry>(value));
  fc.assert(
    fc.property(fc.array(owner, { maxLength: 40 }), text, (given, other) => {
      const { count, opened } = written(ownerFile, given);

      const model = byKey(given, ({ distinguishedName }) => folded(distinguishedName));
      assert.deepEqual([count, opened.size], [model.size, model.size]);
      for (const { distinguishedName: name } of [...given, { distinguishedName: other }]) {
        const entry = model.get(folded(name));
        const { distinguishedName: _, isInScope, ...ids } = entry ?? { isInScope: false };
        assert.deepEqual(opened.find(name), entry && { owner: { kind: 'mailbox', ...ids }, isInScope });
      }
    }),
  );
});

test('a file of managed devices gives back every one that can be looked for', () => {
  const instant = fc.oneof(
    fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString()),
    fc.constant('2026-03-01'),
  );
  const device: fc.Arbitrary<ManagedDevice> = fc
    .record({
      id: fc.oneof(guidText, text),
      userId: maybe(user),
      easDeviceId: maybe(fc.constantFrom('ApplDNQX', 'ApplDNQX'.toUpperCase(), 'androidc1', '', 'ß')),
      name: maybe(text),
      model: maybe(fc.constantFrom('iPhone 17', 'Pixel', '')),
      manufacturer: maybe(text),
      os: maybe(fc.constant('iOS')),
      osVersion: maybe(text),
      serialNumber: maybe(text),
      ownership: maybe(fc.constantFrom('company', 'personal')),
      compliance: maybe(text),
      enrolledAt: maybe(instant),
      lastSyncAt: maybe(instant),
    })
    .map((value) => bare<ManagedDevice>(value));
  fc.assert(
    fc.property(fc.array(device, { maxLength: 30 }), user, (given, other) => {
      const { count, opened } = written(managedFile, given);

      const found = given.filter(({ userId, easDeviceId }) => userId !== undefined && easDeviceId !== undefined);
      const model = byKey(found, ({ userId, easDeviceId }) => `${userId} ${folded(easDeviceId ?? '')}`);
      assert.deepEqual([count, opened.size], [model.size, model.size]);
      for (const each of model.values()) {
        const owner = present(parseEntraObjectId(each.userId ?? ''));
        assert.deepEqual(
          opened.find((each.easDeviceId ?? '').toUpperCase(), owner),
          model.get(`${owner} ${folded((each.easDeviceId ?? '').toUpperCase())}`),
        );
        assert.deepEqual(opened.find(each.easDeviceId ?? '', owner), each);
      }
      assert.deepEqual(opened.find('ApplDNQX', other), model.get(`${other} ${folded('ApplDNQX')}`));
    }),
  );
});

test('a set holds what was added and nothing else; a queue keeps its order', () => {
  fc.assert(
    fc.property(fc.array(deviceId, { maxLength: 60 }), fc.array(mailbox, { maxLength: 60 }), deviceId, (ids, order, other) => {
      const set = written(setFile, ids).opened;
      const queue = written(queueFile, order).opened;

      assert.deepEqual([...set.all()], [...new Set(ids)].toSorted());
      assert.equal(set.has(other), ids.includes(other));
      assert.ok(ids.every((id) => set.has(id)));
      assert.deepEqual([...queue(0, 25), ...queue(25, 100)], order);
    }),
  );
});

test('a file that was changed anywhere or cut anywhere is refused', () => {
  const whole = Buffer.concat(sealFile('set', 2, [Buffer.from('0123456789abcdef'), Buffer.from('fedcba9876543210')]));
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ change, at);

      assert.throws(() => openFile('set', changed), { code: 'store.unexpected' });
      assert.throws(() => openFile('set', whole.subarray(0, at)), { code: 'store.unexpected' });
      assert.throws(() => openFile('set', Buffer.concat([whole, whole.subarray(0, at + 1)])), { code: 'store.unexpected' });
    }),
    { numRuns: 300 },
  );
  assert.equal(openFile('set', whole).count, 2);
});

test('a file of another kind, or whose entries do not fit its length, is refused', () => {
  const seal = (kind: 'set' | 'known', count: number): Buffer => Buffer.concat(sealFile(kind, count, [Buffer.alloc(36)]));

  assert.throws(() => openFile('owners', seal('set', 1)), { code: 'store.unexpected', message: /another kind/ });
  for (const codec of [knownFile, ownerFile, managedFile, setFile, queueFile]) {
    assert.throws(() => codec.open({ count: 2, body: Buffer.alloc(36) }), { code: 'store.unexpected' }, codec.kind);
  }
  assert.equal(knownFile.open(openFile('known', seal('known', 1))).size, 1);
  assert.throws(() => [...knownFile.open({ count: 1, body: Buffer.alloc(36) }).all()], { code: 'store.unexpected' });
});
