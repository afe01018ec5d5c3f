// Command line of `npm start`: what can be asked for, and what to say when it is not understood.
import { parseArgs } from 'node:util';
import { tenantWords, type TenantChoices } from './tenant-service.ts';
import { readTenantOptions, TenantOptionError } from '../tenant/tenant-options.ts';

export interface LaunchOptions extends TenantChoices {
  /** 0: any free one. */
  readonly port: number;
  readonly reset: boolean;
  readonly watch: boolean;
  readonly once: boolean;
  /** Shows every line of the host. */
  readonly verbose: boolean;
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
  --verbose         shows every line of the Functions host; they are in .local/host.log anyway
  --once            exits after the first discovery
  --help            shows this

  The simulated tenant; the first two are fixed when it is made, so that changing them takes --reset:
  --mailboxes <number>  how many mailboxes it has (500), with about three devices each
  --seed <text>         what people and devices follow from (1)
  --latency <ms>        what a call about one mailbox costs (20); a page of a list costs a quarter
  --speed <factor>      tenant seconds a second (1)
`;

const KNOWN = {
  port: { type: 'string' },
  reset: { type: 'boolean' },
  watch: { type: 'boolean' },
  once: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  mailboxes: { type: 'string' },
  seed: { type: 'string' },
  latency: { type: 'string' },
  speed: { type: 'string' },
} as const;

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new OptionError(`--port is '${text}'; write a number from 0 to 65535, as in --port 7071.`);
}

/** What the tenant's own command line does not understand is wrong here too, before anything is started. */
function checkChoices(choices: TenantChoices): void {
  try {
    readTenantOptions(tenantWords(choices));
  } catch (error) {
    throw error instanceof TenantOptionError ? new OptionError(error.message, { cause: error }) : error;
  }
}

/** Reads the words after `npm start --`; a wrong one throws OptionError. */
export function readLaunchOptions(words: readonly string[]): LaunchOptions {
  let values: ReturnType<typeof parseArgs<{ options: typeof KNOWN }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...words], options: KNOWN, strict: true, allowPositionals: false }));
  } catch (error) {
    const [reason = ''] = (error as Error).message.split(/\. To specify|\. This command/);
    throw new OptionError(`${reason.replace(/\.$/, '')}. npm start -- --help lists the options.`, { cause: error });
  }
  const {
    port = '7071',
    reset = false,
    watch = false,
    once = false,
    verbose = false,
    help = false,
    mailboxes,
    seed,
    latency,
    speed,
  } = values;
  if (watch && once) throw new OptionError('--watch stays and --once leaves: give one of the two.');
  const choices = { mailboxes, seed, latency, speed };
  checkChoices(choices);
  return { port: readPort(port), reset, watch, once, verbose, help, ...choices };
}
