// The simulated tenant as the bench needs it: its own process, a clock that stands still, everything it answers recorded.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tenantSettings } from '../../src/local/launcher/tenant-settings.ts';
import { CONTROL_KEY_HEADER } from '../../src/local/tenant/control/control-route.ts';
import { CONNECTION_FILE, type Connection } from '../../src/local/tenant/tenant-process.ts';
import { createHttpsClient } from './https-client.ts';
import { scriptAt, startRecordedProcess, type RecordedProcess } from './recorded-process.ts';

export interface BenchTenant extends RecordedProcess {
  readonly connection: Connection;
  readonly tenantId: string;
  readonly census: { readonly mailboxes: number; readonly devices: number };
  /** Settings that lead the app to it. */
  readonly settings: Readonly<Record<string, string>>;
  /** One call of the control API. */
  control(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>;
}

export interface BenchTenantOptions {
  readonly mailboxes: number;
  /** Real milliseconds for a call about one mailbox; 0 where the product is to be measured, not the tenant. */
  readonly latencyMs?: number;
}

/** Dates of the seed are counted back from here, so that every tenant of one run of the bench is the same. */
const START = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
/** About three devices a mailbox live in the tenant: 298,715 with 100,000 mailboxes. */
const DEVICES_PER_MAILBOX = 2.987;

/** How many mailboxes bring about that many devices. */
export function mailboxesFor(devices: number): number {
  return Math.min(100_000, Math.round(devices / DEVICES_PER_MAILBOX));
}

/** Starts a tenant. */
export async function startBenchTenant({ mailboxes, latencyMs = 0 }: BenchTenantOptions): Promise<BenchTenant> {
  const data = mkdtempSync(join(tmpdir(), 'exchange-connector-bench-tenant-'));
  const words = { data, port: 0, mailboxes, latency: latencyMs, start: START, churn: 0 };
  const args = Object.entries(words).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const file = join(data, CONNECTION_FILE);
  const running = await startRecordedProcess({
    script: scriptAt('../../src/local/tenant/main.ts'),
    args: [...args, '--held'],
    bodies: true,
    isReady: () => existsSync(file),
  });
  const connection = JSON.parse(readFileSync(file, 'utf8')) as Connection;
  const [organization] = connection.organizations;
  if (!organization) throw new Error('The tenant has no organization.');
  const client = createHttpsClient(connection);
  const headers = { [CONTROL_KEY_HEADER]: connection.controlKey, 'content-type': 'application/json' };
  const control: BenchTenant['control'] = async (method, path, body) => {
    const url = `${connection.origin}/control/${path}`;
    return JSON.parse(await client.send({ method, url, headers, ...(body && { body: JSON.stringify(body) }) }));
  };
  const { organizations } = (await control('GET', 'state')) as { organizations: readonly BenchTenant['census'][] };
  return {
    ...running,
    connection,
    tenantId: organization.tenantId,
    census: organizations[0] ?? { mailboxes: 0, devices: 0 },
    settings: tenantSettings(connection, organization),
    control,
    async stop() {
      client.close();
      await running.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Updates every hundredth phone to another system version; answers how many. */
export async function changeOnePercent(tenant: BenchTenant, round: number): Promise<number> {
  let changed = 0;
  const wanted: number[] = [];
  for (let index = 50; index < tenant.census.devices; index += 100) wanted.push(index);
  const changer = async (): Promise<void> => {
    for (let index = wanted.pop(); index !== undefined; index = wanted.pop()) {
      const { value } = (await tenant.control('GET', `phones?from=${index}&limit=1`)) as { value: readonly { guid: string }[] };
      const [phone] = value;
      if (!phone) continue;
      await tenant.control('POST', 'phone', { device: phone.guid, action: 'change', facts: { deviceOs: `Changed ${round}` } });
      changed += 1;
    }
  };
  await Promise.all(Array.from({ length: 4 }, changer));
  return changed;
}
