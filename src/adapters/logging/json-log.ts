// The Log port: one JSON object a line, into the log of a function invocation or, before there is one, to standard error.
// Time, category and correlation are the host's; levels below LOG_LEVEL are dropped here, more can be dropped in host.json.
import type { Log, LogFields, LogLevel } from '../../domain/ports.ts';
import { toLogData } from './log-data.ts';

/** Where lines go: an InvocationContext is one. */
export type LogTarget = Record<LogLevel, (line: string) => void>;

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

// Application Insights cuts a message at 32,768 characters: https://learn.microsoft.com/azure/azure-monitor/service-limits#application-insights
const MAX_LINE = 30_000;

function lineOf(level: LogLevel, event: string, fields: LogFields): string {
  const line = JSON.stringify({ event, level, ...toLogData(fields) });
  return line.length <= MAX_LINE ? line : JSON.stringify({ event, level, cut: line.slice(0, MAX_LINE / 2) });
}

/** A log that writes entries from `least` upwards to `target`, each with `fields`. */
export function jsonLog(target: LogTarget, least: LogLevel, fields: LogFields = {}): Log {
  const write = (level: LogLevel, event: string, more: LogFields = {}): void => {
    if (ORDER.indexOf(level) >= ORDER.indexOf(least)) target[level](lineOf(level, event, { ...fields, ...more }));
  };
  return {
    debug: (event, more) => write('debug', event, more),
    info: (event, more) => write('info', event, more),
    warn: (event, more) => write('warn', event, more),
    error: (event, more) => write('error', event, more),
    with: (more) => jsonLog(target, least, { ...fields, ...more }),
  };
}

const toStandardError = (line: string): void => void process.stderr.write(`${line}\n`);

/** Lines outside any invocation, for instance while the app starts; the host shows what its worker writes there. */
export const standardError: LogTarget = { debug: toStandardError, info: toStandardError, warn: toStandardError, error: toStandardError };
