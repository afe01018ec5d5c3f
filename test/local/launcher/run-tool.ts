// Runs one of the small programs around the tenant to its end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface ToolRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `node src/local/<name> <words>`, without the settings that this process may have of a connection. */
export async function runTool(name: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ToolRun> {
  const own = Object.entries(process.env).filter(([setting]) => !/^(?:CONNECTOR_|EXCHANGE_|IDENTITY_)/.test(setting));
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../src/local', name), ...words], {
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number | null]>]);
  return { code, out, err };
}
