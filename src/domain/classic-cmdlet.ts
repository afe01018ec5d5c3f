// The cmdlets whose right the classic connector asked for, what runs in their place today, and what each is for.
// Classic list: the page "Manage mobile devices with Configuration Manager and Exchange" and its later form, which adds the last four.
// Today's names: https://learn.microsoft.com/powershell/module/exchangepowershell/ (the closed list of the adapter holds each of them).
import type { ConnectionAbility, Finding, FindingState } from './diagnosis.ts';
import type { ExchangeRight } from './exchange-right.ts';

/** One cmdlet of the classic list. */
export interface ClassicCmdlet {
  readonly classic: string;
  /** The cmdlet that the connector runs in its place; left out where none is needed. */
  readonly today?: string;
  /** What it is for. */
  readonly ability: ConnectionAbility;
  /** Why there is none, or what else has changed. */
  readonly note?: string;
}

/** The classic list, in its order. */
export const classicCmdlets = [
  {
    classic: 'Clear-ActiveSyncDevice',
    today: 'Clear-MobileDevice',
    ability: 'devices.wipe',
    note: 'The old name cannot ask for an account-only wipe.',
  },
  { classic: 'Get-ActiveSyncDevice', today: 'Get-MobileDevice', ability: 'devices.read' },
  { classic: 'Get-ActiveSyncDeviceAccessRule', today: 'Get-ActiveSyncDeviceAccessRule', ability: 'access.read' },
  {
    classic: 'Get-ActiveSyncDeviceStatistics',
    today: 'Get-MobileDeviceStatistics',
    ability: 'statistics.read',
    note: 'The old name leaves Outlook out.',
  },
  { classic: 'Get-ActiveSyncMailboxPolicy', today: 'Get-MobileDeviceMailboxPolicy', ability: 'policies.read' },
  { classic: 'Get-ActiveSyncOrganizationSettings', today: 'Get-ActiveSyncOrganizationSettings', ability: 'access.read' },
  {
    classic: 'Get-ExchangeServer',
    ability: 'exchange.reach',
    note: 'Exchange Online shows no servers, so this cmdlet does not exist there. Whether Exchange can be reached is seen by its list of allowed cmdlets.',
  },
  { classic: 'Get-Recipient', today: 'Get-Recipient', ability: 'recipients.read' },
  { classic: 'New-ActiveSyncDeviceAccessRule', today: 'New-ActiveSyncDeviceAccessRule', ability: 'access.write' },
  { classic: 'New-ActiveSyncMailboxPolicy', today: 'New-MobileDeviceMailboxPolicy', ability: 'policies.write' },
  { classic: 'Remove-ActiveSyncDevice', today: 'Remove-MobileDevice', ability: 'devices.remove' },
  {
    classic: 'Set-ADServerSettings',
    ability: 'exchange.reach',
    note: 'It widened the view to the whole Active Directory forest. In the cloud there is no forest to choose, so this cmdlet does not exist there and nothing takes its place.',
  },
  { classic: 'Set-ActiveSyncDeviceAccessRule', today: 'Set-ActiveSyncDeviceAccessRule', ability: 'access.write' },
  { classic: 'Set-ActiveSyncMailboxPolicy', today: 'Set-MobileDeviceMailboxPolicy', ability: 'policies.write' },
  { classic: 'Set-CASMailbox', today: 'Set-CASMailbox', ability: 'device-lists.write' },
  { classic: 'Get-Mailbox', today: 'Get-Mailbox', ability: 'recipients.read' },
  { classic: 'Get-CASMailbox', today: 'Get-CASMailbox', ability: 'mailboxes.read' },
  {
    classic: 'Get-User',
    ability: 'directory.read',
    note: 'Users are read from Microsoft Graph, with the permission User.Read.All.',
  },
  { classic: 'Set-ActiveSyncOrganizationSettings', today: 'Set-ActiveSyncOrganizationSettings', ability: 'access.write' },
] as const satisfies readonly ClassicCmdlet[];

/** What came of a cmdlet of the classic list. `replaced`: none of that name is run today, see the note. */
export interface CheckedCmdlet extends ClassicCmdlet {
  readonly state: Exclude<FindingState, 'failed'> | 'replaced';
}

/** The classic list with what Exchange allows of it. A read that was tried counts for more than the list of rights. */
export function checkCmdlets(rights: readonly ExchangeRight[], findings: readonly Finding[]): readonly CheckedCmdlet[] {
  return classicCmdlets.map((cmdlet: ClassicCmdlet) => ({ ...cmdlet, state: stateOf(cmdlet, rights, findings) }));
}

function stateOf(
  { today, ability }: ClassicCmdlet,
  rights: readonly ExchangeRight[],
  findings: readonly Finding[],
): CheckedCmdlet['state'] {
  if (today === undefined) return 'replaced';
  const own = findings.filter((finding) => finding.ability === ability);
  const isRefused = own.some(({ state, detail = '' }) => state === 'missing' && detail.split(', ').includes(today));
  if (isRefused) return 'missing';
  switch (rights.find(({ cmdlet }) => cmdlet === today)?.state) {
    case 'granted':
      return 'works';
    case 'missing':
      return 'missing';
    default:
      return 'unknown';
  }
}
