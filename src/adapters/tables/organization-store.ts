// The OrganizationStore port: one row beside the connector of the organization, replaced whole by each full run.
import type { OrganizationId } from '../../domain/organization.ts';
import type { OrganizationObservation, OrganizationStore } from '../../domain/organization-store-port.ts';
import { createDocument } from './document.ts';
import { keyOf } from './keys.ts';
import type { RowKey } from './keys.ts';
import type { Table } from './row.ts';

const observationDocument = createDocument<OrganizationObservation>('observation');

/** What was read about organizations, kept in a table. */
export function createOrganizationStore(table: Table): OrganizationStore {
  return {
    async get(organization) {
      const row = await table.get(keyIn(organization));
      return row && observationDocument.unpack(row.values);
    },

    async keep(organization, observation) {
      await table.write({ kind: 'set', row: { ...keyIn(organization), values: observationDocument.pack(observation) } });
    },

    async remove(organization) {
      await table.write({ kind: 'remove', key: keyIn(organization) });
    },
  };
}

function keyIn(organization: OrganizationId): RowKey {
  return { partition: keyOf(organization), row: 'organization' };
}
