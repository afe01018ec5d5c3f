// The storage account that the settings name, and what is kept there: stores on tables, files of runs in blobs. Nothing is sent before the first call.
// In Azure the app's own identity signs in, with a key nowhere: https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
import { createAuditHeads } from './adapters/audit/audit-heads.ts';
import { createHeadContainer } from './adapters/audit/head-container.ts';
import { createBlobContainer } from './adapters/blobs/blob-container.ts';
import { createFiles } from './adapters/blobs/discovery-files.ts';
import { createCredential } from './adapters/identity/credential.ts';
import type { ConnectorCredential } from './adapters/identity/credential.ts';
import { createAuditStore } from './adapters/tables/audit-store.ts';
import { createOutbox } from './adapters/tables/outbox.ts';
import { outboxSources } from './adapters/tables/outbox-sources.ts';
import type { Table } from './adapters/tables/row.ts';
import { createStores } from './adapters/tables/stores.ts';
import type { Stores } from './adapters/tables/stores.ts';
import { createTable } from './adapters/tables/table.ts';
import { endpointsIn } from './connection.ts';
import type { Ports } from './domain/ports.ts';
import { readCredentialSetting } from './settings.ts';
import type { Settings } from './settings.ts';

const RUN_FILES = 'run-files';
const AUDIT_HEADS = 'audit-heads';

export type Storage = Stores & Pick<Ports, 'files' | 'audit' | 'auditOutbox' | 'auditHeads'>;

/** Everything that is kept in the storage account. */
export function openStorage(settings: Settings, { ids, clock }: Pick<Ports, 'ids' | 'clock'>): Storage {
  const { tables, blobs } = accountOf(settings);
  const opened = new Map<string, Table>();
  const table = (name: string): Table => {
    const found = opened.get(name) ?? createTable({ account: tables, name, ids });
    opened.set(name, found);
    return found;
  };
  const audit = table('Audit');
  return {
    ...createStores(table, clock),
    files: createFiles(createBlobContainer({ account: blobs, name: RUN_FILES })),
    audit: createAuditStore(audit, clock),
    auditOutbox: createOutbox(audit, outboxSources(table)),
    auditHeads: createAuditHeads(createHeadContainer({ account: blobs, name: AUDIT_HEADS })),
  };
}

type Account<Endpoint extends string> =
  | { readonly connectionString: string }
  | ({ readonly credential: ConnectorCredential } & Readonly<Record<Endpoint, string>>);

function accountOf(settings: Settings): { readonly tables: Account<'tableEndpoint'>; readonly blobs: Account<'blobEndpoint'> } {
  const { AzureWebJobsStorage: connectionString, AzureWebJobsStorage__accountName: account = '' } = settings;
  if (connectionString !== undefined) return { tables: { connectionString }, blobs: { connectionString } };
  const credential = ownIdentity(settings);
  return {
    tables: { credential, tableEndpoint: settings.AzureWebJobsStorage__tableServiceUri ?? `https://${account}.table.core.windows.net` },
    blobs: { credential, blobEndpoint: settings.AzureWebJobsStorage__blobServiceUri ?? `https://${account}.blob.core.windows.net` },
  };
}

/** The managed identity of the app, by which it signs in to storage and to the vault. */
export function ownIdentity(settings: Settings): ConnectorCredential {
  const clientId = settings.AzureWebJobsStorage__clientId;
  return createCredential({
    // A managed identity knows its tenant itself.
    tenantId: '',
    credential: { kind: 'managed-identity', ...(clientId !== undefined && { clientId }) },
    endpoints: endpointsIn(settings, settings.CONNECTOR_CLOUD),
    setting: readCredentialSetting,
  });
}
