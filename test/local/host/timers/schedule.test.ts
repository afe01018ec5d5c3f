import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseNcrontab } from '../../../../src/local/host/timers/ncrontab.ts';
import { NO_MORE, parseSchedule } from '../../../../src/local/host/timers/schedule.ts';
import { createZone, formatZoned } from '../../../../src/local/host/timers/zoned-time.ts';

const utc = createZone('UTC');
const pacific = createZone('America/Los_Angeles');

function due(text: string, zoneName: string, from: string, count: number): string[] {
  const zone = createZone(zoneName);
  const schedule = parseSchedule(text, zone);
  const times: string[] = [];
  for (let atMs = Date.parse(from); times.length < count;) {
    atMs = schedule.nextAfter(atMs);
    times.push(formatZoned(zone, atMs));
  }
  return times;
}

// The cases of 2018 are those in the comments of CronSchedule.cs.
const AT_CLOCK_CHANGES: [claim: string, text: string, zone: string, from: string, times: string[]][] = [
  [
    'a point in time in the repeated hour runs in the first of the two',
    '0 30 1 * * *',
    'America/Los_Angeles',
    '2018-11-03T12:00:00-07:00',
    ['2018-11-04T01:30:00-07:00', '2018-11-05T01:30:00-08:00'],
  ],
  [
    'a point in time is not run again by a start within the second hour',
    '0 30 1 * * *',
    'America/Los_Angeles',
    '2018-11-04T01:29:00-08:00',
    ['2018-11-05T01:30:00-08:00'],
  ],
  [
    'an interval runs in both of the repeated hours',
    '0 */30 * * * *',
    'America/Los_Angeles',
    '2018-11-04T00:31:00-07:00',
    [
      '2018-11-04T01:00:00-07:00',
      '2018-11-04T01:30:00-07:00',
      '2018-11-04T01:00:00-08:00',
      '2018-11-04T01:30:00-08:00',
      '2018-11-04T02:00:00-08:00',
    ],
  ],
  [
    'a point in time in the missing hour runs as long after it as it lies within',
    '0 30 2 * * *',
    'America/Los_Angeles',
    '2018-03-10T12:00:00-08:00',
    ['2018-03-11T03:30:00-07:00', '2018-03-12T02:30:00-07:00'],
  ],
  [
    'an interval goes on over the missing hour',
    '0 */30 * * * *',
    'America/Los_Angeles',
    '2018-03-11T01:15:00-08:00',
    ['2018-03-11T01:30:00-08:00', '2018-03-11T03:00:00-07:00', '2018-03-11T03:30:00-07:00'],
  ],
  [
    'a time of day follows the zone through the year',
    '0 0 2 1 1,7 *',
    'Europe/Paris',
    '2026-01-02T00:00:00Z',
    ['2026-07-01T02:00:00+02:00', '2027-01-01T02:00:00+01:00'],
  ],
  ['a zone without changes has none', '0 30 2 * * *', 'Asia/Kolkata', '2026-03-28T12:00:00Z', ['2026-03-29T02:30:00+05:30']],
];

for (const [claim, text, zone, from, times] of AT_CLOCK_CHANGES) {
  test(`When clocks change, ${claim}`, () => {
    const found = due(text, zone, from, times.length);

    assert.deepEqual(found, times);
  });
}

const INTERVALS: [text: string, ms: number][] = [
  ['00:00:03', 3000],
  ['00:05:00', 300_000],
  ['00:05', 300_000],
  ['23:59:59', 86_399_000],
  ['1.00:00:00', 86_400_000],
  ['1.12:30:15', 131_415_000],
  ['00:00:00.5', 500],
  ['7', 7 * 86_400_000],
  ['24:00:00', 24 * 86_400_000],
  ['30:12:15', 30 * 86_400_000 + 12 * 3_600_000 + 15 * 60_000],
];

for (const [text, ms] of INTERVALS) {
  test(`'${text}' is a constant interval of ${ms} ms`, () => {
    const schedule = parseSchedule(text, utc);

    assert.equal(schedule.nextAfter(1000), 1000 + ms);
    assert.equal(schedule.adjustsForDst, false);
    assert.equal(schedule.isSubMinute(0), ms < 60_000);
  });
}

