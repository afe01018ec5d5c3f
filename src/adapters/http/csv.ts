// A table as CSV (RFC 4180) for spreadsheets, whatever is in it: no cell begins in a way that a spreadsheet takes for a formula.
// https://owasp.org/www-community/attacks/CSV_Injection
import type { HttpResponseInit } from '@azure/functions';

/** What a cell may hold. A number is written as it is, because a spreadsheet takes it for nothing else. */
export type CsvCell = string | number | boolean | undefined;

/** A column: its heading, and its cell of each row. */
export interface CsvColumn<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => CsvCell;
}

/** Also as full-width characters, and behind what some programs strip. */
const FORMULA = /^[\s\uFEFF]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;

function cellText(value: CsvCell): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The table as text, with a line of headings. */
export function csvText<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ heading }) => cellText(heading)), ...rows.map((row) => columns.map(({ cell }) => cellText(cell(row))))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** Whether a list is wanted as a table: by its parameter, else by what the caller says it accepts. */
export function wantsCsv(headers: Headers, format: 'json' | 'csv' | undefined): boolean {
  const accepted = (headers.get('accept') ?? '').toLowerCase();
  return format === undefined ? /(?:^|,)\s*text\/csv\b/.test(accepted) && !accepted.includes('application/json') : format === 'csv';
}

/** What comes with a table. */
export interface CsvOptions {
  /** Without its ending. */
  readonly fileName: string;
  /** Where the list goes on; becomes a Link header (RFC 8288), because a table has no other place for it. */
  readonly nextLink: string | undefined;
}

/** The answer that is a file with the table. */
export function csv<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[], { fileName, nextLink }: CsvOptions): HttpResponseInit {
  return {
    status: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${fileName}.csv"`,
      ...(nextLink !== undefined && { link: `<${nextLink}>; rel="next"` }),
    },
    body: csvText(columns, rows),
  };
}
