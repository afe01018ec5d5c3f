// `run-end`: puts the end of a run into its record, which lets the next of its kind begin. Also the way to stop: nothing turns it away but
// a record that is not this instance's any more.
import { AppError, toDurableError } from '../domain/errors.ts';
import type { AnswerOf, RunEndTask } from '../domain/discovery-task.ts';
import { parseOrganizationId } from '../domain/organization.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { addCounts, instanceOfRun, noCounts } from '../domain/run.ts';
import type { Run } from '../domain/run.ts';
import type { RunOver } from '../domain/run-task.ts';
import { isOpenRun } from './join-run.ts';
import { removeRunFiles } from './run-files.ts';
import { tellRun } from './tell-run.ts';

type Needs = Pick<Ports, 'connectors' | 'installations' | 'runs' | 'files' | 'statusMessages' | 'clock' | 'log'>;

const ATTEMPTS = 5;
const MAX_MESSAGE = 1_000;

/** Ends the run as the task says; to end one again that has ended answers `over`. Files of a run are removed unless it is held. */
export async function endRun(needs: Needs, task: RunEndTask): Promise<AnswerOf<'run-end'>> {
  try {
    const reason = await end(needs, task);
    return reason === undefined ? { outcome: 'done', counts: noCounts } : { outcome: 'over', reason };
  } catch (error) {
    throw toDurableError(error);
  }
}

async function end(needs: Needs, task: RunEndTask): Promise<RunOver | undefined> {
  const { runs, clock, log } = needs;
  const organization = parseOrganizationId(task.organization);
  if (!organization) return 'missing';
  for (let attempt = 1; ; attempt += 1) {
    const stored = await runs.get(organization, task.run);
    const reason = objectionTo(stored?.value, task);
    if (!stored || reason !== undefined) return reason;
    // First the files: if the end cannot be kept, the run is ended again and finds none; the other way round they would stay.
    if (task.state !== 'held') await removeRunFiles(needs, { organization, runId: task.run });
    const ended: Run = { ...stored.value, ...endingOf(stored.value, task), endedAt: clock.now() };
    try {
      await runs.end(ended, stored.version);
      log.info('run.ended', factsOf(organization, ended));
      await tellRun(needs, ended);
      return undefined;
    } catch (error) {
      // Somebody asked for a stop in the meantime.
      if (!(error instanceof AppError) || error.code !== 'store.stale' || attempt === ATTEMPTS) throw error;
    }
  }
}

function objectionTo(run: Run | undefined, { instance }: RunEndTask): RunOver | undefined {
  if (!run) return 'missing';
  if (!isOpenRun(run)) return 'ended';
  return instance === instanceOfRun(run) ? undefined : 'superseded';
}

function endingOf(run: Run, { state, counts, completeness, missing, error }: RunEndTask): Partial<Run> {
  return {
    state,
    // A held run that was accepted counted before.
    counts: run.state === 'held' ? addCounts(run.counts, counts) : counts,
    completeness: Math.min(1, Math.max(0, completeness)),
    ...(missing !== undefined && { missing }),
    ...(error && { error: { code: error.code, message: error.message.slice(0, MAX_MESSAGE) } }),
  };
}

function factsOf(organization: OrganizationId, { id, kind, state, counts, error }: Run): Readonly<Record<string, unknown>> {
  return {
    component: 'SMS_EXCHANGE_CONNECTOR',
    log: 'EasDisc',
    organization,
    run: id,
    kind,
    state,
    counts,
    ...(error && { code: error.code }),
  };
}
