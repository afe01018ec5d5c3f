// Which cmdlets a caller may run: its Entra directory roles (from the token) and its Exchange role groups, minus what was taken away.
// Roles: https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2; which cmdlets the lesser ones hold is inferred (differences.md).
import type { Application, TokenClaims } from '../world/types.ts';

/** The application permission without which the gateway answers 401. */
export const MANAGE_AS_APP = 'Exchange.ManageAsApp';

const ADMINISTRATORS = new Set([
  '29232cdf-9323-42fd-ade2-1d097af3e4de', // Exchange Administrator
  '62e90394-69f5-4237-9190-012177145e10', // Global Administrator
]);

const RECIPIENT_ADMINISTRATORS = new Set(['31392ffb-586c-42d1-9346-e59415a2cc4e']); // Exchange Recipient Administrator

const READERS = new Set([
  'f2ef992c-3afb-46b9-b7cf-a126ee74c451', // Global Reader
  '5d6b6bb7-de71-4623-b4af-96380a352509', // Security Reader
  '17315797-102d-40b4-93e0-432062caca18', // Compliance Administrator
]);

const GROUPS: Readonly<Record<string, RoleKind>> = {
  'organization management': 'all',
  'recipient management': 'recipients',
  'view-only organization management': 'read',
};

type RoleKind = 'all' | 'recipients' | 'read';

/** Management roles with the cmdlets in them, for role entries. */
const ROLES: Readonly<Record<string, (cmdlet: string) => boolean>> = {
  'Mail Recipients': (cmdlet) =>
    /-(MobileDevice|CASMailbox|Mailbox|Recipient|ActiveSyncDevice)/.test(cmdlet) && !/Policy|Rule|Class/.test(cmdlet),
  'Recipient Policies': (cmdlet) => cmdlet.endsWith('MailboxPolicy'),
  'Organization Client Access': (cmdlet) => /ActiveSync(DeviceAccessRule|OrganizationSettings|DeviceClass|MailboxPolicy)/.test(cmdlet),
  'View-Only Recipients': (cmdlet) => /^Get-(MobileDevice|CASMailbox|Mailbox|Recipient|ActiveSyncDevice)/.test(cmdlet),
  'View-Only Configuration': (cmdlet) => cmdlet.startsWith('Get-') && /Policy|Rule|Settings|Config|Class/.test(cmdlet),
  'Role Management': (cmdlet) => /Management(Role|Scope)|ServicePrincipal|RoleGroup/.test(cmdlet),
};

/** Every cmdlet belongs somewhere. */
const REST = 'Organization Configuration';

/** The management roles that hold a cmdlet. */
export function rolesWith(cmdlet: string): string[] {
  const roles = Object.entries(ROLES).flatMap(([role, holds]) => (holds(cmdlet) ? [role] : []));
  return roles.length > 0 ? roles : [REST];
}

function kindsOf(claims: TokenClaims, application: Application | undefined): Set<RoleKind> {
  const kinds = new Set<RoleKind>();
  for (const role of claims.wids) {
    if (ADMINISTRATORS.has(role)) kinds.add('all');
    else if (RECIPIENT_ADMINISTRATORS.has(role)) kinds.add('recipients');
    else if (READERS.has(role)) kinds.add('read');
  }
  for (const group of application?.exchangeRoleGroups ?? []) {
    const kind = GROUPS[group.toLowerCase()];
    if (kind) kinds.add(kind);
  }
  return kinds;
}

/** The cmdlets of `all` that the caller may run; empty when it has no role at all. */
export function allowedCmdlets(all: readonly string[], claims: TokenClaims, application: Application | undefined): ReadonlySet<string> {
  const kinds = kindsOf(claims, application);
  const denied = new Set(application?.deniedCmdlets.map((name) => name.toLowerCase()));
  const allows = (cmdlet: string): boolean => {
    if (kinds.has('all')) return true;
    if (kinds.has('read') && cmdlet.startsWith('Get-')) return true;
    return kinds.has('recipients') && rolesWith(cmdlet).some((role) => role === 'Mail Recipients' || role === 'View-Only Recipients');
  };
  return new Set(all.filter((cmdlet) => allows(cmdlet) && !denied.has(cmdlet.toLowerCase())));
}

/** The first parameter that was taken away from the caller although the cmdlet is allowed. */
export function deniedParameter(application: Application | undefined, cmdlet: string, names: readonly string[]): string | undefined {
  const denied = new Set(application?.deniedParameters.map((text) => text.toLowerCase()));
  return names.find((name) => denied.has(`${cmdlet}:${name}`.toLowerCase()));
}
