// NCRONTAB expressions: `{second} {minute} {hour} {day} {month} {day-of-week}`, or five fields for second 0. It reads fields and asks croner for dates; it knows no time zones (see schedule.ts).
// Grammar as in the parser the real host uses: https://github.com/atifaziz/NCrontab (CrontabFieldImpl.cs, CrontabField.cs).
import { Cron } from 'croner';

interface FieldRule {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly words?: readonly string[];
}

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const FIELDS: readonly FieldRule[] = [
  { name: 'second', first: 0, last: 59 },
  { name: 'minute', first: 0, last: 59 },
  { name: 'hour', first: 0, last: 23 },
  { name: 'day', first: 1, last: 31 },
  { name: 'month', first: 1, last: 12, words: MONTHS },
  { name: 'day-of-week', first: 0, last: 6, words: DAYS },
];

export interface Ncrontab {
  /** The values each field allows, in ascending order: second, minute, hour, day, month, day-of-week. */
  readonly fields: readonly (readonly number[])[];
  /** The first wall time after `wallMs` that matches every field (day and day-of-week both), or undefined when none ever does. */
  nextWall(wallMs: number): number | undefined;
}

/** An expression is wrong: the message says which field and what it may hold. */
export class NcrontabError extends Error {
  override readonly name = 'NcrontabError';
}

function readNumber(rule: FieldRule, text: string): number {
  const isNumber = /^\d+$/.test(text);
  const word = isNumber || text === '' ? -1 : (rule.words?.findIndex((name) => name.startsWith(text.toLowerCase())) ?? -1);
  const value = isNumber ? Number(text) : word === -1 ? Number.NaN : word + rule.first;
  if (!(value >= rule.first && value <= rule.last)) {
    const names = rule.words ? ` or a name such as ${rule.words[1]?.slice(0, 3)}` : '';
    throw new NcrontabError(`the ${rule.name} field has '${text}'; write ${rule.first} to ${rule.last}${names}`);
  }
  return value;
}

/** One item of a list: `*`, `5`, `5/10`, `1-5`, `1-10/2` or a slash after a star. */
function readItem(rule: FieldRule, item: string): number[] {
  const [span = '', step, ...surplus] = item.split('/');
  if (surplus.length > 0 || (step !== undefined && !/^\d+$/.test(step))) {
    throw new NcrontabError(`the ${rule.name} field has '${item}'; after a slash goes one number, as in */5`);
  }
  const [from = '', to, ...rest] = span.split('-');
  if (rest.length > 0) throw new NcrontabError(`the ${rule.name} field has '${item}'; a range is two values, as in 1-5`);

  let first = span === '*' ? rule.first : readNumber(rule, from);
  let last = span === '*' ? rule.last : to !== undefined ? readNumber(rule, to) : step === undefined ? first : rule.last;
  // NCrontab turns a backward range round instead of wrapping it: fri-mon is mon-fri.
  if (first > last) [first, last] = [last, first];
  const stride = Math.max(1, Number(step ?? 1));
  return Array.from({ length: Math.floor((last - first) / stride) + 1 }, (_, index) => first + index * stride);
}

function readField(rule: FieldRule, text: string): number[] {
  const values = text.split(',').flatMap((item) => readItem(rule, item));
  return [...new Set(values)].sort((a, b) => a - b);
}

function writeField(values: readonly number[], index: number): string {
  const rule = FIELDS[index];
  return rule && values.length === rule.last - rule.first + 1 ? '*' : values.join(',');
}

/** Reads an expression of five or six fields; a wrong one throws NcrontabError. */
export function parseNcrontab(expression: string): Ncrontab {
  const texts = expression.split(' ').filter((part) => part !== '');
  if (texts.length === 5) texts.unshift('0');
  if (texts.length !== 6)
    throw new NcrontabError(`it has ${texts.length} fields; write six ({second} {minute} {hour} {day} {month} {day-of-week}) or five`);
  const fields = FIELDS.map((rule, index) => readField(rule, texts[index] ?? ''));

  const calendar = new Cron(fields.map(writeField).join(' '), { paused: true, mode: '6-part', domAndDow: true, timezone: 'UTC' });
  return { fields, nextWall: (wallMs) => calendar.nextRun(new Date(wallMs))?.getTime() };
}
