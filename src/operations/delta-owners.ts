// Whose the devices are that a delta reads, when no full run has told yet: by the mailboxes that are stored, else by asking Exchange, within a budget.
import { mailboxNameOfDevice, parseMailboxGuid } from '../domain/device-identity.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import type { JudgedObservation } from '../domain/device-store-port.ts';
import type { ObservedDevice } from '../domain/device.ts';
import { toAppError } from '../domain/errors.ts';
import type { MailboxAccess } from '../domain/mailbox.ts';
import { isCovered, ownerOf, scopeToWrite } from '../domain/owner.ts';
import type { Ports } from '../domain/ports.ts';
import type { Work } from './do-task.ts';

type Needs = Pick<Ports, 'mailboxes' | 'connections' | 'clock' | 'log'>;

/** So many mailboxes are asked for, two requests each; the other devices wait for the next full run with an unknown owner. */
const MOST_ASKED = 100;

export interface DeltaOwners {
  /** The device with its owner and, where that is new, its scope; `record`: what is stored of it. */
  judge(device: ObservedDevice, record: DeviceRecord | undefined): Promise<JudgedObservation>;
}

/** Finds owners for one activity, each mailbox once. */
export function createDeltaOwners(needs: Needs, work: Work): DeltaOwners {
  const { connector, progress } = work;
  const { usage } = progress;
  const finder = new MailboxFinder(needs, work);

  /** Undefined when the directory does not say: then the scope stays as it is, until a full run reads the groups. */
  async function isInScope(mailbox: MailboxAccess): Promise<boolean | undefined> {
    const { scope } = connector;
    const { entraObjectId: user } = mailbox;
    if (scope.kind !== 'groups' || user === undefined) return isCovered(scope, mailbox, new Set());
    try {
      const groups = await needs.connections.directory(connector).groupsAmong(user, scope.groupIds, { usage });
      return isCovered(scope, mailbox, new Set(groups.length > 0 ? [user] : []));
    } catch (error) {
      needs.log.warn('Whether a user is in the groups of the scope could not be read', { user, code: toAppError(error).code });
      return undefined;
    }
  }

  return {
    async judge(device, record) {
      const observedAt = needs.clock.now();
      const known = record?.owner;
      const isSame = record?.device.distinguishedName === device.distinguishedName;
      if (known?.kind === 'mailbox' && isSame) return { device, owner: known, observedAt };
      const name = device.distinguishedName && mailboxNameOfDevice(device.distinguishedName);
      const mailbox = name === undefined || name === '' ? undefined : await finder.find(name);
      // A partnership never moves to another mailbox: one that cannot be found by its new name is still the owner.
      if (!mailbox && known?.kind === 'mailbox') return { device, owner: known, observedAt };
      const covers = mailbox ? await isInScope(mailbox) : connector.scope.kind === 'everything';
      const scope = covers === undefined ? undefined : scopeToWrite(covers, scopeKindOf(record));
      return { device, owner: mailbox ? ownerOf(mailbox) : { kind: 'unknown' }, observedAt, ...(scope && { scope }) };
    },
  };
}

/** Finds mailboxes by their distinguished names, each once, and keeps those that Exchange tells of. */
class MailboxFinder {
  readonly #needs: Needs;
  readonly #work: Work;
  readonly #found = new Map<string, Promise<MailboxAccess | undefined>>();
  #asked = 0;

  constructor(needs: Needs, work: Work) {
    this.#needs = needs;
    this.#work = work;
  }

  find(name: string): Promise<MailboxAccess | undefined> {
    const key = name.toLowerCase();
    const finding = this.#found.get(key) ?? this.#find(name);
    this.#found.set(key, finding);
    return finding;
  }

  async #find(name: string): Promise<MailboxAccess | undefined> {
    const [stored, ...others] = await this.#needs.mailboxes.withDistinguishedName(this.#work.organization, name);
    if (stored && others.length === 0) return stored.mailbox;
    if (this.#asked >= MOST_ASKED) return undefined;
    this.#asked += 1;
    const mailbox = await this.#ask(name);
    if (mailbox) await this.#keep(mailbox);
    return mailbox;
  }

  async #ask(distinguishedName: string): Promise<MailboxAccess | undefined> {
    const exchange = this.#needs.connections.exchange(this.#work.connector);
    const { usage } = this.#work.progress;
    try {
      const [recipient, ...others] = await exchange.findRecipients({ by: 'distinguished-name', distinguishedName }, { usage });
      const guid = others.length === 0 ? parseMailboxGuid(recipient?.guid ?? '') : undefined;
      return guid && (await exchange.getMailboxAccess(guid, { usage }));
    } catch (error) {
      // Discovery goes on without this right; what else fails is the activity's to answer.
      if (toAppError(error).code !== 'exchange.denied') throw error;
      this.#needs.log.warn('Owners of devices cannot be looked up', { run: this.#work.run.id, code: 'exchange.denied' });
      this.#asked = MOST_ASKED;
      return undefined;
    }
  }

  async #keep(mailbox: MailboxAccess): Promise<void> {
    const writer = this.#needs.mailboxes.writer(this.#work.organization, 'each');
    await writer.add([{ mailbox, observedAt: this.#needs.clock.now() }]);
    await writer.finish();
  }
}

function scopeKindOf(record: DeviceRecord | undefined): 'in' | 'outside' | 'inactive' | undefined {
  if (record?.scope === undefined) return undefined;
  return record.scope.isInScope ? 'in' : record.scope.reason;
}