test('24:00:00 comes with a warning, because it means 24 days', () => {
  const { warning } = parseSchedule('24:00:00', utc);

  assert.match(warning ?? '', /every 24 days; for one day write 1\.00:00:00/);
});

for (const text of ['00:00:00', '00:60:00', '00:00:60', '1.24:00:00', 'every day', '-00:05:00', '24:24:00', '']) {
  test(`'${text}' is refused with a message that repeats it`, () => {
    const parse = (): unknown => parseSchedule(text, utc);

    assert.throws(parse, new RegExp(`The schedule '${text}' `));
  });
}

test('A schedule that no date matches never comes and says so', () => {
  const schedule = parseSchedule('0 0 0 31 4 *', utc);

  assert.equal(schedule.nextAfter(Date.parse('2026-01-01T00:00:00Z')), NO_MORE);
  assert.match(schedule.warning ?? '', /never fires/);
});

const SUB_MINUTE: [text: string, isSubMinute: boolean][] = [
  ['*/10 * * * * *', true],
  ['*/30 * * * * *', true],
  ['0 * * * * *', false],
  ['0 */5 * * * *', false],
  ['0 0 0 1 1 *', false],
];

for (const [text, isSubMinute] of SUB_MINUTE) {
  test(`'${text}' is ${isSubMinute ? '' : 'not '}due more than once a minute`, () => {
    const schedule = parseSchedule(text, utc);

    assert.equal(schedule.isSubMinute(Date.parse('2026-06-01T00:00:30Z')), isSubMinute);
  });
}

test('An unknown time zone is refused with examples of right ones', () => {
  const create = (): unknown => createZone('Romance Standard Time');

  assert.throws(create, /'Romance Standard Time' is not an IANA time zone; write a name such as Europe\/Paris/);
});

const aField = (first: number, last: number): fc.Arbitrary<string> => {
  const value = fc.integer({ min: first, max: last });
  const item = fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    value.map(String),
    fc.tuple(value, value).map(([a, b]) => `${a}-${b}`),
    fc.integer({ min: 1, max: last }).map((step) => `*/${step}`),
  );
  return fc.oneof(
    { weight: 4, arbitrary: item },
    fc.tuple(item, item).map((items) => items.join(',')),
  );
};
const anExpression = fc
  .tuple(aField(0, 59), aField(0, 59), aField(0, 23), aField(1, 28), aField(1, 12), aField(0, 6))
  .map((fields) => fields.join(' '));
const aTime = fc.date({ min: new Date('2001-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }).map(Number);

function wallFields(wallMs: number): number[] {
  const wall = new Date(wallMs);
  return [wall.getUTCSeconds(), wall.getUTCMinutes(), wall.getUTCHours(), wall.getUTCDate(), wall.getUTCMonth() + 1, wall.getUTCDay()];
}

test('The next due time is later than now and matches every field (property, UTC)', () => {
  fc.assert(
    fc.property(anExpression, aTime, (expression, nowMs) => {
      const dueMs = parseSchedule(expression, utc).nextAfter(nowMs);

      if (dueMs === NO_MORE) return;
      const { fields } = parseNcrontab(expression);
      assert.ok(dueMs > nowMs);
      wallFields(dueMs).forEach((value, index) => assert.ok(fields[index]?.includes(value), `field ${index} of ${expression} at ${dueMs}`));
    }),
    { numRuns: 300 },
  );
});

test('No due time is passed over: going from one to the next is going to the next from any time between (property, Pacific time)', () => {
  fc.assert(
    fc.property(anExpression, aTime, fc.double({ min: 0, max: 1, noNaN: true }), (expression, nowMs, share) => {
      const schedule = parseSchedule(expression, pacific);
      const dueMs = schedule.nextAfter(nowMs);
      if (dueMs === NO_MORE) return;

      const betweenMs = Math.floor(nowMs + (dueMs - 1 - nowMs) * share);

      assert.ok(dueMs > nowMs);
      assert.equal(schedule.nextAfter(betweenMs), dueMs);
    }),
    { numRuns: 300 },
  );
});
