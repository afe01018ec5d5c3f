// The mailboxes part of the Exchange port over a world in memory; bound to the real adapter by the contract suite.
import type { ExchangeMailboxes } from '../../domain/exchange-port.ts';
import { hasAddress } from '../../domain/mailbox.ts';
import type { MailboxAccess, Recipient, RecipientKey } from '../../domain/mailbox.ts';
import { isBegun, pagesOf } from './exchange-devices.ts';
import { edited, findMailbox, missing, requireMailbox } from './exchange-world.ts';
import type { MemoryExchangeWorld } from './exchange-world.ts';

/** The mailboxes part of the port. */
export function createMemoryExchangeMailboxes(world: MemoryExchangeWorld): ExchangeMailboxes {
  return {
    async *listMailboxAccess({ displayNamePrefix, displayNameWithout }) {
      world.before('listMailboxAccess');
      const mailboxes = [...world.mailboxes.values()].map(({ access }) => access);
      yield* pagesOf(
        mailboxes.filter(({ displayName }) => isBegun(displayName, displayNamePrefix, displayNameWithout)),
        world.pageSize,
      );
    },
    async getMailboxAccess(mailbox) {
      world.before('getMailboxAccess');
      return findMailbox(world, mailbox)?.access;
    },
    async getMailbox(mailbox) {
      world.before('getMailbox');
      return findMailbox(world, mailbox)?.mailbox;
    },
    async findRecipients(key) {
      world.before('findRecipients');
      const mailboxes = [...world.mailboxes.values()].map(({ mailbox }) => mailbox);
      return [...mailboxes, ...world.recipients].filter((recipient) => fits(recipient, key));
    },
    async editDeviceLists(mailbox, { allowed, blocked }) {
      world.before('editDeviceLists');
      const found = requireMailbox(world, mailbox);
      found.access = {
        ...found.access,
        ...(allowed && { allowedDeviceIds: edited(found.access.allowedDeviceIds, allowed) }),
        ...(blocked && { blockedDeviceIds: edited(found.access.blockedDeviceIds, blocked) }),
      };
    },
    async setMailboxSwitches(mailbox, switches) {
      world.before('setMailboxSwitches');
      const found = requireMailbox(world, mailbox);
      found.access = { ...found.access, ...switches };
    },
    async assignPolicy(mailbox, policyGuid) {
      world.before('assignPolicy');
      const found = requireMailbox(world, mailbox);
      found.access = withPolicy(world, found.access, policyGuid);
    },
  };
}

function withPolicy(world: MemoryExchangeWorld, access: MailboxAccess, policyGuid: string | null): MailboxAccess {
  const { policy: _, ...rest } = access;
  if (policyGuid === null) return { ...rest, isPolicyDefaulted: true };
  const policy = world.policies.find(({ guid }) => guid === policyGuid);
  if (policy?.name === undefined) throw missing('Set-CASMailbox');
  return { ...rest, policy: policy.name, isPolicyDefaulted: false };
}

function fits(recipient: Recipient, key: RecipientKey): boolean {
  if (key.by === 'address') return hasAddress(recipient, key.address);
  if (key.by === 'object') return recipient.guid === key.id || recipient.entraObjectId === key.id;
  if (key.by === 'name') return recipient.name?.toLowerCase() === key.name.toLowerCase();
  return recipient.distinguishedName?.toLowerCase() === key.distinguishedName.toLowerCase();
}
