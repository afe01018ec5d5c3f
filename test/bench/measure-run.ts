// One run of the product and, right after it, the floor with what that run did: the pair that a ratio is made of.
import type { Run, RunKind } from '../../src/domain/run.ts';
import type { BenchApp } from './bench-app.ts';
import type { BenchStorage } from './bench-storage.ts';
import { runMs } from './connector-api.ts';
import { chainsIn, isOfProduct, recipeFor, stagesOf, writtenSince, type RecordedChain, type Written } from './recipe.ts';
import type { RecordedRequest } from './recorder.ts';
import { runFloor, type FloorResult } from './run-floor.ts';

/** What a run cost at the tenant. */
export interface RunCost {
  readonly run: Run;
  readonly ms: number;
  /** Requests that the tenant answered, by its own recorder. */
  readonly requests: number;
  readonly chains: readonly RecordedChain[];
}

export interface MeasuredPair extends RunCost {
  readonly floor: FloorResult;
  readonly written: readonly Written[];
}

/** Forgets what the servers have answered so far. */
async function forget({ tenant, storage }: BenchApp): Promise<void> {
  await Promise.all([tenant.take(), storage.take()]);
}

const begin = ({ api, tenant }: BenchApp, kind: RunKind | 'connector'): Promise<Run> =>
  kind === 'connector' ? api.addConnector(connectorSettings(tenant.settings)) : api.run(kind);

/** The connector of the tenant's organization: its managed identity, everything else as it comes. */
function connectorSettings(settings: Readonly<Record<string, string>>): Parameters<BenchApp['api']['addConnector']>[0] {
  return { credential: { kind: 'managed-identity', clientId: settings['CONNECTOR_CLIENT_ID'] ?? '' } };
}

/** What was asked once the run had begun: before its first run a new connector is checked. */
function duringRun({ startedAt }: Run, recording: readonly RecordedRequest[]): readonly RecordedRequest[] {
  return recording.filter(({ startMs }) => startMs >= Date.parse(startedAt));
}

/** Runs the product alone; `connector` adds it, which begins its first full run. */
export async function measureRun(app: BenchApp, kind: RunKind | 'connector'): Promise<RunCost> {
  await forget(app);
  const run = await begin(app, kind);
  const recording = duringRun(run, await app.tenant.take());
  return { run, ms: runMs(run), requests: recording.filter(isOfProduct).length, chains: chainsIn(recording) };
}

/** Runs the product and then the floor; `known` is what such a run writes, where an earlier pair has counted it. */
export async function measurePair(
  app: BenchApp,
  kind: RunKind | 'connector',
  floorStorage: BenchStorage,
  known: readonly Written[] | undefined,
): Promise<MeasuredPair> {
  await forget(app);
  const run = await begin(app, kind);
  const [tenant, storage] = (await Promise.all([app.tenant.take(), app.storage.take()])).map((recording) => duringRun(run, recording));
  if (!tenant || !storage) throw new Error('Nothing was recorded.');
  const written = known ?? (await writtenSince(app.storage.connectionString, run.startedAt));
  const stages = stagesOf({ tenant, storage, written });
  const floor = await runFloor(recipeFor(stages, app.tenant.connection, floorStorage.connectionString));
  return { run, ms: runMs(run), requests: tenant.filter(isOfProduct).length, chains: chainsIn(tenant), floor, written };
}
