// The product's own API as an administrator uses it, for the bench: adds the connector, starts runs, waits for their end, lists devices.
import type { ConnectorSettings } from '../../src/domain/connector.ts';
import type { Run, RunKind } from '../../src/domain/run.ts';
import type { Discovery } from '../../src/operations/describe-discovery.ts';
import type { BenchTenant } from './bench-tenant.ts';

/** A page of a list, as far as the bench looks at it. */
export interface DevicePage {
  readonly value: readonly { readonly id: string }[];
  readonly nextLink?: string;
  readonly scanned: number;
}

export interface ConnectorApi {
  /** Adds the connector and waits for the end of the first full run, which the product begins by itself. */
  addConnector(settings: Partial<ConnectorSettings>): Promise<Run>;
  /** Starts a run and waits for its end. */
  run(kind: RunKind): Promise<Run>;
  /** A page of devices; the path is what stands behind `/devices`, or a link that an earlier page gave. */
  devices(path: string): Promise<DevicePage>;
}

/** Seldom, because every look takes time from the run; how long that took is read from its record. */
const LOOK_AGAIN_MS = 1000;
/** The installation checks the connection first. */
const BEGIN_LIMIT_MS = 60_000;
/** Longer than any run of the bench. */
const RUN_LIMIT_MS = 15 * 60_000;

async function administratorToken(tenant: BenchTenant): Promise<string> {
  const { token } = (await tenant.control('POST', 'tokens', { user: 'admin', lifetimeSeconds: 8 * 3600 })) as { token: string };
  return token;
}

/** The API at `url` for an administrator of the tenant's organization. */
export async function createConnectorApi(url: string, tenant: BenchTenant): Promise<ConnectorApi> {
  const authorization = `Bearer ${await administratorToken(tenant)}`;
  const base = `/api/organizations/${tenant.tenantId}`;

  async function call(method: string, path: string, body?: object): Promise<{ status: number; value: unknown; location: string }> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // The answer says when to try again; a run under way can keep storage that busy on a small machine.
    if (method === 'GET' && response.status === 503) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      return call(method, path);
    }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    const location = response.headers.get('location') ?? '';
    return { status: response.status, value: text === '' ? undefined : JSON.parse(text), location };
  }

  async function ended(id: string): Promise<Run> {
    const deadline = performance.now() + RUN_LIMIT_MS;
    for (;;) {
      const run = (await call('GET', `${base}/discovery/runs/${id}`)).value as Run;
      if (run.state === 'completed') return run;
      if (run.state !== 'running') throw new Error(`The ${run.kind} run ended as ${run.state}: ${JSON.stringify(run.error)}`);
      if (performance.now() > deadline) throw new Error(`The ${run.kind} run did not end within ${RUN_LIMIT_MS / 60_000} minutes.`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** The first full run, once there is one: it may end before anybody sees it under way. */
  async function firstFull(): Promise<string> {
    const deadline = performance.now() + BEGIN_LIMIT_MS;
    for (;;) {
      const { running, lastFull } = (await call('GET', `${base}/discovery`)).value as Discovery;
      const id = running.full ?? lastFull?.runId;
      if (id !== undefined) return id;
      if (performance.now() > deadline) throw new Error(`No full run began within ${BEGIN_LIMIT_MS / 1000} s of adding the connector.`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  return {
    async addConnector(settings) {
      await call('PUT', `${base}/connector`, settings);
      return ended(await firstFull());
    },
    async run(kind) {
      const { location } = await call('POST', `${base}/discovery`, { kind });
      return ended(location.split('/').at(-1) ?? '');
    },
    async devices(path) {
      const isLink = path.startsWith('/') || path.startsWith('http');
      return (await call('GET', isLink ? new URL(path, url).pathname + new URL(path, url).search : `${base}/devices${path}`))
        .value as DevicePage;
    },
  };
}

/** How long a run took, from its record. */
export function runMs({ startedAt, endedAt }: Run): number {
  return Date.parse(endedAt ?? '') - Date.parse(startedAt);
}
