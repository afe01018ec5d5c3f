import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { compileConstraint, RouteTemplateError } from '../../../../src/local/host/http/route-constraints.ts';

/** Constraint, what it takes, what it does not. */
const TABLE: [string, string[], string[]][] = [
  ['int', ['5', '-5', '+5', '007', ' 7 ', '2147483647', '-2147483648'], ['2147483648', '-2147483649', 'abc', '1.5', '', '5-', '--5']],
  ['long', ['9999999999', '9223372036854775807', '-9223372036854775808'], ['9223372036854775808', 'x', '1e3']],
  ['bool', ['true', 'False', 'TRUE', ' true '], ['1', 'yes', '']],
  ['decimal', ['1', '-1.5', '1,000.25', '.5', '5.', '5-'], ['1e3', '-5-', '', '.', '99999999999999999999999999999999']],
  ['double', ['1.5', '1e3', '-1E-3', '.5', 'NaN', '-Infinity', '1,000'], ['x', '', '1e', '0x10']],
  ['float', ['1.5', '1e3'], ['x']],
  [
    'guid',
    [
      '9c9cf5a8-3c1a-4c1e-8f7a-0d4a5c2b1e6f',
      '9C9CF5A83C1A4C1E8F7A0D4A5C2B1E6F',
      '{9c9cf5a8-3c1a-4c1e-8f7a-0d4a5c2b1e6f}',
      '(9c9cf5a8-3c1a-4c1e-8f7a-0d4a5c2b1e6f)',
      '{0x9c9cf5a8,0x3c1a,0x4c1e,{0x8f,0x7a,0x0d,0x4a,0x5c,0x2b,0x1e,0x6f}}',
    ],
    ['not-a-guid', '{9c9cf5a8-3c1a-4c1e-8f7a-0d4a5c2b1e6f)', '9c9cf5a8-3c1a-4c1e-8f7a-0d4a5c2b1e6', ''],
  ],
  [
    'datetime',
    [
      '2020-01-02',
      '2020-02-29',
      '2020-01-02T03:04:05Z',
      '2020-01-02T03:04:05.678+01:00',
      '2020-01-02 03:04',
      '2020/1/2',
      '2020-01',
      '1/2/2020',
      '12/31/99 11:59 PM',
      'Thu, 02 Jan 2020 03:04:05 GMT',
      '2 January 2020',
      'May 4, 2020',
      '12:30',
    ],
    ['soon', '2020-02-30', '2021-02-29', '2020-13-01', '13/1/2020', '2020-01-02T24:00', '12:60', '13:00 PM', '2 Januar 2020', '2020', ''],
  ],
  ['alpha', ['abc', 'ABC', ''], ['ab1', 'é', 'a b']],
  ['required', ['x', ' '], ['']],
  ['length(2,3)', ['ab', 'abc'], ['a', 'abcd']],
  ['length(2)', ['ab'], ['a', 'abc']],
  ['minlength(2)', ['ab', 'abc'], ['a', '']],
  ['maxlength(2)', ['', 'ab'], ['abc']],
  ['min(1)', ['1', '2'], ['0', '-1', 'x', '1.5']],
  ['max(-1)', ['-1', '-2'], ['0']],
  ['range(3,5)', ['3', '5'], ['2', '6', 'x', '99999999999999999999']],
  ['regex(^a\\d+$)', ['a1', 'A12'], ['b1', 'a']],
  ['regex(b)', ['abc'], ['ac']],
  ['INT', ['5'], ['x']],
];

suite('route constraints', () => {
  for (const [text, accepted, refused] of TABLE) {
    test(`${text} takes and refuses what .NET does`, () => {
      const constraint = compileConstraint(text);

      const taken = [...accepted, ...refused].filter((value) => constraint(value));

      assert.deepEqual(taken, accepted);
    });
  }

  test('int agrees with the 32-bit range for every whole number', () => {
    const constraint = compileConstraint('int');

    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 34n), max: 2n ** 34n }), (number) => {
        assert.equal(constraint(String(number)), BigInt.asIntN(32, number) === number);
      }),
    );
  });

  test('range takes exactly the whole numbers between its ends', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (low, high, number) => {
        assert.equal(compileConstraint(`range(${low},${high})`)(String(number)), low <= number && number <= high);
      }),
    );
  });

  test('every ISO time is a datetime', () => {
    const constraint = compileConstraint('datetime');

    fc.assert(
      fc.property(fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }), (date) =>
        constraint(date.toISOString()),
      ),
    );
  });

  for (const text of [
    'nonsense',
    'range(1)',
    'range(a,b)',
    'min()',
    'min',
    'length(1,2,3)',
    'int(5)',
    'regex',
    'regex([)',
    'constructor',
    'toString(1)',
  ]) {
    test(`'${text}' is refused as a constraint`, () => {
      assert.throws(() => compileConstraint(text), RouteTemplateError);
    });
  }
});
