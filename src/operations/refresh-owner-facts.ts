// `owner-facts-apply`: what devices say of their owners after a run, by which collections are told. Best effort: the next run makes up for it.
// A pass over all devices only where something may have changed, which is told without reading them; after a delta, else, only new devices.
import { watchedGroups } from '../domain/collection-guard.ts';
import type { AppliedGroups } from '../domain/collection-store-port.ts';
import type { AnswerOf, OwnerFactsApplyTask } from '../domain/discovery-task.ts';
import { AppError } from '../domain/errors.ts';
import { msBetween } from '../domain/instant.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import type { Versioned } from '../domain/store-page.ts';
import { applyOwnerFacts } from './apply-owner-facts.ts';
import { applyOwnerFactsTo, MOST_DEVICES_AT_ONCE } from './apply-owner-facts-to.ts';
import { readCatalogue } from './decide-access.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import { readGroupMembers } from './read-group-members.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { UNTOLD } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'collections' | 'connections' | 'devices' | 'files' | 'ids' | 'log' | 'users'>;

/** A full run waits for the pass of somebody else. */
const BUSY_SECONDS = 60;
/** After so long a delta tries again to read groups that could not be read. */
const UNREAD_GROUPS_MS = 3_600_000;

/** Tells the devices of the organization, as far as they need it, what the directory says of their owners. */
export async function refreshOwnerFacts(needs: Needs, task: OwnerFactsApplyTask): Promise<AnswerOf<'owner-facts-apply'>> {
  return doTask(needs, task, 'owner-facts', async (work): Promise<AnswerOf<'owner-facts-apply'>> => {
    const { connector, organization, key, run, progress } = work;
    if (!(await isAskedFor(needs, organization))) return { outcome: 'done', told: 0, isComplete: true, counts: await progress.finish() };
    const isFull = run.kind !== 'delta';
    const untold = isFull ? undefined : await needs.files.set(key, UNTOLD);
    const isPassDue =
      (untold?.size ?? 0) > MOST_DEVICES_AT_ONCE || task.written > 0 || run.restarts > 0 || (await mayBeOutOfDate(needs, work));
    if (isPassDue) {
      const pass = await applyOwnerFacts(needs, connector, isFull ? { afterRun: run.id } : {});
      if (pass.kind !== 'busy') {
        const isComplete = pass.kind === 'applied';
        return { outcome: 'done', told: pass.changed, isComplete, counts: await progress.finish() };
      }
      if (isFull) return { outcome: 'again', afterSeconds: BUSY_SECONDS, counts: await progress.finish() };
    }
    const told = untold && untold.size > 0 ? await applyOwnerFactsTo(needs, connector, [...untold.all()]) : 0;
    if (isFull) await noteRun(needs, run);
    else if (told > 0) needs.log.info('owner-facts.told', { organization, run: run.id, devices: told, log: 'EasDisc' });
    return { outcome: 'done', told, isComplete: true, counts: await progress.finish() };
  });
}

/**
 * Without any collection nobody asks what devices say of their owners, and telling them costs as much as writing them. The first delta or full run
 * after one is made goes through all devices.
 */
async function isAskedFor(needs: Needs, organization: OrganizationId): Promise<boolean> {
  const { collections } = await readCatalogue(needs, organization);
  if (collections.size > 0) return true;
  const kept = await needs.collections.appliedGroups(organization);
  if (kept?.value.basis === undefined) return false;
  const { basis: _, ...forgotten } = kept.value;
  await needs.collections.keepAppliedGroups(organization, forgotten, kept.version);
  return false;
}

/** Whether devices that this run did not write may say what is not right any more. Costs no read of devices or users. */
async function mayBeOutOfDate(needs: Needs, work: Work): Promise<boolean> {
  const { connector, organization, run } = work;
  const [catalogue, kept, state] = await Promise.all([
    readCatalogue(needs, organization),
    needs.collections.appliedGroups(organization),
    needs.connectors.discoveryState(organization),
  ]);
  const watched = watchedGroups(catalogue);
  const applied = kept?.value;
  const basis = applied?.basis;
  if (!applied || !basis || basis.usersVersion !== state?.value.usersVersion) return true;
  if (!areSame(basis.watched, watched)) return true;
  // Who comes into a group and leaves it, the directory does not tell with its changes: a full run asks for it, a delta does not.
  if (run.kind === 'delta') return isReadAgain(applied, watched, needs.clock.now());
  if ((await fullRunBefore(needs, run)) !== applied.afterRun) return true;
  const { members } = await readGroupMembers(needs, connector, watched);
  return watched.some((group) => members[group] !== undefined && members[group] !== basis.members[group]);
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

function isReadAgain({ groups, appliedAt }: AppliedGroups, watched: readonly string[], now: string): boolean {
  const isUnread = watched.some((group) => !groups.includes(group));
  return isUnread && (appliedAt === undefined || msBetween(appliedAt, now) >= UNREAD_GROUPS_MS);
}

/** A full run that failed may have written devices, and told nobody. */
async function fullRunBefore({ runs }: Needs, { organization, id }: Run): Promise<string | undefined> {
  const { values } = await runs.list(organization, { kind: 'full', top: 2 });
  return values.find((run) => run.id !== id)?.id;
}

/** Keeps that nothing had to be done after this run. */
async function noteRun({ collections }: Needs, { organization, id }: Run): Promise<void> {
  const kept: Versioned<AppliedGroups> | undefined = await collections.appliedGroups(organization);
  if (!kept || kept.value.afterRun === id) return;
  try {
    await collections.keepAppliedGroups(organization, { ...kept.value, afterRun: id }, kept.version);
  } catch (error) {
    // Somebody else goes through the devices; the next full run does so as well, for nothing.
    if (!(error instanceof AppError) || error.code !== 'store.stale') throw error;
  }
}
