// Begins the runs that are due. Every time that is due has an id of its own, so two timers at once begin one run; a time that passes while
// a run of the kind goes on is skipped when the next one comes, never queued.
import type { Connector, DiscoveryState } from '../domain/connector.ts';
import { RULES, toAppError } from '../domain/errors.ts';
import { mayRun } from '../domain/installation.ts';
import { addMs, floorInstant, msBetween } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import { runKinds, scheduledRunIdOf } from '../domain/run.ts';
import type { RunKind } from '../domain/run.ts';
import { beginRun } from './begin-run.ts';

type Needs = Pick<Ports, 'connectors' | 'installations' | 'runs' | 'workflows' | 'timetable' | 'clock' | 'ids' | 'log'>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STATISTICS_MINUTES = 15;
/** A full run that was missed while the app was down is made up for within this time. */
const LATEST_FULL_MS = 24 * HOUR_MS;

/** Begins what is due now, of every connector; answers how many runs were begun. */
export async function startDueRuns(needs: Needs): Promise<number> {
  let begun = 0;
  for (const { value: connector } of await needs.connectors.list()) {
    try {
      begun += await startDueRunsOf(needs, connector);
    } catch (thrown) {
      // One organization must not keep the others waiting; its own runs are tried again in a minute.
      const error = toAppError(thrown);
      needs.log[RULES[error.kind].logLevel]('run.not-begun', { organization: connector.organization, code: error.code, error });
    }
  }
  return begun;
}

async function startDueRunsOf(needs: Needs, connector: Connector): Promise<number> {
  const state = (await needs.connectors.discoveryState(connector.organization))?.value ?? {};
  const installation = (await needs.installations.get(connector))?.value;
  let begun = 0;
  for (const kind of runKinds.filter((each) => mayRun(installation, each))) {
    const dueAt = await dueTime(needs, connector, kind, state);
    if (dueAt === undefined) continue;
    const id = scheduledRunIdOf(dueAt, kind);
    // Mostly it was begun in an earlier minute; looking costs less than trying.
    if (await needs.runs.get(connector.organization, id)) continue;
    const { kind: outcome } = await beginRun(needs, { connector, kind, startedBy: 'schedule', id });
    if (outcome === 'begun') begun += 1;
  }
  return begun;
}

/** The time at which a run of that kind is due, as of now; undefined when none is. */
async function dueTime(needs: Needs, connector: Connector, kind: RunKind, state: DiscoveryState): Promise<Instant | undefined> {
  const { schedule, createdAt } = connector;
  const now = needs.clock.now();
  if (kind === 'full') return state.lastFull ? dueFull(needs, connector, now) : dueFirst(needs, connector, now);
  // What a delta or statistics add to is what a full run has found.
  if (!state.lastFull) return undefined;
  const dueAt = floorInstant(now, (kind === 'delta' ? schedule.deltaMinutes : STATISTICS_MINUTES) * MINUTE_MS);
  return dueAt > createdAt ? dueAt : undefined;
}

function dueFull({ timetable }: Needs, { schedule, createdAt }: Connector, now: Instant): Instant | undefined {
  const dueAt = timetable.lastDue(schedule.full, schedule.timeZone, now);
  return dueAt !== undefined && dueAt > createdAt && msBetween(dueAt, now) <= LATEST_FULL_MS ? dueAt : undefined;
}

/** The first full run begins at once; while none completes, another one begins an hour after the one before. */
async function dueFirst({ runs }: Needs, { organization, createdAt }: Connector, now: Instant): Promise<Instant | undefined> {
  const [newest] = (await runs.list(organization, { kind: 'full', top: 1 })).values;
  if (!newest || newest.startedAt < createdAt) return createdAt;
  const dueAt = addMs(newest.startedAt, HOUR_MS);
  return newest.state !== 'running' && dueAt <= now ? dueAt : undefined;
}
