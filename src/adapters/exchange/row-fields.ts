// Fields of Exchange's rows, read tolerantly: absent, blank, null or of an odd type becomes undefined (unknown), never a guess and never an error.
// Keys with `@` are type annotations and are ignored: what a field holds is known by its name.
// Forms on the wire: reference "Property serialisation"; .NET's own texts for TimeSpan and ByteQuantifiedSize.
import * as z from 'zod';
import { isGuid } from '../../domain/device-identity.ts';
import { parseInstant } from '../../domain/instant.ts';
import type { Instant } from '../../domain/instant.ts';
import type { JsonObject, Read } from '../row-reader.ts';
import { isObject } from '../row-reader.ts';

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function readGuid(value: unknown): string | undefined {
  return typeof value === 'string' && isGuid(value) ? value.toLowerCase() : undefined;
}

function readFlag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.trim().toLowerCase();
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

function readCount(value: unknown): number | undefined {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

// .NET writes its least date for "not set", and a file time of zero falls into 1601; ActiveSync is younger than both.
const FIRST_YEAR = '1990';

/** How Exchange usually writes a moment. Every month has 28 days, so that up to there no calendar is needed. */
const USUAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3}\d*)?(?:Z|\+00:00)$/;
const SECONDS_END = 'yyyy-mm-ddThh:mm:ss'.length;
const MILLISECONDS_END = SECONDS_END + '.000'.length;

function fromUsual(text: string): Instant {
  const isOurs = text.length === MILLISECONDS_END + 1;
  if (isOurs) return text;
  return `${text.slice(0, SECONDS_END)}${text[SECONDS_END] === '.' ? text.slice(SECONDS_END, MILLISECONDS_END) : '.000'}Z`;
}

/** Every date we read is in UTC by its documentation, so that a missing zone means UTC. */
function readInstant(value: unknown): Instant | undefined {
  if (typeof value !== 'string') return undefined;
  const instant = USUAL.test(value) ? fromUsual(value) : (parseInstant(value) ?? parseInstant(`${value}Z`));
  return instant !== undefined && instant >= FIRST_YEAR && instant < '9999' ? instant : undefined;
}

/** Blank entries say nothing and are dropped; any other odd entry makes the whole list unknown. */
function readList(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: string[] = [];
  for (const entry of value) {
    if (typeof entry !== 'string') return undefined;
    if (entry.trim() !== '') entries.push(entry);
  }
  return entries;
}

const isUnlimited = (value: unknown): boolean => typeof value === 'string' && value.trim().toLowerCase() === 'unlimited';

const TIME_SPAN = /^(?:(\d{1,8})\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d{1,7})?$/;

/** Whole seconds; fractions are dropped. */
function readTimeSpan(value: unknown): number | 'unlimited' | undefined {
  if (isUnlimited(value)) return 'unlimited';
  const match = typeof value === 'string' ? TIME_SPAN.exec(value.trim()) : null;
  if (!match) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  if (days === undefined || hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  return hours > 23 || minutes > 59 || seconds > 59 ? undefined : ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

const SIZE = /^[\d.,]+ ?[KMGT]?B \(([\d,]{1,20}) bytes\)$/i;

/** A number, also in .NET's form for sizes, `99 GB (106,300,440,576 bytes)`. */
function readLimit(value: unknown): number | 'unlimited' | undefined {
  if (isUnlimited(value)) return 'unlimited';
  const bytes = typeof value === 'string' ? SIZE.exec(value.trim())?.[1]?.replaceAll(',', '') : undefined;
  return readCount(bytes ?? value);
}

function field<T>(read: (value: unknown) => T | undefined) {
  return z.unknown().optional().transform(read);
}

/** Text as it is, blanks around it included; undefined when there is none. */
export const text = field(readText);
/** A GUID in lower case. */
export const guid = field(readGuid);
/** A boolean, or .NET's text for one. */
export const flag = field(readFlag);
/** A moment in UTC; dates that stand for "not set" are unknown. */
export const instant = field(readInstant);
/** A list of texts; unknown as a whole when one entry is. */
export const list = field(readList);
/** A time span in seconds, or `unlimited`. */
export const timeSpan = field(readTimeSpan);
/** A number or size, or `unlimited`. */
export const limit = field(readLimit);

/** One of `values`, as `choiceOf` reads it. */
export function choice<const V extends string>(values: readonly V[]) {
  return field(choiceOf(values));
}

/** Reads one of `values`, compared without case but whole: a prefix that PowerShell would accept as input is not taken for a value here. */
function choiceOf<const V extends string>(values: readonly V[]): Read<V> {
  const byText = new Map<string, V>(values.map((value) => [value.toLowerCase(), value]));
  return (value) => (typeof value === 'string' ? byText.get(value.trim().toLowerCase()) : undefined);
}

/** The same fields for the rows of the longest lists (row-reader.ts). */
export const columns = {
  text: readText,
  guid: readGuid,
  flag: readFlag,
  count: readCount,
  instant: readInstant,
  list: readList,
  choice: choiceOf,
};

type Known<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The fields that are not undefined. */
export function known<T extends object>(fields: T): Known<T>;
export function known(fields: Readonly<Record<string, unknown>>): object {
  const found: Record<string, unknown> = {};
  for (const key in fields) {
    if (fields[key] !== undefined) found[key] = fields[key];
  }
  return found;
}

/** How one kind of row is read: a zod schema, or what `rowOf` makes. */
interface RowSchema<T> {
  safeParse(row: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

/** A schema without zod. */
export function rowOf<T>(read: (row: JsonObject) => T): RowSchema<T> {
  return { safeParse: (row) => (isObject(row) ? { success: true, data: read(row) } : { success: false }) };
}

/** Reads one row with `schema`; a row that is no object at all is undefined, too. */
export function readRow<T>(schema: RowSchema<T>, row: unknown): T | undefined {
  const result = schema.safeParse(row);
  return result.success ? result.data : undefined;
}
