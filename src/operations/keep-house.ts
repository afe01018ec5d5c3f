// Removes what is kept for a time and no longer: devices that are gone and runs by the connector's setting, files and instances of runs that
// ended a day ago. Everything here may be interrupted and repeated; what went by a setting is told to the audit.
import type { Connector } from '../domain/connector.ts';
import { RULES, toAppError } from '../domain/errors.ts';
import { addMs } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { instanceOfRun, startOfRun } from '../domain/run.ts';
import type { Run } from '../domain/run.ts';
import { purgeEntry } from './purge-entry.ts';
import type { Purge } from './purge-entry.ts';
import { removeRunFiles } from './run-files.ts';

type Needs = Pick<Ports, 'connectors' | 'devices' | 'runs' | 'files' | 'workflows' | 'auditOutbox' | 'clock' | 'ids' | 'log'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Histories of ended instances help whoever looks into a failure, for a day. Three visits an hour apart see each run. */
const LOOK_BACK = { fromMs: 27 * HOUR_MS, toMs: 24 * HOUR_MS } as const;
const PAGE = 100;

/** What was removed. */
export interface Removed {
  readonly devices: number;
  readonly runs: number;
  readonly instances: number;
}

/** Tidies up for every connector; one that fails keeps nobody from tidying up for the others. */
export async function keepHouse(needs: Needs): Promise<Removed> {
  let removed: Removed = { devices: 0, runs: 0, instances: 0 };
  for (const { value: connector } of await needs.connectors.list()) {
    try {
      const { devices, runs, instances } = await keepHouseOf(needs, connector);
      removed = { devices: removed.devices + devices, runs: removed.runs + runs, instances: removed.instances + instances };
    } catch (thrown) {
      const error = toAppError(thrown);
      needs.log[RULES[error.kind].logLevel]('housekeeping.failed', { organization: connector.organization, code: error.code, error });
    }
  }
  return removed;
}

async function keepHouseOf(needs: Needs, { organization, keepGoneDays }: Connector): Promise<Removed> {
  const { devices, runs, workflows, clock } = needs;
  const before = addMs(clock.now(), -keepGoneDays * DAY_MS);
  const instances = await tidyEndedRuns(needs, organization);
  const runsBefore = await withoutHeld(needs, organization, before);
  const purged = await runs.purge(organization, runsBefore);
  for (const id of purged) {
    await removeRunFiles(needs, { organization, runId: id });
    await workflows.purge(instanceOfRun({ organization, id, restarts: 0 }));
  }
  const gone = await devices.purgeGone(organization, before);
  await tell(needs, organization, { subject: 'runs', before: runsBefore, count: purged.length });
  await tell(needs, organization, { subject: 'devices', before, count: gone });
  return { devices: gone, runs: purged.length, instances };
}

async function tell(needs: Needs, organization: OrganizationId, purge: Purge): Promise<void> {
  if (purge.count > 0) await needs.auditOutbox.add(purgeEntry(needs, organization, purge));
}

/** The time before which runs are removed: a held run that waits is kept with all that came after it. */
async function withoutHeld({ connectors }: Needs, organization: OrganizationId, before: Instant): Promise<Instant> {
  const held = (await connectors.discoveryState(organization))?.value.held;
  const heldSince = held && startOfRun(held.runId);
  return heldSince !== undefined && heldSince < before ? heldSince : before;
}

/** Removes files and instances of the runs that ended about a day ago; a held run that still waits for a decision keeps its files. */
async function tidyEndedRuns(needs: Needs, organization: OrganizationId): Promise<number> {
  const { workflows, clock } = needs;
  const [from, to] = [addMs(clock.now(), -LOOK_BACK.fromMs), addMs(clock.now(), -LOOK_BACK.toMs)];
  let instances = 0;
  for await (const run of runsSince(needs, organization, addMs(from, -DAY_MS))) {
    if (run.endedAt === undefined || run.endedAt < from || run.endedAt > to) continue;
    await removeRunFiles(needs, { organization, runId: run.id });
    for (let restarts = 0; restarts <= run.restarts; restarts += 1) await workflows.purge(instanceOfRun({ ...run, restarts }));
    instances += run.restarts + 1;
  }
  return instances;
}

/** Runs that began after that time, newest first. */
async function* runsSince({ runs }: Needs, organization: OrganizationId, since: Instant): AsyncGenerator<Run> {
  let continuation: string | undefined;
  do {
    const page = await runs.list(organization, { top: PAGE, ...(continuation !== undefined && { continuation }) });
    for (const run of page.values) {
      if (run.startedAt < since) return;
      yield run;
    }
    ({ continuation } = page);
  } while (continuation !== undefined);
}
