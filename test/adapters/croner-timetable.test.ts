// Cron expressions in time zones, at and around changes of clocks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCronerTimetable } from '../../src/adapters/croner-timetable.ts';

const timetable = createCronerTimetable();

/** All due times in [from, before), found forwards and, to compare, backwards. */
function dueBetween(expression: string, zone: string, from: string, before: string): string[] {
  const forwards: string[] = [];
  for (let at = timetable.nextDue(expression, zone, from); at !== undefined && at < before; at = timetable.nextDue(expression, zone, at))
    forwards.push(at);
  const backwards: string[] = [];
  let at = timetable.lastDue(expression, zone, new Date(Date.parse(before) - 1).toISOString());
  while (at !== undefined && at > from) {
    backwards.unshift(at);
    at = timetable.lastDue(expression, zone, new Date(Date.parse(at) - 1).toISOString());
  }
  assert.deepEqual(backwards, forwards, 'backwards as forwards');
  return forwards;
}

test('an expression is meant in its time zone, in summer and in winter', () => {
  assert.equal(timetable.nextDue('0 2 * * *', 'UTC', '2026-07-01T00:00:00.000Z'), '2026-07-01T02:00:00.000Z');
  assert.equal(timetable.nextDue('0 2 * * *', 'Europe/Berlin', '2026-06-30T12:00:00.000Z'), '2026-07-01T00:00:00.000Z');
  assert.equal(timetable.nextDue('0 2 * * *', 'Europe/Berlin', '2026-12-31T12:00:00.000Z'), '2027-01-01T01:00:00.000Z');
  assert.equal(timetable.nextDue('0 2 * * *', 'America/New_York', '2026-12-31T12:00:00.000Z'), '2027-01-01T07:00:00.000Z');
});

test('at the very moment it is due, that moment is the last and not the next', () => {
  const due = '2026-11-24T02:00:00.000Z';

  assert.equal(timetable.lastDue('0 2 * * *', 'UTC', due), due);
  assert.equal(timetable.lastDue('0 2 * * *', 'UTC', '2026-11-24T01:59:59.999Z'), '2026-11-23T02:00:00.000Z');
  assert.equal(timetable.lastDue('0 2 * * *', 'UTC', '2026-11-24T02:00:00.001Z'), due);
  assert.equal(timetable.nextDue('0 2 * * *', 'UTC', due), '2026-11-25T02:00:00.000Z');
});

const CHANGES = [
  [
    'Berlin skips 02:30',
    'Europe/Berlin',
    '30 2 * * *',
    '2026-03-28T12:00:00.000Z',
    ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
  ],
  [
    'Berlin has 02:30 twice',
    'Europe/Berlin',
    '30 2 * * *',
    '2026-10-24T12:00:00.000Z',
    ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
  ],
  [
    'New York skips 02:30',
    'America/New_York',
    '30 2 * * *',
    '2026-03-07T12:00:00.000Z',
    ['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'],
  ],
  [
    'New York has 01:30 twice',
    'America/New_York',
    '30 1 * * *',
    '2026-10-31T12:00:00.000Z',
    ['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
  ],
] as const;

for (const [what, zone, expression, from, expected] of CHANGES) {
  test(`a time of day comes once a day, also where ${what}`, () => {
    const before = new Date(Date.parse(from) + 2 * 86_400_000).toISOString();

    assert.deepEqual(dueBetween(expression, zone, from, before), expected);
  });
}

test('the last due time is never later than now, the next one always is, and nothing lies between', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
  const expressions = fc.constantFrom('0 2 * * *', '30 2 * * *', '*/15 * * * *', '0 4 * * 1', '15 1 1 * *', '59 23 * * 0');
  const nows = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2028-01-01T00:00:00Z') });

  fc.assert(
    fc.property(expressions, zones, nows, (expression, zone, ms) => {
      const now = new Date(ms).toISOString();
      const last = timetable.lastDue(expression, zone, now) ?? '';
      const next = timetable.nextDue(expression, zone, now) ?? '';
      assert.ok(last !== '' && last <= now && now < next, `${last} ${now} ${next}`);
      assert.equal(timetable.nextDue(expression, zone, last), next);
    }),
    { numRuns: 150 },
  );
});

test('what was last due more than a year ago is not due any more', () => {
  assert.equal(timetable.lastDue('0 2 29 2 *', 'UTC', '2027-06-01T00:00:00.000Z'), undefined);
  assert.equal(timetable.lastDue('0 2 29 2 *', 'UTC', '2028-06-01T00:00:00.000Z'), '2028-02-29T02:00:00.000Z');
});

test('a wrong expression or zone is told in words for whoever wrote it', () => {
  assert.equal(timetable.problemWith('0 2 * * *', 'Europe/Berlin'), undefined);
  assert.match(timetable.problemWith('0 0 2 * * *', 'UTC') ?? '', /^five fields are needed/);
  assert.match(timetable.problemWith('@daily', 'UTC') ?? '', /^five fields are needed/);
  assert.match(timetable.problemWith('99 * * * *', 'UTC') ?? '', /Invalid value for minute/);
  assert.match(timetable.problemWith('a 2 * * *', 'UTC') ?? '', /illegal characters/);
  assert.equal(timetable.problemWith('0 2 31 2 *', 'UTC'), 'no date ever matches it');
  assert.match(timetable.problemWith('0 2 * * *', 'Mars/Olympus') ?? '', /no IANA time zone/);
});
