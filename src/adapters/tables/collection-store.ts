// The CollectionStore port: `collection|<id>` in the partition of each organization, in the table that roles and assignments share.
import type { AppliedGroups, CollectionStore } from '../../domain/collection-store-port.ts';
import type { Collection } from '../../domain/collection.ts';
import type { Versioned } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { guardedKey, readGuard, readGuarded, removeGuarded, saveGuarded } from './guarded-rows.ts';
import { keyOf, keysBelow } from './keys.ts';
import { removePartitions } from './remove-partitions.ts';
import type { Table } from './row.ts';

const COLLECTION = 'collection';
const APPLIED = 'applied-groups';

const collectionDocument = createDocument<Collection>('collection');
const appliedDocument = createDocument<AppliedGroups>('applied');

/** Collections kept in a table. */
export function createCollectionStore(table: Table): CollectionStore {
  return {
    guard: (organization) => readGuard(table, organization),

    async all(organization) {
      const found: Versioned<Collection>[] = [];
      for await (const { rows } of table.pages({ partition: keyOf(organization), rows: keysBelow(COLLECTION) })) {
        found.push(...rows.map((row) => readGuarded(collectionDocument, row, COLLECTION)));
      }
      return found;
    },

    save(collection, change) {
      const key = guardedKey(collection.organization, COLLECTION, collection.id);
      return saveGuarded(table, key, collectionDocument.pack(collection), change);
    },

    remove: (organization, id, change) => removeGuarded(table, guardedKey(organization, COLLECTION, id), change),

    async appliedGroups(organization) {
      const row = await table.get(guardedKey(organization, APPLIED));
      return row && readGuarded(appliedDocument, row, 'state of groups');
    },

    async keepAppliedGroups(organization, applied, version) {
      const row = { ...guardedKey(organization, APPLIED), values: appliedDocument.pack(applied) };
      return table.write(version === undefined ? { kind: 'insert', row } : { kind: 'replace', row, version });
    },

    removeAll: (organization) => removePartitions(table, [keyOf(organization)]),
  };
}
