// The Exchange of one organization kept in memory: what the memory port reads and changes, and tests seed and look at.
// It is no model of Exchange's own behaviour: devices do not live here, and access is not decided.
import type { AccessSettings } from '../../domain/access.ts';
import type { AccessRule, DeviceClass } from '../../domain/access-rule.ts';
import type { DeviceGuid, MailboxGuid, MailboxReference } from '../../domain/device-identity.ts';
import type { DeviceStatistics } from '../../domain/device-statistics.ts';
import type { ObservedDevice } from '../../domain/device.ts';
import { AppError } from '../../domain/errors.ts';
import type { ExchangePort } from '../../domain/exchange-port.ts';
import type { ExchangeRights } from '../../domain/exchange-right.ts';
import type { Mailbox, MailboxAccess, Recipient } from '../../domain/mailbox.ts';
import type { OrganizationFacts } from '../../domain/organization.ts';
import type { MailboxPolicy } from '../../domain/policy.ts';
import type { Clock, Ids } from '../../domain/ports.ts';

export interface MemoryMailbox {
  access: MailboxAccess;
  readonly mailbox: Mailbox;
}

export interface MemoryDevice {
  device: ObservedDevice;
  readonly mailbox: MailboxGuid;
  statistics: DeviceStatistics;
}

/** Everything there is, open to tests. */
export interface MemoryExchangeWorld {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Rows a page of a list holds. */
  readonly pageSize: number;
  readonly organization: OrganizationFacts;
  readonly rights: ExchangeRights;
  readonly mailboxes: Map<MailboxGuid, MemoryMailbox>;
  readonly devices: Map<DeviceGuid, MemoryDevice>;
  /** Recipients that are no mailboxes. */
  readonly recipients: Recipient[];
  readonly deviceClasses: DeviceClass[];
  settings: AccessSettings;
  rules: AccessRule[];
  policies: MailboxPolicy[];
  /** Runs before every call; what it throws, the call throws: for tests of failures. */
  readonly before: (call: keyof ExchangePort) => void;
}

/** A world with nothing in it but the organization's settings and its default policy. */
export function createMemoryWorld(
  seed: Pick<MemoryExchangeWorld, 'clock' | 'ids'> & Partial<Pick<MemoryExchangeWorld, 'pageSize' | 'before' | 'rights' | 'organization'>>,
): MemoryExchangeWorld {
  return {
    pageSize: 1000,
    organization: { name: 'contoso.onmicrosoft.com', displayName: 'Contoso' },
    rights: { source: 'list', rights: [] },
    before: () => undefined,
    ...seed,
    mailboxes: new Map(),
    devices: new Map(),
    recipients: [],
    deviceClasses: [],
    settings: { defaultAccessLevel: 'Allow', adminMailRecipients: [] },
    rules: [],
    policies: [{ guid: seed.ids.next(), name: 'Default', settings: { isDefault: true } }],
  };
}

/** The mailbox of that id; undefined when there is none. */
export function findMailbox(world: MemoryExchangeWorld, id: MailboxReference): MemoryMailbox | undefined {
  return [...world.mailboxes.values()].find(({ access }) => access.guid === id || access.entraObjectId === id);
}

/** The mailbox of that id; the error `exchange.missing` when there is none. */
export function requireMailbox(world: MemoryExchangeWorld, id: MailboxReference): MemoryMailbox {
  const found = findMailbox(world, id);
  if (!found) throw missing('Set-CASMailbox');
  return found;
}

/** The error for an object that is not there. */
export function missing(request: string): AppError {
  return new AppError('exchange.missing', { request });
}

/** `list` after an edit; entries are compared without case, and an entry that is there already is not added again. */
export function edited(
  list: readonly string[] | undefined,
  edit: { readonly add?: readonly string[]; readonly remove?: readonly string[] } | undefined,
): readonly string[] {
  const entries = new Map((list ?? []).map((entry) => [entry.toLowerCase(), entry]));
  for (const entry of edit?.remove ?? []) entries.delete(entry.toLowerCase());
  for (const entry of edit?.add ?? []) if (!entries.has(entry.toLowerCase())) entries.set(entry.toLowerCase(), entry);
  return [...entries.values()];
}
