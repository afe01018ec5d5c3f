// `statistics-read`: the statistics of some mailboxes of the queue, one request each and one after the other.
// Not in batches: nobody knows whether Exchange runs a batch's items side by side, which would break the limit of three at a time, and what
// one lost answer costs would be ten readings.
import type { MailboxGuid } from '../domain/device-identity.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import type { AnswerOf, StatisticsReadTask } from '../domain/discovery-task.ts';
import { AppError } from '../domain/errors.ts';
import type { ExchangePort } from '../domain/exchange-port.ts';
import type { Ports } from '../domain/ports.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import { keepStatistics } from './keep-statistics.ts';
import type { ProgressNeeds } from './report-progress.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files' | 'devices' | 'mailboxes' | 'connections' | 'log'>;

interface Tally {
  mailboxes: number;
  failed: number;
  statistics: number;
  unknown: number;
  /** The last error, where the last mailbox could not be read. */
  error: unknown;
}

/** Answers how many mailboxes were read. A mailbox that cannot be read keeps nothing from the others; where none can, that is the answer. */
export async function readStatistics(needs: Needs, task: StatisticsReadTask): Promise<AnswerOf<'statistics-read'>> {
  return doTask(needs, task, `statistics-${task.from}`, async (work): Promise<AnswerOf<'statistics-read'>> => {
    const { key, progress } = work;
    const exchange = needs.connections.exchange(work.connector);
    const mailboxes = await needs.files.queue(key, task.from, task.count);
    const tally: Tally = { mailboxes: 0, failed: 0, statistics: 0, unknown: 0, error: undefined };
    for (const [index, mailbox] of mailboxes.entries()) {
      const reason = await progress.report({ statistics: tally.statistics });
      if (reason !== undefined) return { outcome: 'over', reason };
      const goesOn = !work.isTimeUp() && (await readMailbox({ ...needs, exchange }, work, mailbox, tally));
      if (!goesOn) {
        tally.failed = mailboxes.length - index + tally.failed;
        break;
      }
    }
    if (tally.unknown > 0) needs.log.info('Statistics tell of devices that are not stored yet', { run: task.run, devices: tally.unknown });
    if (tally.mailboxes === 0 && tally.error !== undefined) await throwUnlessOfMailboxes(exchange, work, tally.error);
    const { mailboxes: read, failed, statistics } = tally;
    return { outcome: 'done', mailboxes: read, failed, counts: await progress.finish({ statistics }) };
  });
}

/** False when it makes no sense to ask for another mailbox now; this one then counts as failed with the rest. */
async function readMailbox(
  needs: Needs & { readonly exchange: ExchangePort },
  work: Work,
  mailbox: MailboxGuid,
  tally: Tally,
): Promise<boolean> {
  const { connector, organization, progress } = work;
  try {
    const told = await needs.exchange.mailboxStatistics(mailbox, { usage: progress.usage });
    const readAt = needs.clock.now();
    const asked = await devicesIn(needs, organization, mailbox);
    // A mailbox that is gone tells of nothing; the next full run finds its devices missing.
    const { written, unknown } = await keepStatistics(needs.devices, connector, { asked, told: told ?? [], readAt });
    tally.mailboxes += 1;
    tally.statistics += written;
    tally.unknown += unknown;
    tally.error = undefined;
    return true;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'bug' || !isOfExchange(error)) throw error;
    const isSecond = tally.error !== undefined;
    tally.error = error;
    needs.log.info('The statistics of a mailbox could not be read', { run: work.run.id, mailbox, code: error.code });
    // Asked for fewer requests, or not answered twice in a row: whoever goes on asking makes it worse.
    if (error.code === 'exchange.throttled' || error.code === 'exchange.unauthenticated') return false;
    if (error.kind === 'unavailable' && isSecond) return false;
    tally.failed += 1;
    return true;
  }
}

/** Throws an error that every mailbox would end in; those that Exchange hides from us keep nothing from the others. */
async function throwUnlessOfMailboxes(exchange: ExchangePort, { progress }: Work, error: unknown): Promise<void> {
  if (!(error instanceof AppError) || error.code !== 'exchange.denied') throw error;
  const { rights } = await exchange.checkRights({ usage: progress.usage });
  if (rights.some(({ ability, state }) => ability === 'statistics.read' && state === 'missing')) throw error;
}

function isOfExchange({ code }: AppError): boolean {
  return code.startsWith('exchange.');
}

/** The stored devices of a mailbox; none where its user is unknown. */
async function devicesIn(
  { devices, mailboxes }: Needs,
  organization: Work['organization'],
  mailbox: MailboxGuid,
): Promise<readonly DeviceRecord[]> {
  const user = (await mailboxes.get(organization, mailbox))?.mailbox.entraObjectId;
  if (user === undefined) return [];
  const records = await devices.devicesOfUser(organization, user);
  return records.filter(({ owner }) => owner.kind === 'mailbox' && owner.mailbox === mailbox);
}
