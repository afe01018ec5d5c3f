// Starts a run because somebody asks for it. The schedule starts its own (start-due-runs.ts).
import type { Caller } from '../domain/caller.ts';
import type { Connector } from '../domain/connector.ts';
import { AppError } from '../domain/errors.ts';
import type { Ports } from '../domain/ports.ts';
import { runIdOf } from '../domain/run.ts';
import type { RunKind } from '../domain/run.ts';
import { beginRun } from './begin-run.ts';
import { entriesFor } from './entries-for.ts';

type Needs = Pick<Ports, 'connectors' | 'runs' | 'workflows' | 'clock' | 'ids' | 'log'>;

export interface DiscoveryAsk {
  readonly connector: Connector;
  readonly kind: RunKind;
  readonly caller: Caller;
}

/** What came of it: a new run, or the one of the kind that goes on already. */
export interface StartedDiscovery {
  readonly runId: string;
  readonly isNew: boolean;
}

/** Begins the run; `run.full-first` while no full run has completed that the others could build on. */
export async function startDiscovery(needs: Needs, { connector, kind, caller }: DiscoveryAsk): Promise<StartedDiscovery> {
  const state = kind === 'full' ? undefined : await needs.connectors.discoveryState(connector.organization);
  if (kind !== 'full' && !state?.value.lastFull) throw new AppError('run.full-first');
  const { organization } = connector;
  const id = runIdOf(needs.clock.now(), needs.ids.next());
  const entries = entriesFor(needs, { organization, caller }, { type: 'discovery.requested', subject: id, details: { kind } });
  const begin = await beginRun(needs, { connector, kind, startedBy: caller.objectId, id, entries });
  return { runId: begin.runId, isNew: begin.kind === 'begun' };
}
