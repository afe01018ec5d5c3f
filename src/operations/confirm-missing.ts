// `missing-confirm`: re-reads some of the devices that a complete read did not see, one mailbox at a time, before any is called gone.
// Those that are there are taken out of the set `missing`; where they show that the list was cut short, nothing is concluded from it.
import { mailboxNameOfDevice } from '../domain/device-identity.ts';
import type { DeviceGuid, MailboxGuid } from '../domain/device-identity.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import type { ObservedDevice } from '../domain/device.ts';
import type { AnswerOf, MissingConfirmTask } from '../domain/discovery-task.ts';
import type { DeviceSet, OwnerIndex } from '../domain/discovery-files-port.ts';
import { AppError } from '../domain/errors.ts';
import type { ExchangePort } from '../domain/exchange-port.ts';
import type { Ports } from '../domain/ports.ts';
import { isListDisproved } from '../domain/vanishing.ts';
import { readDevices } from './amend-devices.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { requireKnown, requireSet, writeSet } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files' | 'devices' | 'connections' | 'log'>;

const MOST_REREAD = 200;

/** What re-reading found. */
interface Findings {
  readonly present: { readonly record: DeviceRecord; readonly device: ObservedDevice }[];
  /** Could not be re-read, so that nothing is known of them. */
  readonly unread: Set<DeviceGuid>;
  reread: number;
}

/** Answers how many devices are still missing; refuses with `exchange.incomplete` when the list was cut short without a sign. */
export async function confirmMissing(needs: Needs, task: MissingConfirmTask): Promise<AnswerOf<'missing-confirm'>> {
  return doTask(needs, task, 'confirm', async (work): Promise<AnswerOf<'missing-confirm'>> => {
    const { key, organization, progress } = work;
    const missing = await requireSet(needs.files, key, 'missing');
    const known = await requireKnown(needs.files, key);
    const records = await readDevices(needs.devices, organization, sampleOf(missing));
    const findings: Findings = { present: [], unread: new Set(), reread: 0 };
    const reason = await reread(needs, work, records, findings);
    if (reason !== undefined) return { outcome: 'over', reason };
    const { present, unread } = findings;
    const { changed } = await observe(needs, work, findings);
    const counts = await progress.finish({ read: present.length, changed });
    if (isListDisproved({ missing: missing.size, reread: findings.reread, present: present.length })) {
      needs.log.warn('A list of devices was cut short without a sign', { run: task.run, missing: missing.size, present: present.length });
      const { code, message } = new AppError('exchange.incomplete', { request: 'Get-MobileDevice' });
      return { outcome: 'refused', code, message, counts };
    }
    // Whoever could not be asked is not called gone on the word of one list.
    const spared = new Set([...present.map(({ record }) => record.id), ...unread]);
    const left = { missing: 0, missingInScope: 0 };
    const rest = function* (): Generator<DeviceGuid> {
      for (const id of missing.all()) {
        if (spared.has(id)) continue;
        left.missing += 1;
        if (known.find(id)?.scope === 'in') left.missingInScope += 1;
        yield id;
      }
    };
    await writeSet(needs.files, key, 'missing', rest());
    return { outcome: 'done', ...left, present: present.length, counts };
  });
}

/** All, or where they are many, some from everywhere in the set. */
function sampleOf(set: DeviceSet): DeviceGuid[] {
  const step = Math.max(1, set.size / MOST_REREAD);
  const sample: DeviceGuid[] = [];
  let index = 0;
  for (const id of set.all()) {
    if (index >= sample.length * step) sample.push(id);
    index += 1;
  }
  return sample.slice(0, MOST_REREAD);
}

/** Asks mailbox by mailbox; a device whose mailbox is unknown is asked for by itself. */
async function reread(
  needs: Needs,
  work: Work,
  records: readonly DeviceRecord[],
  findings: Findings,
): ReturnType<Work['progress']['report']> {
  const exchange = needs.connections.exchange(work.connector);
  const owners = await needs.files.owners(work.key);
  const groups = Map.groupBy(records, ({ id, owner }): MailboxGuid | DeviceGuid => (owner.kind === 'mailbox' ? owner.mailbox : id));
  for (const group of groups.values()) {
    const reason = await work.progress.report({ read: findings.present.length });
    if (reason !== undefined) return reason;
    const devices = work.isTimeUp() ? undefined : await devicesLike({ exchange, owners }, group, work);
    if (devices === undefined) {
      for (const { id } of group) findings.unread.add(id);
      continue;
    }
    findings.reread += group.length;
    const byId = new Map(devices.map((device) => [device.guid, device]));
    for (const record of group) {
      const device = byId.get(record.id);
      if (device) findings.present.push({ record, device });
    }
  }
  return undefined;
}

/** What is there where these devices, all of one mailbox, would be; undefined when Exchange does not let us look. */
async function devicesLike(
  { exchange, owners }: { readonly exchange: ExchangePort; readonly owners: OwnerIndex | undefined },
  [first]: readonly DeviceRecord[],
  work: Work,
): Promise<readonly ObservedDevice[] | undefined> {
  if (first === undefined) return [];
  const { usage } = work.progress;
  try {
    if (first.owner.kind === 'mailbox') {
      const devices = await exchange.devicesOfMailbox(first.owner.mailbox, { usage });
      // A mailbox that this run has listed cannot be missing: one of the two answers is wrong.
      return devices ?? (isListed(owners, first) ? undefined : []);
    }
    const device = await exchange.getDevice(first.id, { usage });
    return device === undefined ? [] : [device];
  } catch (error) {
    if (error instanceof AppError && (error.code === 'exchange.denied' || error.code === 'exchange.unexpected')) return undefined;
    throw error;
  }
}

/** Whether the run's own list of mailboxes holds that of the device; another one of the same name is none. */
function isListed(owners: OwnerIndex | undefined, { device: { distinguishedName }, owner }: DeviceRecord): boolean {
  const name = distinguishedName === undefined ? undefined : mailboxNameOfDevice(distinguishedName);
  const listed = name === undefined ? undefined : owners?.find(name)?.owner;
  return listed?.kind === 'mailbox' && owner.kind === 'mailbox' && listed.mailbox === owner.mailbox;
}

async function observe(needs: Needs, { organization }: Work, { present }: Findings): Promise<{ readonly changed: number }> {
  const writer = needs.devices.writer(organization, 'each');
  const observedAt = needs.clock.now();
  await writer.add(present.map(({ record: { owner }, device }) => ({ device, owner, observedAt })));
  return writer.finish();
}
