// The InstallationStore port: rows `installation|<generation>` beside the connector of the organization, one for each generation there ever was.
import type { Installation, InstallationKey } from '../../domain/installation.ts';
import type { InstallationStore } from '../../domain/installation-store-port.ts';
import { AppError } from '../../domain/errors.ts';
import type { Versioned } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { keyOf, keysBelow } from './keys.ts';
import type { RowKey } from './keys.ts';
import type { Row, StoredRow, Table } from './row.ts';
import { writeTold } from './write-told.ts';

const INSTALLATION = 'installation';
const GENERATION_DIGITS = 10;
/** Only these properties of a row are needed to tell whether it is open. */
const REMOVED = 'isRemoved';

const installationDocument = createDocument<Installation>('installation');

/** Installations kept in the table of connectors. */
export function createInstallationStore(table: Table): InstallationStore {
  return {
    async get(key) {
      const row = await table.get(keyFor(key));
      return row && readInstallation(row);
    },

    async latestGeneration(organization) {
      let latest = 0;
      const query = { partition: keyOf(organization), rows: keysBelow(INSTALLATION), properties: [REMOVED] };
      for await (const { rows } of table.pages(query)) {
        for (const { row } of rows) latest = Math.max(latest, Number(row.slice(keyOf(INSTALLATION).length + 1)));
      }
      return latest;
    },

    async listOpen() {
      const open: Versioned<Installation>[] = [];
      // A deployment holds a handful of organizations, so the one table of their connectors is small.
      for await (const { rows } of table.pages({ rows: keysBelow(INSTALLATION), filter: `${REMOVED} eq ''` })) {
        open.push(...rows.map(readInstallation).filter(({ value }) => value.state !== 'removed'));
      }
      return open;
    },

    add: (installation) => table.write({ kind: 'insert', row: rowOf(installation) }),

    save: (installation, version, entries = []) => writeTold(table, { kind: 'replace', row: rowOf(installation), version }, entries),
  };
}

function keyFor({ organization, generation }: InstallationKey): RowKey {
  const number = String(generation).padStart(GENERATION_DIGITS, '0');
  return { partition: keyOf(organization), row: keyOf(INSTALLATION, number) };
}

function rowOf(installation: Installation): Row {
  const isRemoved = installation.state === 'removed' ? 'yes' : '';
  return { ...keyFor(installation), values: { ...installationDocument.pack(installation), [REMOVED]: isRemoved } };
}

function readInstallation({ values, version }: StoredRow): Versioned<Installation> {
  const value = installationDocument.unpack(values);
  if (!value) throw new AppError('store.unexpected', { request: 'reading an installation', problem: 'a row holds no installation' });
  return { value, version };
}
