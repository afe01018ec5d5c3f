// Loads a function app as the real worker does: package.json's `main` is a glob, every match is an entry point. Truth: the worker's startApp.ts.
import { globSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { AppState } from './core-module.ts';

interface PackageJson {
  main?: unknown;
  type?: unknown;
}

function readPackageJson(appDirectory: string, state: AppState): PackageJson {
  try {
    return JSON.parse(readFileSync(join(appDirectory, 'package.json'), 'utf8')) as PackageJson;
  } catch (error) {
    state.log('warning', 'Host.Startup', `Worker failed to load package.json: ${(error as Error).message}`);
    return {};
  }
}

function entryPoints(appDirectory: string, main: string): string[] {
  const isFile = (file: string): boolean => statSync(resolve(appDirectory, file), { throwIfNoEntry: false })?.isFile() ?? false;
  if (isFile(main)) return [resolve(appDirectory, main)];
  if (!/[*?{}[\]()!]/.test(main)) throw new Error(`Worker was unable to load entry point "${main}": File does not exist.`);
  const files = globSync(main, { cwd: appDirectory }).filter(isFile).sort();
  if (files.length === 0)
    throw new Error(`Worker was unable to load entry point "${main}": Found zero files matching the supplied pattern`);
  return files.map((file) => resolve(appDirectory, file));
}

async function loadFile(file: string, packageType: unknown): Promise<void> {
  const extension = extname(file);
  const isEsm = extension === '.mjs' || (extension !== '.cjs' && packageType === 'module');
  if (isEsm) await import(pathToFileURL(file).href);
  else createRequire(file)(file);
}

/** Runs the app's entry points and its appStart hooks, then locks registration. A failing entry point stops the load: the app has no functions then. */
export async function loadApp(
  appDirectory: string,
  state: AppState,
  appHookData: Record<string, unknown>,
): Promise<Record<string, string>> {
  const { main, type } = readPackageJson(appDirectory, state);
  for (const file of typeof main === 'string' && main !== '' ? entryPoints(appDirectory, main) : []) {
    state.currentEntryPoint = basename(file);
    try {
      await loadFile(file, type);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw Object.assign(new Error(`Worker was unable to load entry point "${basename(file)}": ${message}`, { cause: error }), {
        stack: error instanceof Error ? error.stack : undefined,
      });
    }
  }
  state.currentEntryPoint = undefined;
  for (const hook of state.hooks.appStart) await hook({ hookData: {}, appHookData, functionAppDirectory: appDirectory });
  const capabilities = (await state.programmingModel?.getCapabilities?.({})) ?? {};
  state.isLocked = true;
  return capabilities;
}
