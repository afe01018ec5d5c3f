// Azurite for the bench: its own process, fresh and in memory, so that no run pays for what another one left or for saving to a disk.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findFreePorts } from '../../src/local/launcher/free-ports.ts';
import { startRecordedProcess, type RecordedProcess } from './recorded-process.ts';

export interface BenchStorage extends RecordedProcess {
  readonly connectionString: string;
}

/** Azurite's public account: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Starts an empty storage account. */
export async function startBenchStorage(): Promise<BenchStorage> {
  const packagePath = createRequire(import.meta.url).resolve('azurite/package.json');
  const [blob = 0, queue = 0, table = 0] = await findFreePorts(3);
  const ports = { blob, queue, table };
  const flags = ['--inMemoryPersistence', '--silent', '--loose', '--skipApiVersionCheck', '--disableTelemetry'];
  const running = await startRecordedProcess({
    script: join(dirname(packagePath), 'dist/src/azurite.js'),
    args: [...flags, ...Object.entries(ports).flatMap(([kind, port]) => [`--${kind}Host`, '127.0.0.1', `--${kind}Port`, String(port)])],
    isReady: async () => (await Promise.all(Object.values(ports).map(answers))).every(Boolean),
  });
  await running.take();
  const endpoint = (name: string, port: number): string => `${name}Endpoint=http://127.0.0.1:${port}/${ACCOUNT}`;
  const account = ['DefaultEndpointsProtocol=http', `AccountName=${ACCOUNT}`, `AccountKey=${ACCOUNT_KEY}`];
  const endpoints = [endpoint('Blob', blob), endpoint('Queue', queue), endpoint('Table', table)];
  return { ...running, connectionString: [...account, ...endpoints, ''].join(';') };
}
