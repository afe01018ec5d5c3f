// The rows of Get-CASMailbox, Get-Mailbox and Get-Recipient. Properties: https://learn.microsoft.com/powershell/module/exchangepowershell/get-casmailbox and https://learn.microsoft.com/powershell/module/exchangepowershell/get-recipient
import { configurationDn } from '../world/identity.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { InstantMs, Mailbox, User } from '../world/types.ts';
import { boolColumn, dateColumn, guidColumn, listColumn, textColumn, type Column } from './columns.ts';
import type { FilterField, FilterFields } from './opath.ts';

export interface MailboxRow {
  readonly mailbox: Mailbox;
  readonly user: User;
  readonly organization: OrganizationWorld;
  readonly nowMs: InstantMs;
  /** Recomputes what is otherwise stated from memory. */
  readonly recalculates: boolean;
  /** Without asking for it, ActiveSyncDebugLogging reads wrong. */
  readonly showsDebugLogging: boolean;
}

/** Name of the policy that a mailbox names itself; null for the organization's default. */
function policyNameOf(organization: OrganizationWorld, policyId: string | null): string | null {
  return policyId === null ? null : (organization.policies.get(policyId)?.name ?? null);
}

function hasPartnership({ mailbox, organization, recalculates }: MailboxRow): boolean {
  const stated = mailbox.settings.statedHasPartnership;
  return stated === null || recalculates ? organization.devices.ofMailbox(mailbox.index).length > 0 : stated;
}

const identityColumns: readonly Column<MailboxRow>[] = [
  textColumn('Name', ({ mailbox }) => mailbox.name),
  textColumn('DisplayName', ({ mailbox }) => mailbox.displayName),
  textColumn('PrimarySmtpAddress', ({ mailbox }) => mailbox.primarySmtpAddress),
  listColumn('EmailAddresses', ({ mailbox }) => mailbox.emailAddresses),
  textColumn('ExternalDirectoryObjectId', ({ mailbox }) => mailbox.externalDirectoryObjectId),
  textColumn('DistinguishedName', ({ mailbox }) => mailbox.distinguishedName),
  textColumn('Identity', ({ mailbox }) => mailbox.name),
  textColumn('Id', ({ mailbox }) => mailbox.name),
  guidColumn('Guid', ({ mailbox }) => mailbox.guid),
  textColumn('RecipientTypeDetails', ({ mailbox }) => mailbox.recipientTypeDetails),
  dateColumn('WhenCreated', ({ mailbox }) => mailbox.createdMs),
  dateColumn('WhenChanged', ({ mailbox }) => mailbox.changedMs),
  dateColumn('WhenCreatedUTC', ({ mailbox }) => mailbox.createdMs),
  dateColumn('WhenChangedUTC', ({ mailbox }) => mailbox.changedMs),
];

export const CAS_MAILBOX_COLUMNS: readonly Column<MailboxRow>[] = [
  ...identityColumns,
  boolColumn('ActiveSyncEnabled', ({ mailbox }) => mailbox.settings.activeSyncEnabled),
  listColumn('ActiveSyncAllowedDeviceIDs', ({ mailbox }) => mailbox.settings.allowedDeviceIds),
  listColumn('ActiveSyncBlockedDeviceIDs', ({ mailbox }) => mailbox.settings.blockedDeviceIds),
  textColumn('ActiveSyncMailboxPolicy', ({ mailbox, organization }) => policyNameOf(organization, mailbox.settings.policyId)),
  boolColumn('ActiveSyncMailboxPolicyIsDefaulted', ({ mailbox }) => mailbox.settings.policyId === null),
  boolColumn('ActiveSyncSuppressReadReceipt', ({ mailbox }) => mailbox.settings.suppressReadReceipt),
  boolColumn(
    'ActiveSyncDebugLogging',
    ({ mailbox, nowMs, showsDebugLogging }) => showsDebugLogging && (mailbox.settings.debugLoggingUntilMs ?? 0) > nowMs,
  ),
  boolColumn('HasActiveSyncDevicePartnership', hasPartnership),
  boolColumn('OutlookMobileEnabled', ({ mailbox }) => mailbox.settings.outlookMobileEnabled),
  boolColumn('OWAforDevicesEnabled', ({ mailbox }) => mailbox.settings.owaForDevicesEnabled),
  boolColumn('UniversalOutlookEnabled', ({ mailbox }) => mailbox.settings.universalOutlookEnabled),
  boolColumn('OneWinNativeOutlookEnabled', ({ mailbox }) => mailbox.settings.oneWinNativeOutlookEnabled),
  boolColumn('MacOutlookEnabled', ({ mailbox }) => mailbox.settings.macOutlookEnabled),
];

