// The end of the reading of mailboxes: removes those that are gone, and writes the file by which devices find their owners.
// A list that was cut short without a sign must not take the owners of devices away: what is missing from it is looked at first.
import type { MailboxesRest } from '../domain/discovery-task.ts';
import type { MailboxGuid } from '../domain/device-identity.ts';
import { AppError } from '../domain/errors.ts';
import type { MailboxObservation } from '../domain/mailbox-store-port.ts';
import { ownerEntryOf } from '../domain/owner.ts';
import type { Ports } from '../domain/ports.ts';
import { partitionDigits } from '../domain/store-page.ts';
import type { RunOver } from '../domain/run-task.ts';
import { isTooMuchMissing } from '../domain/vanishing.ts';
import type { Work } from './do-task.ts';
import type { CoverTest } from './read-scope.ts';
import { openSeen } from './seen-set.ts';

type Needs = Pick<Ports, 'connections' | 'files' | 'log' | 'mailboxes'>;

/** How many mailboxes are asked for when too many are missing; one that is there proves that the list was cut short. */
const ASKED = 20;

/** The name of the set of mailboxes that a part of the list told. */
export function setName(part: string): string {
  return `mailboxes-${part}`;
}

/** Answers why the work is over when it is. */
export async function settleMailboxes(needs: Needs, work: Work, rest: MailboxesRest, covers: CoverTest): Promise<RunOver | undefined> {
  const { key, organization, progress } = work;
  const isSeen = await openSeen(needs.files, key, rest.read.map(setName));
  const owners = needs.files.ownersWriter(key);
  const missing: MailboxGuid[] = [];
  let stored = 0;
  for (const digit of partitionDigits) {
    for await (const page of needs.mailboxes.pages(organization, digit)) {
      stored += page.length;
      const present = rest.isComparable ? page.filter(({ mailbox }) => isSeen(mailbox.guid)) : page;
      owners.add(present.map(entryOf).filter((entry) => entry !== undefined));
      if (present.length < page.length) missing.push(...page.map(({ mailbox }) => mailbox.guid).filter((guid) => !isSeen(guid)));
      const reason = await progress.report();
      if (reason !== undefined) return reason;
    }
  }
  if (isTooMuchMissing(missing.length, stored)) await requireGone(needs, work, missing);
  await owners.finish();
  await needs.mailboxes.remove(organization, missing);
  return undefined;

  function entryOf({ mailbox }: MailboxObservation): ReturnType<typeof ownerEntryOf> {
    return ownerEntryOf(mailbox, covers(mailbox));
  }
}

/** Asks Exchange for some of the missing mailboxes; the error `exchange.incomplete` when one is there after all. */
async function requireGone(needs: Needs, { connector, organization, progress }: Work, missing: readonly MailboxGuid[]): Promise<void> {
  const exchange = needs.connections.exchange(connector);
  const step = Math.max(1, Math.floor(missing.length / ASKED));
  for (const mailbox of missing.filter((_, index) => index % step === 0).slice(0, ASKED)) {
    if ((await exchange.getMailboxAccess(mailbox, { usage: progress.usage })) === undefined) continue;
    throw new AppError('exchange.incomplete', { request: 'Get-CASMailbox', reason: 'mailboxes are missing from it that are there' });
  }
  needs.log.warn('Many mailboxes are gone', { organization, mailboxes: missing.length, log: 'EasDisc' });
}
