// The watchdog of runs (design, law 5): starts open runs anew whose instance has ended or is silent for longer than it promised.
// Promises are times in the record, which nothing but work extends; what an instance says of itself decides nothing else.
import { AppError, toAppError } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { instanceOfRun, runKinds } from '../domain/run.ts';
import type { Run } from '../domain/run.ts';
import type { Versioned } from '../domain/store-page.ts';
import { isOpenRun } from './join-run.ts';
import { restartRun } from './restart-run.ts';
import { removeRunFiles } from './run-files.ts';
import { tellRun } from './tell-run.ts';

type Needs = Pick<Ports, 'connectors' | 'installations' | 'runs' | 'files' | 'statusMessages' | 'workflows' | 'clock' | 'log'>;

/** In one go; the next tick takes the rest. */
const MOST_RESTARTS = 500;
/** A run that was started anew so often has something in it that no start cures. */
const RESTARTS_A_RUN = 50;

/** Looks after all open runs; answers how many were started anew. */
export async function watchRuns(needs: Needs): Promise<number> {
  let restarted = 0;
  for (const { value: connector } of await needs.connectors.list()) {
    for await (const run of openRuns(needs, connector.organization)) {
      if (restarted === MOST_RESTARTS) return restarted;
      if (await watchRun(needs, run)) restarted += 1;
    }
  }
  return restarted;
}

/** Runs that go on, and a held one that was accepted. */
async function* openRuns({ connectors, runs }: Needs, organization: OrganizationId): AsyncGenerator<Versioned<Run>> {
  const ids = await Promise.all(runKinds.map((kind) => runs.running(organization, kind)));
  const state = await connectors.discoveryState(organization);
  for (const id of new Set([...ids, state?.value.held?.runId])) {
    const run = id === undefined ? undefined : await runs.get(organization, id);
    if (run && isOpenRun(run.value)) yield run;
  }
}

/** Whether the run was started anew. One that cannot be looked after now keeps nobody from looking after the others. */
async function watchRun(needs: Needs, run: Versioned<Run>): Promise<boolean> {
  const { organization, id, restarts } = run.value;
  const facts = { component: 'SMS_EXCHANGE_CONNECTOR', log: 'EasDisc', organization, run: id, restarts } as const;
  try {
    const isSilent = needs.clock.now() > (await promisedBy(needs, run.value));
    const state = await needs.workflows.state(instanceOfRun(run.value));
    if (state !== 'ended' && !isSilent) return false;
    if (restarts >= RESTARTS_A_RUN) return await giveUp(needs, run);
    const isRestarted = await restartRun(needs, run);
    if (isRestarted) needs.log.warn('run.restarted', { ...facts, instance: state });
    return isRestarted;
  } catch (error) {
    needs.log.warn('run.not-watched', { ...facts, code: toAppError(error).code, error });
    return false;
  }
}

/** By then the run or one of its parts will have reported. */
async function promisedBy({ runs, clock }: Needs, { organization, id, wakesAt }: Run): Promise<Instant> {
  if (clock.now() <= wakesAt) return wakesAt;
  const parts = await runs.parts(organization, id);
  return parts.reduce((latest, part) => (part.wakesAt > latest ? part.wakesAt : latest), wakesAt);
}

async function giveUp(needs: Needs, { value: run, version }: Versioned<Run>): Promise<false> {
  const { runs, workflows, clock, log } = needs;
  const { organization, id, restarts } = run;
  const { code, message } = new AppError('run.given-up', { restarts });
  await removeRunFiles(needs, { organization, runId: id });
  const ended: Run = { ...run, state: 'failed', endedAt: clock.now(), error: { code, message } };
  await runs.end(ended, version);
  await workflows.terminate(instanceOfRun(run), message);
  await tellRun(needs, ended);
  log.error('run.given-up', { component: 'SMS_EXCHANGE_CONNECTOR', log: 'EasDisc', organization, run: id, restarts });
  return false;
}
