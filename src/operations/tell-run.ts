// The status message for a run that has ended, and the check of the connector that a refusal asks for. One line for whoever ends a run.
// Full runs are told of always; the others, of which there are a hundred a day, when they fail in another way than the one before, else once a day.
import type { ErrorCode } from '../domain/errors.ts';
import type { Ports } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import type { StatusFact } from '../domain/status-message.ts';
import { noteRefusal } from './note-refusal.ts';
import { noteStatusMessage } from './record-status-message.ts';

type Needs = Pick<Ports, 'connectors' | 'installations' | 'runs' | 'statusMessages' | 'clock' | 'log'>;

/** Ends that somebody wanted: those are in the audit. */
const WANTED: ReadonlySet<ErrorCode> = new Set(['run.stopped', 'run.connector-removed', 'run.superseded']);

/** Tells of the run as it has ended. Never fails: the end is kept already. */
export async function tellRun(needs: Needs, run: Run): Promise<void> {
  const { organization, id, endedAt, error } = run;
  if (error) await noteRefusal(needs, organization, error.code);
  const fact = factOf(run);
  if (!fact || (await isToldAlready(needs, run))) return;
  const occasion = { organization, at: endedAt ?? needs.clock.now(), id: `run-${id}`, related: { kind: 'run', id } as const };
  await noteStatusMessage(needs, fact, occasion);
}

function factOf({ kind, state, counts, missing = 0, error }: Run): StatusFact | undefined {
  switch (state) {
    case 'completed': {
      const { read, added, changed, gone, statistics } = counts;
      return kind === 'full' ? { name: 'runCompleted', inserts: { kind, read, added, changed, gone, statistics } } : undefined;
    }
    case 'held':
      return { name: 'runHeld', inserts: { kind, missing } };
    case 'failed':
      if (!error || WANTED.has(error.code)) return undefined;
      return { name: 'runFailed', inserts: { kind, code: error.code, message: error.message } };
    case 'running':
      return undefined;
    default:
      return state satisfies never;
  }
}

async function isToldAlready({ runs, log }: Needs, run: Run): Promise<boolean> {
  const { organization, kind, state, error } = run;
  if (kind === 'full' || state !== 'failed') return false;
  try {
    const { values } = await runs.list(organization, { kind, top: 2 });
    const before = values.find(({ id }) => id !== run.id);
    return before?.state === 'failed' && before.error?.code === error?.code && dayOf(before) === dayOf(run);
  } catch (failure) {
    log.warn('run.not-compared', { organization, run: run.id, error: failure });
    return false;
  }
}

function dayOf({ endedAt = '' }: Run): string {
  return endedAt.slice(0, 'yyyy-mm-dd'.length);
}
