import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { createDeviceStore } from '../../../src/adapters/tables/device-store.ts';
import { membershipFilterText, ownerFactsSides, ownerUserSide } from '../../../src/adapters/tables/membership-rows.ts';
import { createTable } from '../../../src/adapters/tables/table.ts';
import { conditionOf, membershipIn } from '../../../src/domain/collection.ts';
import { testerOf } from '../../../src/domain/collection-rule.ts';
import type { CollectionRule } from '../../../src/domain/collection-rule.ts';
import type { DeviceRecord } from '../../../src/domain/device-record.ts';
import { parseDeviceGuid } from '../../../src/domain/device-identity.ts';
import type { DeviceStore } from '../../../src/domain/device-store-port.ts';
import { filteringOf } from '../../../src/domain/membership-filter.ts';
import { ownerOf } from '../../../src/domain/owner-facts.ts';
import { startAzurite } from '../../../src/local/launcher/azurite.ts';
import { randomIds } from '../../../src/adapters/random-ids.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import {
  aCatalogue,
  aCollection,
  AT,
  catalogues,
  collectionIds,
  groupIds,
  guidNumber,
  mailbox,
  organization,
  records,
  rules,
  userIds,
} from '../../support/access-arbitraries.ts';
import { comparisonsIn, odataHolds } from '../../support/odata-filter.ts';
import { tempDirectory } from '../../support/temp-directory.ts';

const PREFIX = 'o|';

function rowOf(record: DeviceRecord): Record<string, string> {
  return { RowKey: `${PREFIX}${record.id}`, ...ownerUserSide(ownerOf(record)), ...ownerFactsSides(record.ownerFacts) };
}

test('storage never leaves out a device for which a rule holds, whatever is known of it', () => {
  fc.assert(
    fc.property(rules, records(), fc.subarray([...groupIds]), (rule, record, known) => {
      const { filter } = filteringOf(rule);
      const isMember = testerOf(rule, new Set(known))(record) === true;

      const isLeft = filter === undefined || odataHolds(membershipFilterText(filter, PREFIX), rowOf(record));

      assert.ok(isLeft || !isMember);
    }),
    { numRuns: 2000 },
  );
});

test('where a filter is exact, storage and memory agree on every device whose owner is settled', () => {
  let exact = 0;
  fc.assert(
    fc.property(rules, records({ isSettled: true }), (rule, record) => {
      const { filter, isExact } = filteringOf(rule);
      if (!isExact) return;
      exact += 1;

      const isLeft = filter === undefined || odataHolds(membershipFilterText(filter, PREFIX), rowOf(record));

      assert.equal(isLeft, testerOf(rule, new Set(groupIds))(record) === true);
    }),
    { numRuns: 3000 },
  );
  assert.ok(exact > 500, `only ${exact} exact filters were tried`);
});

test('no filter has more than ten comparisons, whatever the collections', () => {
  fc.assert(
    fc.property(catalogues, fc.array(collectionIds, { maxLength: 3 }), (catalogue, ids) => {
      const { filter } = membershipIn(catalogue, ids);

      assert.ok(filter === undefined || comparisonsIn(membershipFilterText(filter, PREFIX)) <= 10);
    }),
    { numRuns: 500 },
  );
});

test('the filter of several collections lets through every member of each', () => {
  fc.assert(
    fc.property(catalogues, fc.array(collectionIds, { minLength: 1, maxLength: 3 }), records(), (catalogue, ids, record) => {
      const { has, filter } = membershipIn(catalogue, ids);

      assert.equal(
        has(record),
        ids.some((id) => testerOf(conditionOf(catalogue, id), catalogue.knownGroups)(record) === true),
      );
      if (has(record)) assert.ok(filter === undefined || odataHolds(membershipFilterText(filter, PREFIX), rowOf(record)));
    }),
    { numRuns: 1000 },
  );
});

test('a prefix that ends where orders of text differ is no upper bound', () => {
  const beginning = (value: string): CollectionRule => ({ kind: 'test', field: 'department', operator: 'startsWith', value });

  assert.deepEqual(filteringOf(beginning('Sal')).filter, {
    kind: 'and',
    filters: [
      { kind: 'compare', field: 'department', operator: 'ge', value: 'sal' },
      { kind: 'compare', field: 'department', operator: 'lt', value: 'sam' },
    ],
  });
  assert.deepEqual(filteringOf(beginning('\u{1F680}')), {
    filter: { kind: 'compare', field: 'department', operator: 'ge', value: '\u{1F680}' },
    isExact: false,
  });
});

let devices: DeviceStore;
let stop: () => Promise<unknown>;

before(async () => {
  const azurite = await startAzurite({ dataDirectory: tempDirectory('membership') });
  stop = () => azurite.stop();
  const open = (name: string): ReturnType<typeof createTable> =>
    createTable({ account: { connectionString: azurite.connectionString }, name, ids: randomIds });
  devices = createDeviceStore({ devices: open('Devices'), lookups: open('Lookups'), clock: systemClock });
});

after(() => stop());

test('on Azure Tables the members of a collection are the same with the filter as without, and fewer rows come', async () => {
  const departments = ['Sales', 'Sálès', 'sales EMEA', "O'Brien & Söhne", '販売部', 'Marketing', undefined];
  const all = Array.from({ length: 42 }, (_, index) => {
    const guid = parseDeviceGuid(guidNumber('device', index));
    const user = userIds[index % userIds.length];
    assert.ok(guid !== undefined && user !== undefined);
    const department = departments[index % departments.length];
    return { guid, user, facts: { user, groups: [], domain: 'contoso.example', ...(department !== undefined && { department }) } };
  });
  const writer = devices.writer(organization, 'everything');
  await writer.add(all.map(({ guid, user }) => ({ device: { guid }, owner: { kind: 'mailbox', mailbox, user }, observedAt: AT })));
  await writer.finish();
  await devices.amend(
    organization,
    all.map(({ guid, facts }) => ({ id: guid, ownerFacts: facts })),
  );
  const inDepartment = (operator: 'eq' | 'startsWith', value: string): CollectionRule => ({
    kind: 'test',
    field: 'department',
    operator,
    value,
  });
  const someRules: CollectionRule[] = [
    inDepartment('eq', 'SALES'),
    inDepartment('startsWith', 'sal'),
    inDepartment('eq', "o'brien & sohne"),
    inDepartment('startsWith', '販'),
    { kind: 'not', rule: inDepartment('startsWith', 'sal') },
    {
      kind: 'and',
      rules: [
        { kind: 'not', rule: inDepartment('eq', 'Marketing') },
        { kind: 'test', field: 'user', operator: 'in', value: [userIds[0] ?? ''] },
      ],
    },
  ];

  for (const rule of someRules) {
    const { has, filter } = membershipIn(aCatalogue([aCollection('c', { rule })]), ['c']);
    assert.ok(filter);
    const whole = await devices.scan(organization, { matches: has, top: 1000 });
    const filtered = await devices.scan(organization, { matches: has, top: 1000, filter });

    assert.deepEqual(
      filtered.values.map(({ id }) => id),
      whole.values.map(({ id }) => id),
      JSON.stringify(rule),
    );
    assert.ok(filtered.values.length > 0 && filtered.scanned < whole.scanned, JSON.stringify(rule));
    assert.equal(filtered.scanned, filtered.values.length);
  }
});
