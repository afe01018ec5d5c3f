// The words of `npm run tenant --` as requests to the control API. Pure: cli.ts sends them.

export interface ControlRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

export const CLI_HELP = `npm run tenant -- <command> [--organization <domain>] [--data <folder>]

  list                               the tenant: organizations, clock, armed faults, switches, load
  phones [<mailbox>]                 phones of a mailbox, or the first hundred
  phone <phone> <action>             connect, off, on, reset, update, remove; a phone is its guid, or alice/1
  phone <phone> change <field=value> what it says about itself: friendlyName, deviceModel, deviceOs, ...
  phone new <mailbox> [field=value]  a new phone for somebody
  clock                              what time it is there
  clock hold | run | step <length>   stands still, goes on, moves on by 90s, 15m, 2h or 7d
  speed <factor>                     tenant seconds a second
  fault                              the table of faults and which are armed
  fault on <name> [field=value]      arms one: count, skip, argument, cmdlet, route, subject
  fault off [<name>]                 disarms one, or all
  switch [<name> <value>]            how Exchange behaves where nobody knows for sure
  load [<name> <value>]              what requests cost, and how many are too many
  cloud <name> <value>               cloudNeverReports true|false, conditionalAccess off|outlook|all
  grants [<field> <json>]            the application's grants: exchangeAppRoles, directoryRoles, deniedCmdlets, ...
  writes [<cmdlet>]                  what was changed over the wire, by whom
  mail                               messages sent through Graph
  token <user>                       a bearer token for a person
`;

/** `name=value` words as an object. */
function fields(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw new Error(`"${word}" is not understood: write field=value.`);
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function query(path: string, values: Readonly<Record<string, string | undefined>>): ControlRequest {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const text = new URLSearchParams(given).toString();
  return { method: 'GET', path: text === '' ? path : `${path}?${text}` };
}

type Command = (words: readonly string[], tenantId: Readonly<{ tenantId?: string }>) => ControlRequest;

function needed(word: string | undefined, what: string): string {
  if (word === undefined) throw new Error(`${what} is missing. npm run tenant -- help lists the commands.`);
  return word;
}

function phone([device, action, ...rest]: readonly string[], tenant: Readonly<{ tenantId?: string }>): ControlRequest {
  if (device === 'new')
    return { method: 'POST', path: 'phones', body: { ...tenant, mailbox: needed(action, 'The mailbox'), facts: fields(rest) } };
  const facts = action === 'change' ? fields(rest) : {};
  return {
    method: 'POST',
    path: 'phone',
    body: { ...tenant, device: needed(device, 'The phone'), action: needed(action, 'What the phone does'), facts },
  };
}

function clock([action, length]: readonly string[]): ControlRequest {
  if (action === undefined) return { method: 'GET', path: 'clock' };
  if (action === 'hold') return { method: 'POST', path: 'clock', body: { hold: true } };
  if (action === 'run') return { method: 'POST', path: 'clock', body: { run: true } };
  if (action === 'step') return { method: 'POST', path: 'clock', body: { step: needed(length, 'The length of the step') } };
  throw new Error(`A clock can hold, run and step, but not "${action}".`);
}

function fault([action, name, ...rest]: readonly string[]): ControlRequest {
  if (action === undefined) return { method: 'GET', path: 'faults' };
  if (action === 'on') return { method: 'POST', path: 'faults', body: { name: needed(name, 'The name of the fault'), ...fields(rest) } };
  if (action === 'off') return { method: 'DELETE', path: name === undefined ? 'faults' : `faults?name=${encodeURIComponent(name)}` };
  throw new Error(`A fault is on or off, not "${action}".`);
}

function setting(path: string): Command {
  return ([name, value]) =>
    name === undefined ? { method: 'GET', path } : { method: 'POST', path, body: { [name]: needed(value, 'The value') } };
}

const COMMANDS: Readonly<Record<string, Command>> = {
  list: () => ({ method: 'GET', path: 'state' }),
  phones: ([mailbox], { tenantId }) => query('phones', { mailbox, tenantId }),
  phone,
  clock,
  speed: ([factor]) => ({ method: 'POST', path: 'clock', body: { speed: needed(factor, 'The factor') } }),
  fault,
  switch: setting('switches'),
  load: setting('load'),
  cloud: ([name, value], tenant) => ({
    method: 'POST',
    path: 'cloud',
    body: { ...tenant, [needed(name, 'The name')]: needed(value, 'The value') },
  }),
  grants: ([field, value], tenant) =>
    field === undefined
      ? query('applications', tenant)
      : { method: 'POST', path: 'applications', body: { ...tenant, change: { [field]: jsonOrText(needed(value, 'The value')) } } },
  writes: ([cmdlet], { tenantId }) => query('writes', { cmdlet, tenantId }),
  mail: (_, { tenantId }) => query('mail', { tenantId }),
  token: ([user], tenant) => ({ method: 'POST', path: 'tokens', body: { ...tenant, user: needed(user, 'The user') } }),
};

/** The request that the words ask for; undefined when help is wanted. A word that is not understood throws an error with the cure. */
export function readCommand(words: readonly string[]): ControlRequest | undefined {
  const at = words.indexOf('--organization');
  const tenant = at >= 0 ? { tenantId: needed(words[at + 1], 'The organization') } : {};
  const [name, ...rest] = at >= 0 ? words.filter((_, position) => position !== at && position !== at + 1) : words;
  if (name === undefined || name === 'help' || name === '--help') return undefined;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new Error(`"${name}" is no command. npm run tenant -- help lists the commands.`);
  return command(rest, tenant);
}
