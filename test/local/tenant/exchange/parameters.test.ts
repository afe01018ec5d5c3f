import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExchangeError } from '../../../../src/local/tenant/exchange/exchange-error.ts';
import { editList, Parameters, type ParameterTable } from '../../../../src/local/tenant/exchange/parameters.ts';

const TABLE: ParameterTable = {
  Identity: 'text',
  AccountOnly: 'switch',
  ResultSize: 'size',
  MinPasswordLength: 'int',
  Lock: 'span',
  AccessLevel: { choices: ['Allow', 'Block', 'Quarantine'] },
  IDs: 'list',
};

const given = (values: Record<string, unknown>): Parameters => new Parameters(TABLE, values);

test('names are matched in any case, unknown ones are refused together', () => {
  assert.equal(given({ IDENTITY: 'x' }).text('Identity'), 'x');
  assert.throws(() => given({ Identity: 'x', Foo: 1, Bar: 2 }), /Invalid cmdlet parameters specified\. Foo, Bar/);
});

test('a switch comes as a bool, as a text or as an object', () => {
  const values = [true, 'true', '$true', { IsPresent: true }, false, 'False', { IsPresent: false }, null].map((value) =>
    given({ AccountOnly: value }).flag('AccountOnly'),
  );

  assert.deepEqual(values, [true, true, true, true, false, false, false, undefined]);
  assert.throws(() => given({ AccountOnly: 'maybe' }).flag('AccountOnly'), ExchangeError);
});

test('the beginning of a choice is enough when it is unambiguous', () => {
  const choice = (text: string): string | undefined => given({ AccessLevel: text }).choice('AccessLevel');

  assert.deepEqual([choice('q'), choice('BLOCK'), choice('Al')], ['Quarantine', 'Block', 'Allow']);
  assert.throws(() => choice('x'), /Allow, Block, Quarantine/);
  assert.throws(() => choice(''), ExchangeError);
});

test('sizes, numbers and spans are checked', () => {
  assert.deepEqual([given({ ResultSize: 'unlimited' }).size('ResultSize'), given({ ResultSize: '5' }).size('ResultSize')], [Infinity, 5]);
  assert.throws(() => given({ ResultSize: 0 }).size('ResultSize'), ExchangeError);
  assert.throws(() => given({ MinPasswordLength: 17 }).integer('MinPasswordLength', 1, 16), /not between 1 and 16/);
  assert.deepEqual(
    [given({ Lock: '00:15:00' }).span('Lock'), given({ Lock: '30.00:00:00' }).span('Lock'), given({ Lock: 'UNLIMITED' }).span('Lock')],
    ['00:15:00', '30.00:00:00', 'Unlimited'],
  );
  assert.throws(() => given({ Lock: '15 minutes' }).span('Lock'), ExchangeError);
});

test('a list is replaced by an array and edited by add and remove, be they arrays or single texts', () => {
  assert.deepEqual(given({ IDs: ['a', 'b'] }).list('IDs'), { replace: ['a', 'b'] });
  assert.deepEqual(given({ IDs: { '@odata.type': '#Exchange.GenericHashTable', add: 'a', Remove: ['b'] } }).list('IDs'), {
    add: ['a'],
    remove: ['b'],
  });
  assert.throws(() => given({ IDs: { plus: 'a' } }).list('IDs'), ExchangeError);
  assert.throws(() => given({ IDs: [1] }).list('IDs'), ExchangeError);
});

test('an edit keeps every id that it does not name, in its order, and never doubles one', () => {
  const id = fc.string({ minLength: 1, maxLength: 3 });
  const ids = fc.uniqueArray(id, { selector: (text) => text.toLowerCase(), maxLength: 12 });

  fc.assert(
    fc.property(ids, fc.array(id, { maxLength: 4 }), fc.array(id, { maxLength: 4 }), (current, add, remove) => {
      const edited = editList(current, { add, remove });
      const named = new Set([...add, ...remove].map((text) => text.toLowerCase()));

      const kept = edited.filter((text) => !named.has(text.toLowerCase()));
      assert.deepEqual(
        kept,
        current.filter((text) => !named.has(text.toLowerCase())),
      );
      assert.equal(new Set(edited.map((text) => text.toLowerCase())).size, edited.length);
      for (const text of add) assert.ok(edited.some((one) => one.toLowerCase() === text.toLowerCase()));
    }),
  );
});

test('edits of different ids commute: whoever comes first, both are there in the end', () => {
  const edit = fc.record({
    add: fc.array(fc.constantFrom('a1', 'a2'), { maxLength: 2 }),
    remove: fc.array(fc.constantFrom('a3', 'a4'), { maxLength: 2 }),
  });

  fc.assert(
    fc.property(edit, (first) => {
      const current = ['a3', 'a4', 'b3', 'b4', 'other'];
      const second = { add: ['b1'], remove: ['b3'] };

      const one = editList(editList(current, first), second).toSorted();
      const two = editList(editList(current, second), first).toSorted();

      assert.deepEqual(one, two);
      assert.ok(one.includes('other'));
    }),
  );
});
