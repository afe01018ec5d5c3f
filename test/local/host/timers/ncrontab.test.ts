import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NcrontabError, parseNcrontab } from '../../../../src/local/host/timers/ncrontab.ts';

function nextDates(expression: string, from: string, count: number): (string | undefined)[] {
  const crontab = parseNcrontab(expression);
  const dates: (string | undefined)[] = [];
  for (let wallMs: number | undefined = Date.parse(from); dates.length < count && wallMs !== undefined;) {
    wallMs = crontab.nextWall(wallMs);
    dates.push(wallMs === undefined ? undefined : new Date(wallMs).toISOString().slice(0, 19));
  }
  return dates;
}

const NEXT: [expression: string, from: string, dates: (string | undefined)[]][] = [
  ['0 */5 * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:05:00', '2026-01-01T00:10:00']],
  ['*/20 * * * * *', '2026-01-01T00:00:19.999Z', ['2026-01-01T00:00:20', '2026-01-01T00:00:40', '2026-01-01T00:01:00']],
  ['0 0 1 1 *', '2026-05-05T00:00:00Z', ['2027-01-01T00:00:00']],
  ['30 0 0 1 1 *', '2026-05-05T00:00:00Z', ['2027-01-01T00:00:30']],
  ['0 0 9-17/4 * * *', '2026-01-01T00:00:00Z', ['2026-01-01T09:00:00', '2026-01-01T13:00:00', '2026-01-01T17:00:00']],
  ['0 0 0 1,15 Jan,jul *', '2026-01-02T00:00:00Z', ['2026-01-15T00:00:00', '2026-07-01T00:00:00']],
  ['0 0 0 * * Mon-Fri', '2026-01-02T00:00:00Z', ['2026-01-05T00:00:00']],
  ['0 0 0 * * Fri-Mon', '2026-01-05T00:00:00Z', ['2026-01-06T00:00:00']],
  ['0 0 0 * January Sunday', '2026-01-01T00:00:00Z', ['2026-01-04T00:00:00']],
  ['0 0 0 13 * 5', '2026-01-01T00:00:00Z', ['2026-02-13T00:00:00', '2026-03-13T00:00:00', '2026-11-13T00:00:00']],
  ['0 0 0 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00:00', '2032-02-29T00:00:00']],
  ['0 50/5 0 1 1 *', '2026-01-01T00:00:00Z', ['2026-01-01T00:50:00', '2026-01-01T00:55:00']],
  ['0 */0 0 1 1 *', '2026-01-01T00:00:00Z', ['2026-01-01T00:01:00']],
  ['  0   0 0 1 1 *  ', '2026-05-05T00:00:00Z', ['2027-01-01T00:00:00']],
  ['0 0 0 30 2 *', '2026-01-01T00:00:00Z', [undefined]],
];

for (const [expression, from, dates] of NEXT) {
  test(`'${expression}' after ${from} is due at ${dates.join(', ')}`, () => {
    const found = nextDates(expression, from, dates.length);

    assert.deepEqual(found, dates);
  });
}

const WRONG: [expression: string, complaint: RegExp][] = [
  ['', /0 fields; write six/],
  ['* * * *', /4 fields; write six/],
  ['* * * * * * *', /7 fields; write six/],
  ['60 * * * * *', /second field has '60'; write 0 to 59/],
  ['0 0 24 * * *', /hour field has '24'; write 0 to 23/],
  ['0 0 0 0 * *', /day field has '0'; write 1 to 31/],
  ['0 0 0 * 13 *', /month field has '13'; write 1 to 12 or a name such as feb/],
  ['0 0 0 * * 7', /day-of-week field has '7'; write 0 to 6 or a name such as mon/],
  ['0 0 0 * * Montag', /day-of-week field has 'Montag'/],
  ['0 1-2-3 * * * *', /minute field has '1-2-3'; a range is two values/],
  ['0 */x * * * *', /minute field has '\*\/x'; after a slash goes one number/],
  ['0 ,5 * * * *', /minute field has ''/],
  ['0 5, * * * *', /minute field has ''/],
  ['0 -5 * * * *', /minute field has ''/],
  ['0 1.5 * * * *', /minute field has '1.5'/],
  ['0 0 0 L * *', /day field has 'L'/],
  ['0 0 0 ? * *', /day field has '\?'/],
  ['0 0 0 15W * *', /day field has '15W'/],
  ['0 0 0 * * 5#2', /day-of-week field has '5#2'/],
  ['@daily', /1 fields; write six/],
];

for (const [expression, complaint] of WRONG) {
  test(`'${expression}' is refused with a message that names the field`, () => {
    const parse = (): unknown => parseNcrontab(expression);

    assert.throws(parse, (error) => error instanceof NcrontabError && complaint.test(error.message));
  });
}
