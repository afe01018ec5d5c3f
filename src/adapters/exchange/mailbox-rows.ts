// Rows of Get-CASMailbox, Get-Recipient, Get-Mailbox and Get-OrganizationConfig, turned into the domain's mailboxes and recipients.
import * as z from 'zod';
import { parseEntraObjectId, parseMailboxGuid } from '../../domain/device-identity.ts';
import type { EntraObjectId, MailboxGuid } from '../../domain/device-identity.ts';
import type { Mailbox, MailboxAccess, Recipient } from '../../domain/mailbox.ts';
import type { OrganizationFacts } from '../../domain/organization.ts';
import { flag, guid, known, list, text } from './row-fields.ts';

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

const CasMailboxColumns = z.object({
  Guid: guid,
  ExternalDirectoryObjectId: guid,
  Name: text,
  DisplayName: text,
  DistinguishedName: text,
  PrimarySmtpAddress: text,
  EmailAddresses: list,
  ActiveSyncEnabled: flag,
  ActiveSyncAllowedDeviceIDs: list,
  ActiveSyncBlockedDeviceIDs: list,
  ActiveSyncMailboxPolicy: text,
  ActiveSyncMailboxPolicyIsDefaulted: flag,
  ActiveSyncSuppressReadReceipt: flag,
  OutlookMobileEnabled: flag,
  OWAforDevicesEnabled: flag,
  UniversalOutlookEnabled: flag,
  HasActiveSyncDevicePartnership: flag,
});

const OrganizationColumns = z.object({ Name: text, DisplayName: text, Guid: guid, IsDehydrated: flag });

/** Columns to ask for when all mailboxes are read. */
export const casMailboxColumns = Object.keys(CasMailboxColumns.shape);

function mailboxGuid(id: string | undefined): MailboxGuid | undefined {
  return id === undefined ? undefined : parseMailboxGuid(id);
}

function entraObjectId(id: string | undefined): EntraObjectId | undefined {
  return id === undefined ? undefined : parseEntraObjectId(id);
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

/** A row of Get-CASMailbox; undefined when it carries no id. */
export const CasMailboxRow = CasMailboxColumns.transform((row): MailboxAccess | undefined => {
  const id = mailboxGuid(row.Guid);
  if (id === undefined) return undefined;
  return known({
    guid: id,
    entraObjectId: entraObjectId(row.ExternalDirectoryObjectId),
    name: row.Name,
    displayName: row.DisplayName,
    distinguishedName: row.DistinguishedName,
    primarySmtpAddress: row.PrimarySmtpAddress,
    emailAddresses: row.EmailAddresses,
    activeSyncEnabled: row.ActiveSyncEnabled,
    allowedDeviceIds: row.ActiveSyncAllowedDeviceIDs,
    blockedDeviceIds: row.ActiveSyncBlockedDeviceIDs,
    policy: row.ActiveSyncMailboxPolicy,
    isPolicyDefaulted: row.ActiveSyncMailboxPolicyIsDefaulted,
    suppressReadReceipt: row.ActiveSyncSuppressReadReceipt,
    outlookMobileEnabled: row.OutlookMobileEnabled,
    owaForDevicesEnabled: row.OWAforDevicesEnabled,
    universalOutlookEnabled: row.UniversalOutlookEnabled,
    hasDevicePartnership: row.HasActiveSyncDevicePartnership,
  });
});

/** The row of Get-OrganizationConfig. */
export const OrganizationRow = OrganizationColumns.transform((row): OrganizationFacts =>
  known({ name: row.Name, displayName: row.DisplayName, guid: row.Guid, isDehydrated: row.IsDehydrated }),
);
