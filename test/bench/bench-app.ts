// The product for the bench: the bundle on the local host, with fresh storage and a tenant, each a process of its own.
// Timers are switched off, so that nothing runs but what the bench starts.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHostProcess, type HostProcess } from '../support/host-process.ts';
import { startLargeStorage } from '../support/large-storage.ts';
import type { BenchStorage } from './bench-storage.ts';
import { startBenchTenant, type BenchTenant, type BenchTenantOptions } from './bench-tenant.ts';
import { buildApp } from './built-app.ts';
import { createConnectorApi, type ConnectorApi } from './connector-api.ts';
import { peakMemoryMib } from './figures.ts';

export interface BenchApp {
  readonly tenant: BenchTenant;
  readonly storage: BenchStorage;
  readonly host: HostProcess;
  readonly api: ConnectorApi;
  /** High-water mark of the process that runs the bundle. */
  peakMib(): number;
  stop(): Promise<void>;
}

export interface BenchAppOptions extends BenchTenantOptions {
  /** Folder of the built bundle. */
  readonly app: string;
  /** Where to leave a CPU profile of the process that runs the bundle. */
  readonly profileDirectory?: string | undefined;
}

const HEAP_MIB = 256;
/** Named after their files. */
const TIMERS = readdirSync(join(import.meta.dirname, '../../functions')).flatMap((file) => /^timer-(.+)\.ts$/.exec(file)?.[1] ?? []);

/** Builds the bundle into a folder of its own, which the caller removes. */
export async function buildBenchApp(): Promise<string> {
  const { directory } = await buildApp(mkdtempSync(join(tmpdir(), 'exchange-connector-bench-app-')));
  return directory;
}

function settingsOf(tenant: BenchTenant, storage: BenchStorage, data: string): Record<string, string> {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    AzureWebJobsStorage: storage.connectionString,
    TASK_HUB: 'Bench',
    AUDIT_KEY_FILE: join(data, 'audit-key.json'),
    ...tenant.settings,
    ...Object.fromEntries(TIMERS.map((name) => [`AzureWebJobs.${name}.Disabled`, '1'])),
  };
}

/** Starts everything; the connector is not there yet. */
export async function startBenchApp({ app, profileDirectory, ...wanted }: BenchAppOptions): Promise<BenchApp> {
  const data = mkdtempSync(join(tmpdir(), 'exchange-connector-bench-host-'));
  const [tenant, storage] = await Promise.all([startBenchTenant(wanted), startLargeStorage()]);
  const profiling = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  const args = [`--max-old-space-size=${HEAP_MIB}`, ...profiling].map((word) => `--worker-arg=${word}`);
  const host = await startHostProcess({ app, data, args, env: settingsOf(tenant, storage, data) });
  return {
    tenant,
    storage,
    host,
    api: await createConnectorApi(host.url, tenant),
    peakMib: () => peakMemoryMib(host.workerPid),
    async stop() {
      await host.stop();
      await Promise.all([tenant.stop(), storage.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** CPU profiles that were left in a folder. */
export function profilesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => join(directory, name));
}
