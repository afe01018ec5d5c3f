// Tables as CSV: what RFC 4180 asks for, and cells that no spreadsheet takes for a formula.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { csv, csvText } from '../../../src/adapters/http/csv.ts';
import type { CsvCell, CsvColumn } from '../../../src/adapters/http/csv.ts';

const column: CsvColumn<CsvCell> = { heading: 'A', cell: (value) => value };

/** The cells of a table as RFC 4180 reads them. */
function read(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

test('no cell begins in a way that a spreadsheet takes for a formula', () => {
  const texts = [
    '=1+1',
    '+1',
    '-1',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    ' =1',
    '\n=1',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    '\uFEFF=1',
    '=HYPERLINK("https://example.com","open")',
  ];

  const cells = read(csvText([column], texts)).slice(1);

  assert.deepEqual(
    cells,
    texts.map((text) => [`'${text}`]),
  );
});

test('harmless texts, numbers and what is not there are written as they are', () => {
  const cells = read(csvText([column], ['plain', '5-1', 'a=b', -5, 0, true, undefined, '']));

  assert.deepEqual(cells, [['A'], ['plain'], ['5-1'], ['a=b'], ['-5'], ['0'], ['true'], [''], ['']]);
});

test('whatever is in a table comes out of it again, apart from the mark before formulas', () => {
  const columns: CsvColumn<readonly [string, string]>[] = [
    { heading: 'a,"b"', cell: ([first]) => first },
    { heading: 'c', cell: ([, second]) => second },
  ];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string())), (rows) => {
      const cells = read(csvText(columns, rows));

      assert.deepEqual(cells[0], ['a,"b"', 'c']);
      assert.equal(cells.length, rows.length + 1);
      for (const [index, row] of rows.entries()) {
        for (const [at, text] of row.entries()) assert.ok([text, `'${text}`].includes(cells[index + 1]?.[at] ?? 'no cell'));
      }
    }),
  );
});

test('the answer is a file, and a Link header says where the list goes on', () => {
  const { status, headers } = csv([column], [], { fileName: 'status-messages', nextLink: '/api/x?continuation=y' });

  assert.equal(status, 200);
  const named = new Headers(headers);
  assert.match(named.get('content-type') ?? '', /^text\/csv; charset=utf-8/);
  assert.equal(named.get('content-disposition'), 'attachment; filename="status-messages.csv"');
  assert.equal(named.get('link'), '</api/x?continuation=y>; rel="next"');
  assert.equal(new Headers(csv([column], [], { fileName: 'x', nextLink: undefined }).headers).get('link'), null);
});
