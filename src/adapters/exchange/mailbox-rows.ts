// Rows of Get-CASMailbox, Get-Recipient, Get-Mailbox and Get-OrganizationConfig, turned into the domain's mailboxes and recipients.
import * as z from 'zod';
import { parseEntraObjectId, parseMailboxGuid } from '../../domain/device-identity.ts';
import type { EntraObjectId, MailboxGuid } from '../../domain/device-identity.ts';
import type { Mailbox, MailboxAccess, Recipient } from '../../domain/mailbox.ts';
import type { OrganizationFacts } from '../../domain/organization.ts';
import { rowReader } from '../row-reader.ts';
import { columns, flag, guid, known, list, rowOf, text } from './row-fields.ts';

const recipientColumns = {
  Guid: guid,
  ExternalDirectoryObjectId: guid,
  Name: text,
  DisplayName: text,
  Alias: text,
  DistinguishedName: text,
  PrimarySmtpAddress: text,
  EmailAddresses: list,
  RecipientType: text,
  RecipientTypeDetails: text,
};

const RecipientColumns = z.object(recipientColumns);

const MailboxColumns = z.object({ ...recipientColumns, UserPrincipalName: text, AccountDisabled: flag });

const casMailbox = {
  entraObjectId: ['ExternalDirectoryObjectId', readEntraObjectId],
  name: ['Name', columns.text],
  displayName: ['DisplayName', columns.text],
  distinguishedName: ['DistinguishedName', columns.text],
  primarySmtpAddress: ['PrimarySmtpAddress', columns.text],
  emailAddresses: ['EmailAddresses', columns.list],
  activeSyncEnabled: ['ActiveSyncEnabled', columns.flag],
  allowedDeviceIds: ['ActiveSyncAllowedDeviceIDs', columns.list],
  blockedDeviceIds: ['ActiveSyncBlockedDeviceIDs', columns.list],
  policy: ['ActiveSyncMailboxPolicy', columns.text],
  isPolicyDefaulted: ['ActiveSyncMailboxPolicyIsDefaulted', columns.flag],
  suppressReadReceipt: ['ActiveSyncSuppressReadReceipt', columns.flag],
  outlookMobileEnabled: ['OutlookMobileEnabled', columns.flag],
  owaForDevicesEnabled: ['OWAforDevicesEnabled', columns.flag],
  universalOutlookEnabled: ['UniversalOutlookEnabled', columns.flag],
  hasDevicePartnership: ['HasActiveSyncDevicePartnership', columns.flag],
} as const;

const OrganizationColumns = z.object({ Name: text, DisplayName: text, Guid: guid, IsDehydrated: flag });

/** Columns to ask for when all mailboxes are read. */
export const casMailboxColumns = ['Guid', ...Object.values(casMailbox).map(([column]) => column)];

function mailboxGuid(id: string | undefined): MailboxGuid | undefined {
  return id === undefined ? undefined : parseMailboxGuid(id);
}

function entraObjectId(id: string | undefined): EntraObjectId | undefined {
  return id === undefined ? undefined : parseEntraObjectId(id);
}

function readEntraObjectId(value: unknown): EntraObjectId | undefined {
  return entraObjectId(columns.guid(value));
}

function recipientFields(row: z.output<typeof RecipientColumns>) {
  return {
    guid: row.Guid,
    entraObjectId: entraObjectId(row.ExternalDirectoryObjectId),
    name: row.Name,
    displayName: row.DisplayName,
    alias: row.Alias,
    distinguishedName: row.DistinguishedName,
    primarySmtpAddress: row.PrimarySmtpAddress,
    emailAddresses: row.EmailAddresses,
    recipientType: row.RecipientType,
    recipientTypeDetails: row.RecipientTypeDetails,
  };
}

/** A row of Get-Recipient. */
export const RecipientRow = RecipientColumns.transform((row): Recipient => known(recipientFields(row)));

/** A row of Get-Mailbox. */
export const MailboxRow = MailboxColumns.transform((row): Mailbox =>
  known({ ...recipientFields(row), userPrincipalName: row.UserPrincipalName, isAccountDisabled: row.AccountDisabled }),
);

const readCasMailbox = rowReader(casMailbox);

/** A row of Get-CASMailbox; undefined when it carries no id. */
export const CasMailboxRow = rowOf((row): MailboxAccess | undefined => {
  const id = mailboxGuid(columns.guid(row['Guid']));
  return id && readCasMailbox(row, { guid: id });
});

/** The row of Get-OrganizationConfig. */
export const OrganizationRow = OrganizationColumns.transform((row): OrganizationFacts =>
  known({ name: row.Name, displayName: row.DisplayName, guid: row.Guid, isDehydrated: row.IsDehydrated }),
);
