// What it means for an installation that storage refuses or does not answer.
// Roles: https://learn.microsoft.com/azure/storage/common/storage-auth-aad-app#assign-azure-roles-for-access-rights
import type { AppError } from './errors.ts';
import type { CheckFinding } from './installation-check.ts';

/** The two kinds of storage that the connector keeps things in. */
export type StorageKind = 'tables' | 'blobs';

const SUBJECTS = {
  tables: { check: 'Storage: tables', ability: 'storage' },
  blobs: { check: 'Storage: blobs', ability: 'storage' },
} as const satisfies Record<StorageKind, Pick<CheckFinding, 'check' | 'ability'>>;

const ROLES = { tables: 'Storage Table Data Contributor', blobs: 'Storage Blob Data Contributor' } as const satisfies Record<
  StorageKind,
  string
>;

/** The finding for storage that was read and written. */
export function workingStorage(kind: StorageKind): CheckFinding {
  return { ...SUBJECTS[kind], state: 'works', detail: 'read and written' };
}

/** The finding for storage that failed. */
export function failingStorage(kind: StorageKind, { code }: Pick<AppError, 'code'>): CheckFinding {
  if (code === 'store.denied') {
    return {
      ...SUBJECTS[kind],
      state: 'missing',
      detail: ROLES[kind],
      cause: `The storage account refuses the app: its identity has no role for ${kind}.`,
      cure: `Assign the identity of the app the role ${ROLES[kind]} on the storage account.`,
    };
  }
  return {
    ...SUBJECTS[kind],
    state: 'failed',
    detail: code,
    cause: `The ${kind} of the storage account do not answer as they should.`,
    cure: 'Check that the storage account is there, that its firewall lets the app through, and AzureWebJobsStorage in the app settings.',
  };
}
