// Instants: what counts as one, and the algebra of adding, differences and order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { addMs, compareInstants, msBetween, parseInstant } from '../../src/domain/instant.ts';

const instants = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2200-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const spans = fc.integer({ min: -4e12, max: 4e12 });

test('texts with a zone are read, in one form and in UTC', () => {
  const cases: [string, string][] = [
    ['2026-03-01T06:30:00.000Z', '2026-03-01T06:30:00.000Z'],
    ['2026-03-01T06:30Z', '2026-03-01T06:30:00.000Z'],
    ['2026-03-01T06:30:00.1234567Z', '2026-03-01T06:30:00.123Z'],
    ['2026-03-01T00:30:00+01:00', '2026-02-28T23:30:00.000Z'],
    ['2026-02-28T23:30:00-05:00', '2026-03-01T04:30:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ];

  for (const [text, expected] of cases) assert.equal(parseInstant(text), expected, text);
});

test('what names no moment, or leaves the zone to a guess, is not an instant', () => {
  const texts = [
    '',
    '1',
    'Mar 1',
    '2026-03-01',
    '2026-03-01T06:30:00',
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T12:00:00+02:00',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00+99:00',
    ' 2026-03-01T06:30:00Z',
  ];

  assert.deepEqual(
    texts.filter((text) => parseInstant(text) !== undefined),
    [],
  );
});

test('adding a span and measuring it are inverse', () => {
  fc.assert(fc.property(instants, spans, (instant, ms) => msBetween(instant, addMs(instant, ms)) === ms));
});

test('spans add up', () => {
  fc.assert(fc.property(instants, spans, spans, (instant, a, b) => addMs(addMs(instant, a), b) === addMs(instant, a + b)));
});

test('the order agrees with the difference and with the texts', () => {
  fc.assert(
    fc.property(instants, instants, (a, b) => {
      const order = Math.sign(compareInstants(a, b));

      assert.equal(order, Math.sign(msBetween(b, a)));
      assert.equal(order, a < b ? -1 : Number(a > b));
    }),
  );
});

test('calculating with something that is no instant is refused and shows it', () => {
  assert.throws(() => addMs('yesterday', 1), /'yesterday' is not an instant; write it like 2026-/);
  assert.throws(() => msBetween('2026-03-01T06:30:00.000Z', ''), RangeError);
});
