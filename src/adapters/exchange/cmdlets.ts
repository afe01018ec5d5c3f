// The closed list of Exchange Online cmdlets the product may run, reads and writes, and what each is for.
// It is not the caller's permission (Exchange tells that: exchange-capabilities.ts) and holds no legacy ActiveSync name.
// Names and parameters: https://learn.microsoft.com/powershell/module/exchangepowershell/

/** Every cmdlet the product may run; nothing else can be sent to Exchange. */
export const cmdletNames = [
  'Clear-MobileDevice',
  'Get-ActiveSyncDeviceAccessRule',
  'Get-ActiveSyncDeviceClass',
  'Get-ActiveSyncOrganizationSettings',
  'Get-CASMailbox',
  'Get-Mailbox',
  'Get-ManagementRoleEntry',
  'Get-MobileDevice',
  'Get-MobileDeviceMailboxPolicy',
  'Get-MobileDeviceStatistics',
  'Get-OrganizationConfig',
  'Get-Recipient',
  'New-ActiveSyncDeviceAccessRule',
  'New-MobileDeviceMailboxPolicy',
  'Remove-ActiveSyncDeviceAccessRule',
  'Remove-MobileDevice',
  'Remove-MobileDeviceMailboxPolicy',
  'Set-ActiveSyncDeviceAccessRule',
  'Set-ActiveSyncOrganizationSettings',
  'Set-CASMailbox',
  'Set-MobileDeviceMailboxPolicy',
] as const;

/** A cmdlet of the closed list. */
export type CmdletName = (typeof cmdletNames)[number];
