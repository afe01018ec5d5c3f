// The Graph adapters over a small simulated tenant, with the connector's own application and its secret.
import { createCredential } from '../../../src/adapters/identity/credential.ts';
import type { ConnectorCredential } from '../../../src/adapters/identity/credential.ts';
import type { GraphClientOptions } from '../../../src/adapters/graph/graph-client.ts';
import type { Log, LogFields } from '../../../src/domain/ports.ts';
import { startTenant, TENANT } from './tenant-fixture.ts';
import type { FixtureOptions, TenantFixture } from './tenant-fixture.ts';

export interface LogEntry {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that keeps its entries. */
export function keepingLog(entries: LogEntry[]): Log {
  const keep =
    (level: string) =>
    (event: string, fields: LogFields = {}): void =>
      void entries.push({ level, event, fields });
  const log: Log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error'), with: () => log };
  return log;
}

export interface GraphFixture extends TenantFixture {
  readonly options: GraphClientOptions;
  readonly credential: ConnectorCredential;
  readonly log: LogEntry[];
  /** Waits that the adapter asked for, in milliseconds; none is waited for. */
  readonly pauses: number[];
}

/** Everything an adapter needs; the clock stands at the real present. */
export async function startGraph(options: FixtureOptions = {}): Promise<GraphFixture> {
  const tenant = await startTenant(options);
  const { appId, secrets } = tenant.application();
  const entries: LogEntry[] = [];
  const pauses: number[] = [];
  const credential = createCredential({
    tenantId: TENANT,
    credential: { kind: 'secret', clientId: appId, name: 'CONTOSO' },
    endpoints: tenant.endpoints,
    setting: (name) => (name === 'CONNECTOR_SECRET_CONTOSO' ? secrets[0] : undefined),
  });
  const clock = { now: () => new Date().toISOString() };
  const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    pauses.push(ms);
  };
  return {
    ...tenant,
    credential,
    log: entries,
    pauses,
    options: { endpoints: tenant.endpoints, credential, clock, log: keepingLog(entries), pause },
  };
}
