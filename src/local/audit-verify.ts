// `npm run audit:verify -- [organization]`: runs src/audit-verify.ts, with the settings of the environment if there are any, else on the storage of
// `npm start`, which is started for as long as the check takes if it does not run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startAzurite, runningAzurite } from './launcher/azurite.ts';
import { AUDIT_KEY_FILE, localSettings } from './launcher/local-settings.ts';
import { takeDataOption } from './tool-options.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const VERIFY = resolve(import.meta.dirname, '..', 'audit-verify.ts');
const EXIT_UNCHECKED = 2;

/** One of these in the environment says that a real deployment is meant. */
const REAL = ['AzureWebJobsStorage', 'AzureWebJobsStorage__accountName', 'AzureWebJobsStorage__tableServiceUri', 'AUDIT_KEY'];

async function verify(words: readonly string[], settings: Readonly<Record<string, string>>): Promise<number> {
  // As the app is run, for paths in its settings.
  const child = spawn(process.execPath, [VERIFY, ...words], { stdio: 'inherit', cwd: ROOT, env: { ...process.env, ...settings } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? EXIT_UNCHECKED;
}

async function verifyLocal(words: readonly string[], data: string): Promise<number> {
  const storage = join(data, 'azurite');
  if (!existsSync(storage)) {
    console.error(`Nothing was stored in ${data} yet, and the environment names no storage.`);
    console.error('Run npm start, or set AzureWebJobsStorage__accountName and AUDIT_KEY for a deployment in Azure.');
    return EXIT_UNCHECKED;
  }
  const settingsFor = (storageConnection: string): Record<string, string> => ({
    AUDIT_KEY_FILE: join(data, AUDIT_KEY_FILE),
    ...localSettings(ROOT, { storageConnection, tenant: {} }),
  });
  const running = runningAzurite(storage);
  console.log(`The storage in ${data}${running === undefined ? ', as it was left' : ''}`);
  if (running !== undefined) return verify(words, settingsFor(running));
  const azurite = await startAzurite({ dataDirectory: storage });
  try {
    return await verify(words, settingsFor(azurite.connectionString));
  } finally {
    await azurite.stop();
  }
}

async function main(): Promise<number> {
  const { data, rest } = takeDataOption(process.argv.slice(2), join(ROOT, '.local'));
  const isReal = REAL.some((name) => process.env[name]);
  return isReal || rest.includes('--help') || rest.includes('-h') ? verify(rest, {}) : verifyLocal(rest, data);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = EXIT_UNCHECKED;
}
