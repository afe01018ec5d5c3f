// `npm run tenant -- …`: looks at the running tenant and does things to it, through its control API. Words: cli-commands.ts.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { CLI_HELP, readCommand, type ControlRequest } from './cli-commands.ts';
import { CONTROL_KEY_HEADER } from './control/control-route.ts';
import { readKeptJson } from './server/kept-json.ts';
import { CONNECTION_FILE, type Connection } from './tenant-process.ts';

const DATA = '.local/tenant';

/** The running tenant of a folder. */
function connect(data: string): Connection {
  const connection = readKeptJson(join(data, CONNECTION_FILE)) as Connection | undefined;
  if (!connection) throw new Error(`No tenant runs on ${data}. Start one with npm start, or name its folder with --data.`);
  return connection;
}

/** Sends one control request; its answer is JSON. */
function send({ origin, controlKey, caFile }: Connection, { method, path, body }: ControlRequest): Promise<unknown> {
  const headers = { [CONTROL_KEY_HEADER]: controlKey, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${origin}/control/${path}`, { method, headers, ca: readFileSync(caFile) }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        const value = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { error?: string };
        if (incoming.statusCode === 200) resolve(value);
        else reject(new Error(value.error ?? `The tenant answered ${incoming.statusCode}.`));
      });
    });
    outgoing.once('error', (error) => reject(new Error(`The tenant at ${origin} does not answer: ${error.message}`, { cause: error })));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function run(words: readonly string[]): Promise<void> {
  const at = words.indexOf('--data');
  const data = at >= 0 ? (words[at + 1] ?? DATA) : DATA;
  const rest = at >= 0 ? words.filter((_, position) => position !== at && position !== at + 1) : words;
  const command = readCommand(rest);
  if (!command) {
    console.log(CLI_HELP);
    return;
  }
  console.log(JSON.stringify(await send(connect(data), command), undefined, 2));
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
