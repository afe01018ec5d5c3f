// Every cmdlet that the simulated tenant knows. The product's own list types the first table: a new cmdlet there does not compile until
// the tenant answers it. The second holds names that Exchange still exports but the product must never use, and a few that people try.
import type { CmdletName } from '../../../adapters/exchange/cmdlets.ts';
import type { Cmdlet } from './cmdlet.ts';
import * as access from './cmdlets/access.ts';
import * as mailboxes from './cmdlets/mailboxes.ts';
import * as management from './cmdlets/management.ts';
import * as policies from './cmdlets/policies.ts';
import * as reads from './cmdlets/read-devices.ts';
import * as writes from './cmdlets/write-devices.ts';
import type { ParameterTable } from './parameters.ts';

const PRODUCT_CMDLETS: Readonly<Record<CmdletName, Cmdlet>> = {
  'Clear-MobileDevice': writes.clearMobileDevice,
  'Get-ActiveSyncDeviceAccessRule': access.getActiveSyncDeviceAccessRule,
  'Get-ActiveSyncDeviceClass': access.getActiveSyncDeviceClass,
  'Get-ActiveSyncOrganizationSettings': access.getActiveSyncOrganizationSettings,
  'Get-CASMailbox': mailboxes.getCasMailbox,
  'Get-Mailbox': mailboxes.getMailbox,
  'Get-ManagementRoleEntry': management.managementRoleEntries(() => parameterTables()),
  'Get-MobileDevice': reads.getMobileDevice,
  'Get-MobileDeviceMailboxPolicy': policies.getMobileDeviceMailboxPolicy,
  'Get-MobileDeviceStatistics': reads.getMobileDeviceStatistics,
  'Get-OrganizationConfig': management.getOrganizationConfig,
  'Get-Recipient': mailboxes.getRecipient,
  'New-ActiveSyncDeviceAccessRule': access.newActiveSyncDeviceAccessRule,
  'New-MobileDeviceMailboxPolicy': policies.newMobileDeviceMailboxPolicy,
  'Remove-ActiveSyncDeviceAccessRule': access.removeActiveSyncDeviceAccessRule,
  'Remove-MobileDevice': writes.removeMobileDevice,
  'Remove-MobileDeviceMailboxPolicy': policies.removeMobileDeviceMailboxPolicy,
  'Set-ActiveSyncDeviceAccessRule': access.setActiveSyncDeviceAccessRule,
  'Set-ActiveSyncOrganizationSettings': access.setActiveSyncOrganizationSettings,
  'Set-CASMailbox': mailboxes.setCasMailbox,
  'Set-MobileDeviceMailboxPolicy': policies.setMobileDeviceMailboxPolicy,
};

const OTHER_CMDLETS: Readonly<Record<string, Cmdlet>> = {
  'Clear-ActiveSyncDevice': writes.clearActiveSyncDevice,
  'Get-ActiveSyncDevice': reads.getActiveSyncDevice,
  'Get-ActiveSyncDeviceStatistics': reads.getActiveSyncDeviceStatistics,
  'Get-ActiveSyncMailboxPolicy': policies.getActiveSyncMailboxPolicy,
  'Get-ManagementRole': management.getManagementRole,
  'Get-ServicePrincipal': management.getServicePrincipal,
  'New-ActiveSyncMailboxPolicy': policies.newActiveSyncMailboxPolicy,
  'Remove-ActiveSyncDevice': writes.removeMobileDevice,
  'Remove-ActiveSyncMailboxPolicy': policies.removeMobileDeviceMailboxPolicy,
  'Set-ActiveSyncMailboxPolicy': policies.setActiveSyncMailboxPolicy,
};

const ALL: ReadonlyMap<string, { readonly name: string; readonly cmdlet: Cmdlet }> = new Map(
  Object.entries({ ...PRODUCT_CMDLETS, ...OTHER_CMDLETS }).map(([name, cmdlet]) => [name.toLowerCase(), { name, cmdlet }]),
);

function parameterTables(): ReadonlyMap<string, ParameterTable> {
  return new Map([...ALL.values()].map(({ name, cmdlet }) => [name, cmdlet.parameters]));
}

/** Names of all simulated cmdlets as Exchange spells them. */
export const SIMULATED_CMDLETS: readonly string[] = [...ALL.values()].map(({ name }) => name);

/** A cmdlet by its name in any case. */
export function simulatedCmdlet(name: string): { readonly name: string; readonly cmdlet: Cmdlet } | undefined {
  return ALL.get(name.toLowerCase());
}
