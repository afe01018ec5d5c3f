// `owners-resolve`: asks Exchange whose the devices are that no listed mailbox owns, within a budget. The rest keep an unknown owner:
// visible to administrators, in no user's list.
import { mailboxNameOfDevice, parseMailboxGuid } from '../domain/device-identity.ts';
import type { DeviceGuid } from '../domain/device-identity.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import type { AnswerOf, ReadSlicesTask } from '../domain/discovery-task.ts';
import { toAppError } from '../domain/errors.ts';
import type { Recipient } from '../domain/mailbox.ts';
import { isCovered, ownerOf, scopeToWrite } from '../domain/owner.ts';
import type { OwningMailbox } from '../domain/owner.ts';
import type { Ports } from '../domain/ports.ts';
import { mergeSets } from '../domain/vanishing.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';

type Needs = ProgressNeeds & Pick<Ports, 'connections' | 'devices' | 'files' | 'log'>;

/** How many mailboxes are asked for in a run, a second or less each. */
export const MOST_LOOKUPS = 100;
/** How many devices are looked at for that. */
const MOST_DEVICES = 1000;

/** Answers how many owners were found, and how many stay unknown. */
export async function resolveOwners(needs: Needs, task: ReadSlicesTask): Promise<AnswerOf<'owners-resolve'>> {
  return doTask(needs, task, 'owners', async (work): Promise<AnswerOf<'owners-resolve'>> => {
    const sets = await Promise.all(task.slices.map((slice) => needs.files.set(work.key, `ownerless-${slice}`)));
    const resolver = new OwnerResolver(needs, work);
    let ownerless = 0;
    for (const id of mergeSets(sets.filter((set) => set !== undefined).map((set) => set.all()))) {
      ownerless += 1;
      if (ownerless > MOST_DEVICES || work.isTimeUp()) continue;
      await resolver.resolve(id);
      const reason = await work.progress.report();
      if (reason !== undefined) return { outcome: 'over', reason };
    }
    const resolved = await resolver.finish();
    if (resolved < ownerless)
      needs.log.info('Devices have no known owner', { run: task.run, devices: ownerless - resolved, log: 'EasDisc' });
    return { outcome: 'done', resolved, unknown: ownerless - resolved, counts: await work.progress.finish() };
  });
}

interface FoundMailbox {
  readonly mailbox: OwningMailbox;
  readonly isInScope: boolean;
}

/** Looks for owners and writes them into their devices. */
class OwnerResolver {
  readonly #needs: Needs;
  readonly #work: Work;
  readonly #found = new Map<string, FoundMailbox | undefined>();
  readonly #writer: ReturnType<Needs['devices']['writer']>;
  #lookups = 0;
  #resolved = 0;

  constructor(needs: Needs, work: Work) {
    this.#needs = needs;
    this.#work = work;
    this.#writer = needs.devices.writer(work.organization, 'each');
  }

  async resolve(id: DeviceGuid): Promise<void> {
    const record = await this.#needs.devices.get(this.#work.organization, id);
    if (record?.owner.kind === 'mailbox') {
      // An earlier attempt of this activity found it.
      this.#resolved += 1;
      return;
    }
    const name = record?.device.distinguishedName && mailboxNameOfDevice(record.device.distinguishedName);
    const found = name === undefined || name === '' ? undefined : await this.#mailboxNamed(name);
    if (record && found) await this.#keep(record, found);
  }

  async #keep({ device, observedAt, scope: known }: DeviceRecord, { mailbox, isInScope }: FoundMailbox): Promise<void> {
    const scope = scopeToWrite(isInScope, known?.isInScope === false ? known.reason : undefined);
    await this.#writer.add([{ device, owner: ownerOf(mailbox), observedAt, ...(scope && { scope }) }]);
    this.#resolved += 1;
  }

  async #mailboxNamed(name: string): Promise<FoundMailbox | undefined> {
    const key = name.toLowerCase();
    if (this.#found.has(key)) return this.#found.get(key);
    if (this.#lookups === MOST_LOOKUPS) return undefined;
    this.#lookups += 1;
    const mailbox = await this.#lookUp(name);
    const found = mailbox && { mailbox, isInScope: await this.#isInScope(mailbox) };
    this.#found.set(key, found);
    return found;
  }

  async #lookUp(distinguishedName: string): Promise<OwningMailbox | undefined> {
    const exchange = this.#needs.connections.exchange(this.#work.connector);
    const { usage } = this.#work.progress;
    try {
      const recipients = await exchange.findRecipients({ by: 'distinguished-name', distinguishedName }, { usage });
      const mailboxes = recipients.map(mailboxIn).filter((mailbox) => mailbox !== undefined);
      return mailboxes.length === 1 ? mailboxes[0] : undefined;
    } catch (error) {
      // Discovery goes on without this right; what else fails is the activity's to answer.
      if (toAppError(error).code !== 'exchange.denied') throw error;
      this.#needs.log.warn('Owners of devices cannot be looked up', { run: this.#work.run.id, code: 'exchange.denied' });
      this.#lookups = MOST_LOOKUPS;
      return undefined;
    }
  }

  async #isInScope(mailbox: OwningMailbox): Promise<boolean> {
    const { connector, progress } = this.#work;
    const { scope } = connector;
    const user = mailbox.entraObjectId;
    if (scope.kind !== 'groups' || user === undefined) return isCovered(scope, mailbox, new Set());
    const directory = this.#needs.connections.directory(connector);
    const groups = await directory.groupsAmong(user, scope.groupIds, { usage: progress.usage });
    return isCovered(scope, mailbox, new Set(groups.length > 0 ? [user] : []));
  }

  async finish(): Promise<number> {
    await this.#writer.finish();
    return this.#resolved;
  }
}

/** The recipient as a mailbox; undefined when it is none, because only a mailbox has devices. */
function mailboxIn({ guid = '', recipientType = 'UserMailbox', ...recipient }: Recipient): OwningMailbox | undefined {
  const id = parseMailboxGuid(guid);
  return id === undefined || recipientType !== 'UserMailbox' ? undefined : { ...recipient, guid: id };
}
