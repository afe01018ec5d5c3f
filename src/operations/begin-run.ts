// Begins a run: keeps its record, then starts the orchestration that works on it. Whether another one of its kind goes on is decided by the
// store, in one transaction, so that two timers or two people never begin two.
import type { AuditEntry } from '../domain/audit.ts';
import type { Connector } from '../domain/connector.ts';
import { addMs } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import { instanceOfRun, noCounts, runIdOf, workflowOf } from '../domain/run.ts';
import type { Run, RunKind } from '../domain/run.ts';

type Needs = Pick<Ports, 'runs' | 'workflows' | 'clock' | 'ids' | 'log'>;

/** Which run is wanted. */
export interface RunAsk {
  readonly connector: Connector;
  readonly kind: RunKind;
  /** `schedule`, or an object id. */
  readonly startedBy: string;
  /** The id of a run that is due at a certain time, or that is told of; left out, a new one. */
  readonly id?: string;
  /** What is told of it. Runs that the schedule begins are not. */
  readonly entries?: readonly AuditEntry[];
}

/** What came of it: a new run, the one of its kind that goes on, or the run of that id, which was begun before. */
export interface BegunRun {
  readonly kind: 'begun' | 'already-running' | 'known';
  readonly runId: string;
}

/** Until its first activity reports, a run is left alone by the watchdog. */
export const START_MS = 2 * 60_000;

/** Begins the run, unless one of its kind goes on or it was begun before. */
export async function beginRun(needs: Needs, ask: RunAsk): Promise<BegunRun> {
  const run = newRun(needs, ask);
  const begin = await needs.runs.begin(run, ask.entries);
  if (begin.kind === 'already-running') return begin;
  if (begin.kind === 'known') return { kind: 'known', runId: run.id };
  await start(needs, run);
  return { kind: 'begun', runId: run.id };
}

function newRun({ clock, ids }: Needs, { connector, kind, startedBy, id }: RunAsk): Run {
  const now = clock.now();
  return {
    id: id ?? runIdOf(now, ids.next()),
    organization: connector.organization,
    kind,
    state: 'running',
    startedAt: now,
    startedBy,
    counts: noCounts,
    completeness: 0,
    restarts: 0,
    generation: connector.generation,
    wakesAt: addMs(now, START_MS),
  };
}

async function start({ workflows, log }: Needs, run: Run): Promise<void> {
  const { organization, id, kind, startedBy } = run;
  const facts = { component: 'SMS_EXCHANGE_CONNECTOR', log: 'EasDisc', organization, run: id, kind } as const;
  try {
    await workflows.start(workflowOf(kind), instanceOfRun(run), { organization, run: id });
    log.info('run.begun', { ...facts, startedBy });
  } catch (error) {
    // The record is kept, and that is what counts: the watchdog starts what has no instance.
    log.warn('run.start-delayed', { ...facts, error });
  }
}
