// Command line of `npm start`: what can be asked for, and what to say when it is not understood.
import { parseArgs } from 'node:util';

export interface LaunchOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly reset: boolean;
  readonly watch: boolean;
  readonly once: boolean;
  readonly help: boolean;
}

/** An option is wrong: the message names it and the cure. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export const HELP = `npm start -- [options]      runs the Exchange Connector on this machine

  --port <number>   where the function app listens (7071; 0 for any free port)
  --watch           rebuilds and restarts when a source file changes (npm run dev)
  --reset           starts with empty data: removes the folder .local
  --once            exits as soon as the function app is healthy
  --help            shows this
`;

const KNOWN = {
  port: { type: 'string' },
  reset: { type: 'boolean' },
  watch: { type: 'boolean' },
  once: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new OptionError(`--port is '${text}'; write a number from 0 to 65535, as in --port 7071.`);
}

/** Reads the words after `npm start --`; a wrong one throws OptionError. */
export function readLaunchOptions(words: readonly string[]): LaunchOptions {
  let values: { port?: string; reset?: boolean; watch?: boolean; once?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({ args: [...words], options: KNOWN, strict: true, allowPositionals: false }));
  } catch (error) {
    const [reason = ''] = (error as Error).message.split(/\. To specify|\. This command/);
    throw new OptionError(`${reason.replace(/\.$/, '')}. npm start -- --help lists the options.`, { cause: error });
  }
  const { port = '7071', reset = false, watch = false, once = false, help = false } = values;
  if (watch && once) throw new OptionError('--watch stays and --once leaves: give one of the two.');
  return { port: readPort(port), reset, watch, once, help };
}
