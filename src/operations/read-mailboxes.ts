// `mailboxes-read`: the list of mailboxes into storage, and from it the file by which devices find their owners.
// A list that is too long for one activity is cut by the beginnings of display names and read in stretches; the last stretch writes the file.
import type { AnswerOf, MailboxesReadTask, MailboxesRest, MailboxPart } from '../domain/discovery-task.ts';
import { FairSample } from '../domain/fair-sample.ts';
import type { FileWriter, OwnerEntry } from '../domain/discovery-files-port.ts';
import type { MailboxAccess } from '../domain/mailbox.ts';
import { ownerEntryOf } from '../domain/owner.ts';
import type { Ports } from '../domain/ports.ts';
import { cutByPrefix } from '../domain/prefix-cut.ts';
import type { RunOver } from '../domain/run-task.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import { readAhead } from './read-ahead.ts';
import { readScope } from './read-scope.ts';
import type { CoverTest } from './read-scope.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { seenWriter } from './seen-set.ts';
import type { SeenWriter } from './seen-set.ts';
import { setName, settleMailboxes } from './settle-mailboxes.ts';

type Needs = ProgressNeeds & Pick<Ports, 'connections' | 'files' | 'log' | 'mailboxes'>;
type OwnersWriter = FileWriter<OwnerEntry>;

const BEGINNING: MailboxesRest = { parts: [{ name: 'all', query: {} }], read: [], mailboxes: 0, withDevices: 0, isComparable: true };

/** Into about how many parts a list is cut that takes too long: parts of one that is three times as long as what was read still fit. */
const PARTS = 16;
const SAMPLED_NAMES = 8192;
const NAME_CHARACTER = /^[\p{L}\p{N}]$/u;

/** Reads what is left of the list, as far as the time allows; answers what is left then. */
export async function readMailboxes(needs: Needs, task: MailboxesReadTask): Promise<AnswerOf<'mailboxes-read'>> {
  return doTask(needs, task, 'mailboxes', async (work): Promise<AnswerOf<'mailboxes-read'>> => {
    const before = task.rest ?? BEGINNING;
    const covers = await readScope(needs.connections.directory(work.connector), work.connector.scope, { usage: work.progress.usage });
    const stretch = await readStretch(needs, work, before, covers);
    if ('over' in stretch) return { outcome: 'over', reason: stretch.over };
    if ('uncut' in stretch) return refuse(work, stretch.uncut);
    const { rest, owners } = stretch;
    const { mailboxes, withDevices } = rest;
    const isAllRead = rest.parts.length === 0;
    if (isAllRead && owners) {
      await owners.finish();
      return { outcome: 'done', mailboxes, withDevices, counts: await work.progress.finish() };
    }
    // A stretch that has only this left has time enough for it.
    const canSettle = isAllRead && (before.parts.length === 0 || !work.isTimeUp());
    if (!canSettle) return { outcome: 'done', mailboxes, withDevices, rest, counts: await work.progress.finish() };
    const over = await settleMailboxes(needs, work, rest, covers);
    if (over !== undefined) return { outcome: 'over', reason: over };
    return { outcome: 'done', mailboxes, withDevices, counts: await work.progress.finish() };
  });
}

function refuse({ progress }: Work, part: string): AnswerOf<'mailboxes-read'> {
  const message = `The part '${part}' of the list of mailboxes is too long to be read and cannot be cut.`;
  return { outcome: 'refused', code: 'exchange.incomplete', message, counts: progress.counts() };
}

/** `owners`: the file that the stretch has gathered, where what it read is just what is stored. */
type Stretch =
  | { readonly rest: MailboxesRest; readonly owners: OwnersWriter | undefined }
  | { readonly over: RunOver }
  | { readonly uncut: string };

