// Whether .NET's DateTime.TryParse would take a text in the invariant culture: the forms people put into URLs
// (ISO 8601, month/day/year, day month-name year, a time alone). It does not compute the date.

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const MONTH_NAME = '(?<name>[a-z]{3,9})';
const WEEKDAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?';
const TIME =
  '(?<hour>\\d{1,2}):(?<minute>\\d{1,2})(?::(?<second>\\d{1,2})(?:\\.\\d+)?)?(?<half> ?[ap]m)?(?: ?(?:z|gmt|[+-]\\d{1,2}(?::?\\d{2})?))?';

const DATES = [
  '(?<year>\\d{4})[-/.](?<month>\\d{1,2})(?:[-/.](?<day>\\d{1,2}))?',
  '(?<month>\\d{1,2})[-/.](?<day>\\d{1,2})[-/.](?<year>\\d{4}|\\d{2})',
  `${WEEKDAY}(?<day>\\d{1,2})[ -]${MONTH_NAME}[ -](?<year>\\d{4})`,
  `${WEEKDAY}${MONTH_NAME} (?<day>\\d{1,2}),? (?<year>\\d{4})`,
];
const FORMS = [...DATES.map((date) => `${date}(?:(?:t|,? )${TIME})?`), TIME].map((form) => new RegExp(`^${form}$`, 'i'));

type Parts = Partial<Record<'year' | 'month' | 'day' | 'name' | 'hour' | 'minute' | 'second' | 'half', string>>;

/** 1 to 12 for a whole name or its first three letters, else 0. */
function monthOf(name: string): number {
  return MONTHS.findIndex((month) => month === name.toLowerCase() || month.slice(0, 3) === name.toLowerCase()) + 1;
}

function isRealDate({ year, month, day = '1', name }: Parts): boolean {
  if (year === undefined) return true;
  const monthNumber = name === undefined ? Number(month) : monthOf(name);
  if (monthNumber < 1 || monthNumber > 12) return false;
  const fullYear = year.length === 2 ? 2000 + Number(year) : Number(year);
  // Day 0 of the next month is the last day of this one.
  const lastDay = new Date(Date.UTC(fullYear, monthNumber, 0)).getUTCDate();
  return fullYear >= 1 && Number(day) >= 1 && Number(day) <= lastDay;
}

function isRealTime({ hour, minute, second = '0', half }: Parts): boolean {
  if (hour === undefined) return true;
  const isHour = half === undefined ? Number(hour) <= 23 : Number(hour) <= 12;
  return isHour && Number(minute) <= 59 && Number(second) <= 59;
}

/** True when the text is a date, a date with a time, or a time, and that moment exists. */
export function isDotnetDateTime(text: string): boolean {
  const trimmed = text.trim();
  return FORMS.some((form) => {
    const parts: Parts | undefined = form.exec(trimmed)?.groups;
    return parts !== undefined && isRealDate(parts) && isRealTime(parts);
  });
}
