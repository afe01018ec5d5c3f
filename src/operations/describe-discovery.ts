// How discovery of an organization stands: what it last saw, what goes on, what comes next.
import type { Connector, DiscoveryState } from '../domain/connector.ts';
import { addMs, floorInstant } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import { runKinds } from '../domain/run.ts';
import type { RunKind } from '../domain/run.ts';

type Needs = Pick<Ports, 'connectors' | 'runs' | 'timetable' | 'clock'>;

export interface Discovery extends Pick<DiscoveryState, 'lastFull' | 'watermark' | 'held'> {
  /** Ids of the runs that go on. */
  readonly running: Readonly<Partial<Record<RunKind, string>>>;
  /** When the next are due; without an entry: not before a full run has completed. */
  readonly next: Readonly<Partial<Record<RunKind, Instant>>>;
}

const MINUTE_MS = 60_000;
const STATISTICS_MINUTES = 15;

/** Discovery as it stands now. */
export async function describeDiscovery(needs: Needs, connector: Connector): Promise<Discovery> {
  const { connectors, runs } = needs;
  const { organization } = connector;
  const [state, ...running] = await Promise.all([
    connectors.discoveryState(organization),
    ...runKinds.map(async (kind) => [kind, await runs.running(organization, kind)] as const),
  ]);
  const { lastFull, watermark, held } = state?.value ?? {};
  return {
    ...(lastFull && { lastFull }),
    ...(watermark !== undefined && { watermark }),
    ...(held && { held }),
    running: known(running),
    next: nextRuns(needs, connector, lastFull !== undefined),
  };
}

function nextRuns({ timetable, clock }: Needs, { schedule }: Connector, hasFull: boolean): Discovery['next'] {
  const now = clock.now();
  const full = timetable.nextDue(schedule.full, schedule.timeZone, now);
  return {
    ...(full !== undefined && { full }),
    ...(hasFull && { delta: nextMultiple(now, schedule.deltaMinutes), statistics: nextMultiple(now, STATISTICS_MINUTES) }),
  };
}

/** As start-due-runs.ts has it: on a clock's quarters, where the period divides an hour. */
function nextMultiple(now: Instant, minutes: number): Instant {
  const periodMs = minutes * MINUTE_MS;
  return addMs(floorInstant(now, periodMs), periodMs);
}

function known(running: readonly (readonly [RunKind, string | undefined])[]): Discovery['running'] {
  return Object.fromEntries(running.filter(([, id]) => id !== undefined));
}