/** Reads part after part. What is under way when the time is up is read again by the next stretch, or cut when it had all the time. */
async function readStretch(needs: Needs, work: Work, before: MailboxesRest, covers: CoverTest): Promise<Stretch> {
  const writer = needs.mailboxes.writer(work.organization, 'everything');
  const owners = needs.files.ownersWriter(work.key);
  const keep = async (mailboxes: readonly MailboxAccess[]): Promise<void> => {
    const observedAt = needs.clock.now();
    owners.add(mailboxes.map((mailbox) => ownerEntryOf(mailbox, covers(mailbox))).filter((entry) => entry !== undefined));
    await writer.add(mailboxes.map((mailbox) => ({ mailbox, observedAt })));
  };
  const seen: SeenWriter[] = [];
  const read = [...before.read];
  let { parts, mailboxes, withDevices, isComparable } = before;
  for (;;) {
    const [part, ...others] = parts;
    if (!part) break;
    const outcome = await readPart(needs, work, part, keep);
    if (outcome.kind === 'over') return { over: outcome.reason };
    if (outcome.kind === 'late') {
      if (parts !== before.parts) break;
      const cuts = cutPart(part, outcome.names);
      if (cuts.length < 2) return { uncut: part.name };
      parts = [...cuts, ...others];
      break;
    }
    seen.push(outcome.seen);
    read.push(part.name);
    parts = others;
    mailboxes += outcome.mailboxes;
    withDevices += outcome.withDevices;
    isComparable &&= outcome.isComparable;
    if (work.isTimeUp()) break;
  }
  // Rows first: a set never tells of a mailbox that is not stored.
  const { storedBefore = 0, added } = await writer.finish();
  let seenInAll = 0;
  for (const set of seen) seenInAll += await set.finish();
  const isAllStored = before === BEGINNING && isComparable && seenInAll === storedBefore + added;
  return { rest: { parts, read, mailboxes, withDevices, isComparable }, owners: isAllStored ? owners : undefined };
}

type PartOutcome =
  | {
      readonly kind: 'read';
      readonly seen: SeenWriter;
      readonly mailboxes: number;
      readonly withDevices: number;
      readonly isComparable: boolean;
    }
  | { readonly kind: 'late'; readonly names: readonly string[] }
  | { readonly kind: 'over'; readonly reason: RunOver };

async function readPart(
  needs: Needs,
  { connector, key, progress, isTimeUp }: Work,
  part: MailboxPart,
  keep: (mailboxes: readonly MailboxAccess[]) => Promise<void>,
): Promise<PartOutcome> {
  const exchange = needs.connections.exchange(connector);
  const begin = () => ({
    seen: seenWriter(needs.files, key, setName(part.name)),
    names: new FairSample<string>(SAMPLED_NAMES),
    withDevices: 0,
    gaps: 0,
  });
  let reading = begin();
  let isLate = false;
  const pages = readAhead(exchange.listMailboxAccess(part.query, { usage: progress.usage }));
  for await (const { rows, unidentified, startsOver } of pages) {
    if (startsOver) reading = begin();
    // Only another page shows that the one before was not the last.
    if (isLate) return { kind: 'late', names: reading.names.values() };
    isLate = isTimeUp();
    if (!isLate) await pages.askForNext();
    await keep(rows);
    reading.seen.add(rows.map(({ guid }) => guid));
    for (const { displayName = '' } of rows) reading.names.add(displayName.toLowerCase());
    reading.withDevices += rows.filter(({ hasDevicePartnership }) => hasDevicePartnership === true).length;
    reading.gaps += unidentified;
    const reason = await progress.report();
    if (reason !== undefined) return { kind: 'over', reason };
  }
  const { seen, names, withDevices, gaps } = reading;
  return { kind: 'read', seen, mailboxes: names.offered, withDevices, isComparable: gaps === 0 };
}

/** The parts to read in place of one that takes too long; a single one where display names do not tell them apart. */
function cutPart({ name, query }: MailboxPart, names: readonly string[]): readonly MailboxPart[] {
  const { displayNamePrefix: prefix = '', displayNameWithout: without = [] } = query;
  const limits = { most: Math.max(1, Math.floor(names.length / PARTS)), characters: NAME_CHARACTER };
  const cuts = cutByPrefix(names, limits, { prefix, without });
  return cuts.map((cut, index) => ({
    name: `${name}-${index + 1}`,
    query: {
      ...(cut.prefix !== '' && { displayNamePrefix: cut.prefix }),
      ...(cut.without.length > 0 && { displayNameWithout: cut.without }),
    },
  }));
}
