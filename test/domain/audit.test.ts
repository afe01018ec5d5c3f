// Events: their limits, their forms, and the page that describes them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sha256 } from '../../src/adapters/audit/digest.ts';
import { auditEntry, refusalEntry } from '../../src/domain/audit.ts';
import { auditEvents, auditEventTypes } from '../../src/domain/audit-events.ts';
import type { AuditFact } from '../../src/domain/audit.ts';
import { batchesOf, canonicalJson, chainRecords, emptyChain, readRecord } from '../../src/domain/audit-chain.ts';
import { auditEventsPage } from '../../src/domain/audit-page.ts';
import { ALICE } from '../support/audit-scene.ts';
import { organization, START } from '../support/discovery-scene.ts';

const about = { id: 'id', chain: organization, time: START, ...ALICE } as const;

test('docs/audit-events.md describes the events as they are', () => {
  const path = new URL('../../docs/audit-events.md', import.meta.url);
  const page = auditEventsPage();
  // `WRITE_PAGES=1 node --test test/domain/audit.test.ts` writes the page anew.
  if (process.env['WRITE_PAGES'] === '1') writeFileSync(path, page);

  assert.equal(readFileSync(path, 'utf8'), page);
});

test('every event is named noun, dot, past participle, and its texts are sentences', () => {
  for (const type of auditEventTypes) {
    assert.match(type, /^[a-z]+\.[a-z-]+(?:ed|d)$/);
    assert.match(auditEvents[type].what, /^[A-Z].*\.$/);
  }
});

test('long texts and lists are cut, so that the largest event fits into a row', () => {
  const worst = '\u0007'.repeat(5000);
  for (const type of auditEventTypes) {
    const details = Object.fromEntries(
      Object.keys(auditEvents[type].details).map((name) => [name, Array.from({ length: 500 }, () => worst)]),
    );
    const entry = auditEntry({ type, subject: worst, details }, { ...about, actorName: worst });
    const { records } = chainRecords(sha256, emptyChain, [entry], START);

    assert.ok(records.every(({ text }) => text.length < 150_000));
    assert.ok((entry.actorName ?? '').length <= 256);
  }
});

test('what is undefined is no detail, and a list that is cut says how much is left out', () => {
  const roles = Array.from({ length: 40 }, (_, index) => `role-${index}`);
  const fact: AuditFact = { type: 'role.saved', subject: 'r', details: { permissions: roles, before: undefined } };

  const { details } = auditEntry(fact, about).event;

  assert.deepEqual(Object.keys(details), ['permissions']);
  assert.equal((details['permissions'] as string[]).at(-1), 'and 10 more');
});

test('an id that is too long is a fault of ours', () => {
  const fact: AuditFact = { type: 'collection.removed', subject: 'c', details: {} };

  assert.throws(() => auditEntry(fact, { ...about, id: 'x'.repeat(201) }), RangeError);
});

test('the same refusal is one event a minute, whoever sends it how often', () => {
  const refusal = {
    ...ALICE,
    time: START,
    method: 'GET',
    route: '/api/organizations/{organization}/audit',
    code: 'role.missing',
    permission: 'Audit.Read',
  };
  const idOf = (more: Partial<typeof refusal>): string => refusalEntry(organization, { ...refusal, ...more }).event.id;

  const first = idOf({});

  assert.equal(idOf({ time: '2026-11-24T08:00:59.999Z' }), first);
  const others = [
    idOf({ time: '2026-11-24T08:01:00.000Z' }),
    idOf({ method: 'PUT' }),
    idOf({ permission: 'Site.Modify' }),
    idOf({ code: 'caller.unknown' }),
  ];
  assert.equal(new Set([first, ...others]).size, 5);
  const unknown = refusalEntry('deployment', { ...refusal, actor: { kind: 'unknown' } });
  assert.deepEqual(unknown.event.details, { code: 'role.missing', permission: 'Audit.Read' });
});

test('canonical JSON is one form for one value, and reads back as the value', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([name, member]) => [name, shuffled(member)]),
    );
  };

  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = canonicalJson(value);

      assert.equal(canonicalJson(shuffled(value) as object), text);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
  );
  assert.equal(canonicalJson({ b: [1, { d: 'é\n', c: null }], a: undefined, A: true }), '{"A":true,"b":[1,{"c":null,"d":"é\\n"}]}');
});

test('records are chained: each names the hash of the one before, and times never go back', () => {
  const fact: AuditFact = { type: 'collection.removed', subject: 'c', details: {} };
  const entries = ['a', 'b'].map((id) => auditEntry(fact, { ...about, id }));
  const first = chainRecords(sha256, emptyChain, entries, START);

  const second = chainRecords(sha256, first.end, [auditEntry(fact, { ...about, id: 'c' })], '2026-11-24T07:00:00.000Z');

  const read = [...first.records, ...second.records].map(({ text }) => readRecord(text));
  assert.deepEqual(
    read.map((record) => record?.sequence),
    [1, 2, 3],
  );
  assert.deepEqual(
    read.map((record) => record?.previous),
    ['0'.repeat(64), first.records[0]?.hash, first.records[1]?.hash],
  );
  assert.equal(read[2]?.recordedAt, START);
});

test('batches keep every event once, in order, and each fits into a transaction with the names it brings', () => {
  const told = fc.record({
    id: fc.integer({ max: 300, min: 0 }),
    person: fc.integer({ max: 80, min: 0 }),
    at: fc.integer({ max: 999, min: 100 }),
  });

  fc.assert(
    fc.property(fc.array(told, { maxLength: 400 }), (all) => {
      const fact: AuditFact = { type: 'collection.removed', subject: 'c', details: {} };
      const entries = all.map(({ id, person, at }) =>
        auditEntry(fact, {
          id: `${id}`,
          chain: organization,
          time: `2026-11-24T08:00:00.${at}Z`,
          actor: { kind: 'user', tenant: 't', objectId: `${person}` },
          actorName: 'N',
        }),
      );

      const batches = batchesOf(entries);

      const ids = batches.flat().map(({ event }) => event.id);
      assert.deepEqual(new Set(ids), new Set(all.map(({ id }) => `${id}`)));
      assert.equal(new Set(ids).size, ids.length);
      const times = batches.flat().map(({ event }) => event.time);
      assert.deepEqual(times, times.toSorted());
      for (const batch of batches) {
        const people = new Set(batch.map(({ event }) => JSON.stringify(event.actor)));
        assert.ok(batch.length > 0 && 1 + 2 * batch.length + people.size <= 100);
      }
    }),
    { numRuns: 50 },
  );
});

test('what is no record, a record without parts, and a null are read as none', () => {
  for (const text of ['', 'null', '[]', '{}', '{"sequence":1}', '{"sequence":1,"recordedAt":"","previous":"","chain":"","event":null}']) {
    assert.equal(readRecord(text), undefined, text);
  }
});