const recipientColumns: readonly Column<MailboxRow>[] = [
  ...identityColumns,
  textColumn('Alias', ({ mailbox }) => mailbox.alias),
  textColumn('RecipientType', () => 'UserMailbox'),
  textColumn('WindowsLiveID', ({ mailbox }) => mailbox.userPrincipalName),
  textColumn('ActiveSyncMailboxPolicy', ({ mailbox, organization }) => policyNameOf(organization, mailbox.settings.policyId)),
  boolColumn('ActiveSyncMailboxPolicyIsDefaulted', ({ mailbox }) => mailbox.settings.policyId === null),
];

export const RECIPIENT_COLUMNS: readonly Column<MailboxRow>[] = [
  ...recipientColumns,
  boolColumn('HasActiveSyncDevicePartnership', hasPartnership),
  textColumn('Department', ({ user }) => user.department),
  textColumn('Title', ({ user }) => user.jobTitle),
  textColumn('FirstName', ({ user }) => user.givenName),
  textColumn('LastName', ({ user }) => user.surname),
];

export const MAILBOX_COLUMNS: readonly Column<MailboxRow>[] = [
  ...recipientColumns,
  textColumn('UserPrincipalName', ({ mailbox }) => mailbox.userPrincipalName),
  guidColumn('ExchangeGuid', ({ mailbox }) => mailbox.guid),
  boolColumn('AccountDisabled', ({ user }) => !user.accountEnabled),
  boolColumn('IsMailboxEnabled', () => true),
  textColumn('ForwardingSmtpAddress', () => null),
  listColumn('NonCompliantDevices', () => []),
];

/** What filters of the three cmdlets may ask, by mailbox position. */
export function mailboxFields(organization: OrganizationWorld): FilterFields<number> {
  const { mailboxes, devices } = organization;
  const text = (read: (mailbox: Mailbox) => string | null): FilterField<number> => ({
    kind: 'text',
    read: (index) => read(mailboxes.mailbox(index)),
  });
  const bool = (read: (mailbox: Mailbox) => boolean | null): FilterField<number> => ({
    kind: 'bool',
    read: (index) => read(mailboxes.mailbox(index)),
  });
  const list = (read: (mailbox: Mailbox) => readonly string[]): FilterField<number> => ({
    kind: 'list',
    read: (index) => read(mailboxes.mailbox(index)),
  });
  const policyDn = ({ settings }: Mailbox): string | null => {
    const name = policyNameOf(organization, settings.policyId);
    return name === null ? null : configurationDn(name, 'Mobile Mailbox Policies', organization.organization.initialDomain);
  };
  return new Map<string, FilterField<number>>([
    ['name', text(({ name }) => name)],
    ['alias', text(({ alias }) => alias)],
    ['displayname', text(({ displayName }) => displayName)],
    ['primarysmtpaddress', text(({ primarySmtpAddress }) => primarySmtpAddress)],
    ['userprincipalname', text(({ userPrincipalName }) => userPrincipalName)],
    ['windowsliveid', text(({ userPrincipalName }) => userPrincipalName)],
    ['distinguishedname', text(({ distinguishedName }) => distinguishedName)],
    ['externaldirectoryobjectid', text(({ externalDirectoryObjectId }) => externalDirectoryObjectId)],
    ['guid', text(({ guid }) => guid)],
    ['recipienttypedetails', text(({ recipientTypeDetails }) => recipientTypeDetails)],
    ['emailaddresses', list(({ emailAddresses }) => emailAddresses)],
    ['activesyncalloweddeviceids', list(({ settings }) => settings.allowedDeviceIds)],
    ['activesyncblockeddeviceids', list(({ settings }) => settings.blockedDeviceIds)],
    ['activesyncenabled', bool(({ settings }) => settings.activeSyncEnabled)],
    ['activesyncmailboxpolicy', text(policyDn)],
    ['activesyncsuppressreadreceipt', bool(({ settings }) => settings.suppressReadReceipt)],
    ['hasactivesyncdevicepartnership', { kind: 'bool', read: (index) => devices.ofMailbox(index).length > 0 }],
    ['whencreated', { kind: 'date', read: (index) => ({ ms: mailboxes.facts(index).createdMs, ticks: 0 }) }],
  ]);
}
