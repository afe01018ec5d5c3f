// host.json and local.settings.json, read and checked as the real host does: a wrong version stops the start, settings in the environment win.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseLogLevel } from './log.ts';
import type { LogLevel } from './protocol.ts';

type Json = Record<string, unknown>;

export interface HostConfig {
  /** `extensions.<name>` of host.json, `{}` when absent. */
  extension(name: string): Json;
  readonly hasExtensionBundle: boolean;
  /** Longest run of one invocation in milliseconds; undefined for no limit. */
  readonly functionTimeoutMs: number | undefined;
  readonly logLevels: Readonly<Record<string, LogLevel>>;
  /** Origins of `Host.CORS` in local.settings.json or CORS_ALLOWED_ORIGINS. */
  readonly cors: { origins: readonly string[]; credentials: boolean };
}

/** Thrown when the files in the app's folder do not let a host start; the message says which file and what to write. */
export class HostConfigError extends Error {
  override readonly name = 'HostConfigError';
}

function readJson(path: string): Json | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new HostConfigError(`${path} is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
}

const asObject = (value: unknown): Json => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {});

/** `[d.]hh:mm:ss[.fff]` in milliseconds. */
export function parseTimeSpan(text: string): number | undefined {
  const match = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?$/.exec(text.trim());
  if (!match) return undefined;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = match;
  const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds) + Number(fraction);
  return (sign ? -1 : 1) * Math.round(total * 1000);
}

function timeoutOf(hostJson: Json): number | undefined {
  const value = hostJson['functionTimeout'];
  if (value === undefined) return 30 * 60_000;
  if (value === '-1') return undefined;
  const ms = typeof value === 'string' ? parseTimeSpan(value) : undefined;
  if (ms === undefined || ms <= 0)
    throw new HostConfigError(`host.json: functionTimeout is ${JSON.stringify(value)}; write a time such as "00:10:00", or "-1" for none.`);
  return ms;
}

/** Values of local.settings.json that the environment does not set already. */
export function readLocalSettings(appDirectory: string): Record<string, string> {
  const values = asObject(readJson(join(appDirectory, 'local.settings.json'))?.['Values']);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function corsOf(appDirectory: string, settings: Readonly<Record<string, string>>): HostConfig['cors'] {
  const { CORS: local, CORSCredentials: localCredentials } = asObject(readJson(join(appDirectory, 'local.settings.json'))?.['Host']);
  const fromPlatform = settings['CORS_ALLOWED_ORIGINS'];
  const listed = fromPlatform ? (JSON.parse(fromPlatform) as string[]) : typeof local === 'string' ? local.split(',') : [];
  const credentials = settings['CORS_SUPPORT_CREDENTIALS'];
  return {
    origins: listed.map((origin) => origin.trim()).filter((origin) => origin !== ''),
    credentials: credentials === undefined ? localCredentials === true : credentials.toLowerCase() === 'true',
  };
}

/** Reads the app's host.json. */
export function readHostConfig(appDirectory: string, settings: Readonly<Record<string, string>>): HostConfig {
  const path = join(appDirectory, 'host.json');
  const hostJson = readJson(path);
  if (!hostJson) throw new HostConfigError(`There is no host.json in ${appDirectory}; a function app needs one with "version": "2.0".`);
  if (hostJson['version'] !== '2.0')
    throw new HostConfigError(`${path} has version ${JSON.stringify(hostJson['version'])}; write "version": "2.0".`);
  const extensions = asObject(hostJson['extensions']);
  const levels = asObject(asObject(hostJson['logging'])['logLevel']);
  return {
    extension: (name) => asObject(extensions[name]),
    hasExtensionBundle: hostJson['extensionBundle'] !== undefined,
    functionTimeoutMs: timeoutOf(hostJson),
    logLevels: Object.fromEntries(Object.entries(levels).map(([name, level]) => [name, parseLogLevel(level)])),
    cors: corsOf(appDirectory, settings),
  };
}
