// What the host prints: lines as people know them from `func start`, filtered by the levels of host.json.
import type { LogLevel } from './protocol.ts';

export interface HostLog {
  /** Writes one entry; `category` is the dotted name that host.json filters by (`Host.Startup`, `Function.health.User`). */
  write(level: LogLevel, category: string, message: string): void;
}

const ORDER: readonly LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];

const COLORS: Partial<Record<LogLevel, string>> = {
  warning: '\u001b[33m',
  error: '\u001b[31m',
  critical: '\u001b[31m',
  debug: '\u001b[90m',
  trace: '\u001b[90m',
};

/** host.json writes `Information`; unknown words count as `information`. */
export function parseLogLevel(text: unknown): LogLevel {
  const word = String(text).toLowerCase();
  return ORDER.find((level) => level === word) ?? 'information';
}

/** The level for `category`: the longest dotted prefix that host.json names, else its `default`. */
function levelFor(category: string, levels: Readonly<Record<string, LogLevel>>): LogLevel {
  for (let name = category; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const level = levels[name];
    if (level) return level;
  }
  return levels['default'] ?? 'information';
}

/** A log that prints to `out`; colours only when asked. */
export function createHostLog(
  levels: Readonly<Record<string, LogLevel>>,
  now: () => number,
  out: (line: string) => void,
  useColor = false,
): HostLog {
  return {
    write(level, category, message) {
      if (level === 'none' || ORDER.indexOf(level) < ORDER.indexOf(levelFor(category, levels))) return;
      const color = useColor ? COLORS[level] : undefined;
      const line = `[${new Date(now()).toISOString()}] ${message}`;
      out(color ? `${color}${line}\u001b[0m` : line);
    },
  };
}
