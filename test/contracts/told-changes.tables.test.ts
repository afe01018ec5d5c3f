// Changes that are told, on Azure Tables, and through a network that breaks at every place: what the caller hears is what is there.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { randomIds } from '../../src/adapters/random-ids.ts';
import type { Table } from '../../src/adapters/tables/row.ts';
import { createTable } from '../../src/adapters/tables/table.ts';
import { AppError } from '../../src/domain/errors.ts';
import { startStorageProxy } from '../support/storage-proxy.ts';
import type { Fate } from '../support/storage-proxy.ts';
import { startTestAzurite } from './test-azurite.ts';
import { anEntry, newOrganization, storesOn, toldChanges, toldChangesContract, waitingIn } from './told-changes.ts';

const azurite = await startTestAzurite('told-changes');
const proxy = await startStorageProxy(azurite.connectionString);
after(() => proxy.close());

const openOn =
  (connectionString: string) =>
  (name: string): Table =>
    createTable({ account: { connectionString }, name, ids: randomIds, wait: async () => undefined, random: () => 0.5, timeLimitMs: 400 });
const open = openOn(azurite.connectionString);
const openThrough = openOn(proxy.connectionString);

toldChangesContract('Azurite', () => open);

const always = (fate: Fate): Fate[] => Array.from({ length: 5 }, () => fate);

for (const [how, fates] of [
  ['the connection breaks before storage sees it, once', [{ kind: 'cut-before' }]],
  ['the connection always breaks before storage sees it', always({ kind: 'cut-before' })],
  ['the answer is lost', [{ kind: 'cut-after' }]],
  ['the answer is cut', [{ kind: 'cut-within' }]],
  ['no answer comes', [{ kind: 'silence' }]],
  ['storage fails after the work, always', always({ kind: 'refuse-afterwards', status: 500, code: 'OperationTimedOut' })],
  ['storage is busy all the time', always({ kind: 'refuse', status: 503, code: 'ServerBusy' })],
] satisfies [string, Fate[]][]) {
  for (const told of toldChanges) {
    test(`${told.name} and its event both or neither, when ${how}`, async () => {
      const [stores, organization] = [storesOn(open), newOrganization()];
      const entry = anEntry(organization);
      const { make, isMade } = await told.prepare(stores, organization);
      const left = [...fates];
      proxy.judge(({ method, path }) => (method === 'POST' && path.includes('$batch') ? left.shift() : undefined));

      const outcome = await make(storesOn(openThrough), [entry]).then(
        () => 'made',
        (error: unknown) => error,
      );

      const isThere = await isMade(stores);
      assert.deepEqual(await waitingIn(open, organization), isThere ? [entry.event.id] : []);
      if (outcome === 'made') assert.equal(isThere, true);
      else assert.match(outcome instanceof AppError ? outcome.code : String(outcome), /^store\.(?:busy|unavailable|outcome-unknown)$/);
    });
  }
}
