// Rows as Exchange's JSON: every column writes itself with the annotations of its .NET type, so that a page is built by joining text.
// Serialization as in captured answers of the service.
import { exchangeTime } from '../world/instants.ts';
import type { InstantMs } from '../world/types.ts';

/** One property of a row: its name, and the JSON members (annotations first) that it becomes. */
export interface Column<Row> {
  readonly name: string;
  json(row: Row): string;
}

const NON_ASCII = /[\u007f-\uffff]/;
const NON_ASCII_ALL = /[\u007f-\uffff]/g;
/** Nothing in it needs escaping: most texts, and several times faster. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A JSON string in ASCII: the service escapes everything else (`§` arrives as `\\u00a7`). */
export function jsonText(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  // The separator of device names is the one character that almost every row holds.
  const json = JSON.stringify(text).replaceAll('§', String.raw`\u00a7`);
  return NON_ASCII.test(json) ? json.replaceAll(NON_ASCII_ALL, escapeCharacter) : json;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function nullable(text: string | null): string {
  return text === null ? 'null' : jsonText(text);
}

/** A text; neighbouring rows often have the same one, which is then written once. */
export function textColumn<Row>(name: string, read: (row: Row) => string | null): Column<Row> {
  let last: string | null | undefined;
  let json = '';
  return {
    name,
    json(row) {
      const value = read(row);
      if (value !== last) {
        last = value;
        json = `"${name}":${nullable(value)}`;
      }
      return json;
    },
  };
}

/** A text that is JSON already, quotes and all. */
export function jsonColumn<Row>(name: string, read: (row: Row) => string): Column<Row> {
  return { name, json: (row) => `"${name}":${read(row)}` };
}

export function boolColumn<Row>(name: string, read: (row: Row) => boolean | null): Column<Row> {
  return { name, json: (row) => `"${name}":${read(row)}` };
}

export function guidColumn<Row>(name: string, read: (row: Row) => string): Column<Row> {
  const head = `"${name}@data.type":"System.Guid","${name}@odata.type":"#Guid","${name}":"`;
  return { name, json: (row) => `${head}${read(row)}"` };
}

/** A date with offset, or with Z where the name ends in UTC. */
export function dateColumn<Row>(name: string, read: (row: Row) => InstantMs | null, ticks: (row: Row) => number = () => 0): Column<Row> {
  const head = `"${name}@data.type":"System.DateTime","${name}":"`;
  const isUtcColumn = name.endsWith('UTC');
  return {
    name,
    json(row) {
      const ms = read(row);
      return ms === null ? `"${name}":null` : `${head}${exchangeTime(ms, ticks(row), isUtcColumn)}"`;
    },
  };
}

/** A date of the statistics rows, which `$metadata` types as plain strings. */
export function plainDateColumn<Row>(
  name: string,
  read: (row: Row) => InstantMs | null,
  ticks: (row: Row) => number = () => 0,
): Column<Row> {
  return {
    name,
    json(row) {
      const ms = read(row);
      return ms === null ? `"${name}":null` : `"${name}":"${exchangeTime(ms, ticks(row), true)}"`;
    },
  };
}

export function intColumn<Row>(name: string, read: (row: Row) => number | null, type: 'Int32' | 'Int64' = 'Int32'): Column<Row> {
  const head = `"${name}@data.type":"System.${type}","${name}":`;
  return {
    name,
    json(row) {
      const value = read(row);
      return value === null ? `"${name}":null` : `${head}${value}`;
    },
  };
}

export function listColumn<Row>(name: string, read: (row: Row) => readonly string[]): Column<Row> {
  return { name, json: (row) => `"${name}@odata.type":"#Collection(String)","${name}":[${read(row).map(jsonText).join(',')}]` };
}

/** The columns that `$select` names, in their own order; all of them when it names none. */
export function selectColumns<Row>(columns: readonly Column<Row>[], select: readonly string[]): readonly Column<Row>[] {
  if (select.length === 0) return columns;
  const wanted = new Set(select.map((name) => name.toLowerCase()));
  return columns.filter(({ name }) => wanted.has(name.toLowerCase()));
}

/** One row as a JSON object. */
export function rowJson<Row>(columns: readonly Column<Row>[], row: Row): string {
  const members: string[] = [];
  for (const column of columns) members.push(column.json(row));
  return `{${members.join(',')}}`;
}
