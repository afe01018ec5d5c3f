// Command line of the tenant process: what can be asked for, and what to say when it is not understood.
import { parseArgs } from 'node:util';

export interface TenantOptions {
  readonly data: string;
  /** 0: any free one. */
  readonly port: number;
  readonly seed: string;
  /** Of the first organization; the others have a tenth of it. */
  readonly mailboxes: number;
  /** First labels of the domains. */
  readonly organizations: readonly string[];
  /** Real milliseconds for a call about one mailbox or device; other calls cost a quarter of it. Undefined keeps what is set. */
  readonly latencyMs: number | undefined;
  /** Undefined keeps the speed the clock has. */
  readonly speed: number | undefined;
  /** Stops the clock; false keeps it as it is. */
  readonly held: boolean;
  /** What the seed's dates are counted back from; undefined for the present. */
  readonly start: string | undefined;
  readonly churnPerDay: number;
  readonly audiences: readonly string[];
}

/** An option is wrong: the message names it and the cure. */
export class TenantOptionError extends Error {
  override readonly name = 'TenantOptionError';
}

export const TENANT_HELP = `node src/local/tenant/main.ts [options]      runs the simulated Exchange Online tenant

  --data <folder>        where its state is kept (.local/tenant)
  --port <number>        where it listens, https on loopback (0: any free port)
  --seed <text>          what people and phones follow from (1)
  --mailboxes <number>   mailboxes of the first organization (200)
  --organization <name>  first label of an organization's domains; give it again for a second one (contoso)
  --latency <ms>         what a call about one mailbox costs (0)
  --speed <factor>       tenant seconds a second (1)
  --held                 the clock stands still until it is stepped
  --start <time>         what the seed's dates are counted back from (now)
  --churn <part>         part of all phones that change a day (0.005)
  --audience <uri>       audience of the connector's own API; may be given again
  --help                 shows this

A folder remembers seed, mailboxes, organizations, start and churn: to change one of them, begin with an empty folder.
`;

const KNOWN = {
  data: { type: 'string' },
  port: { type: 'string' },
  seed: { type: 'string' },
  mailboxes: { type: 'string' },
  organization: { type: 'string', multiple: true },
  latency: { type: 'string' },
  speed: { type: 'string' },
  held: { type: 'boolean' },
  start: { type: 'string' },
  churn: { type: 'string' },
  audience: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;

const MOST_MAILBOXES = 100_000;
const FASTEST = 100_000;

function readNumber(name: string, text: string, from: number, to: number, isWhole: boolean): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= from && number <= to && (!isWhole || Number.isInteger(number))) return number;
  throw new TenantOptionError(`--${name} is '${text}'; write a ${isWhole ? 'whole ' : ''}number from ${from} to ${to}.`);
}

/** Reads the command line; undefined when only help is wanted. A wrong word throws TenantOptionError. */
export function readTenantOptions(words: readonly string[]): TenantOptions | undefined {
  const values = parse(words);
  if (values.help) return undefined;
  const organizations = values.organization ?? ['contoso'];
  const wrong = organizations.find((name) => !/^[a-z][a-z0-9-]{0,30}$/.test(name));
  if (wrong !== undefined) throw new TenantOptionError(`--organization is '${wrong}'; write a name in small letters, such as contoso.`);
  const { start } = values;
  if (start !== undefined && Number.isNaN(Date.parse(start)))
    throw new TenantOptionError(`--start is '${start}'; write a time such as 2026-11-24T08:00:00Z.`);
  return {
    data: values.data ?? '.local/tenant',
    port: readNumber('port', values.port ?? '0', 0, 65_535, true),
    seed: values.seed ?? '1',
    mailboxes: readNumber('mailboxes', values.mailboxes ?? '200', 1, MOST_MAILBOXES, true),
    organizations,
    latencyMs: values.latency === undefined ? undefined : readNumber('latency', values.latency, 0, 600_000, false),
    speed: values.speed === undefined ? undefined : readNumber('speed', values.speed, Number.MIN_VALUE, FASTEST, false),
    held: values.held ?? false,
    start,
    churnPerDay: readNumber('churn', values.churn ?? '0.005', 0, 1, false),
    audiences: values.audience ?? ['api://exchange-connector'],
  };
}

function parse(words: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof KNOWN }>>['values'] {
  try {
    return parseArgs({ args: [...words], options: KNOWN, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [reason = ''] = (error as Error).message.split(/\. To specify|\. This command/);
    throw new TenantOptionError(`${reason.replace(/\.$/, '')}. --help lists the options.`, { cause: error });
  }
}
