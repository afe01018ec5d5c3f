// Storage for hundreds of thousands of rows: blobs in Azurite, tables in the table server, each a process of its own.
import { findFreePorts } from '../../src/local/launcher/free-ports.ts';
import { startBenchStorage, type BenchStorage } from '../bench/bench-storage.ts';
import { scriptAt, startRecordedProcess } from '../bench/recorded-process.ts';

async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/account/Tables`, { signal: AbortSignal.timeout(2_000) })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Starts an empty one. What is recorded are the requests to the tables. */
export async function startLargeStorage(): Promise<BenchStorage> {
  const blobs = await startBenchStorage();
  const [port = 0] = await findFreePorts(1);
  const tables = await startRecordedProcess({
    script: scriptAt('../support/table-server.ts'),
    args: [String(port)],
    isReady: () => answers(port),
  });
  return {
    ...tables,
    connectionString: blobs.connectionString.replace(/TableEndpoint=http:\/\/[^/]+/, `TableEndpoint=http://127.0.0.1:${port}`),
    async stop() {
      await tables.stop();
      await blobs.stop();
    },
  };
}
