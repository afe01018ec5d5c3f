// The host as a program: node src/local/host/main.ts --app DIR --data DIR --port N ... ; stops in order on SIGTERM and SIGINT.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seededPeople } from './auth/people.ts';
import { createHeldClock } from './clock.ts';
import { HOST_VERSION, startHost, type HostOptions } from './host.ts';

const USAGE = `usage: node src/local/host/main.ts --app DIR --data DIR [--port 7071]
  --enforce-keys            ask for host keys, as in Azure
  --master-key K            instead of the stored one (also --function-key K)
  --sign-in TENANT          serve /.auth with the seeded people of this tenant id
  --trust-principal-headers pass client-sent x-ms-client-principal headers on
  --held-clock TIME         start a clock that stands still at this ISO time (/admin/local/clock moves it)
  --crash-after-activities N  die after N activities, before the last one's result is stored
  --worker-arg ARG          option for the worker's Node, for instance --worker-arg=--max-old-space-size=256`;

function readOptions(): HostOptions {
  const { values } = parseArgs({
    options: {
      app: { type: 'string' },
      data: { type: 'string' },
      port: { type: 'string', default: '7071' },
      'enforce-keys': { type: 'boolean', default: false },
      'master-key': { type: 'string' },
      'function-key': { type: 'string' },
      'sign-in': { type: 'string' },
      'trust-principal-headers': { type: 'boolean', default: false },
      'held-clock': { type: 'string' },
      'crash-after-activities': { type: 'string' },
      'worker-arg': { type: 'string', multiple: true, default: [] },
    },
  });
  if (!values.app || !values.data) throw new Error('--app and --data are needed.');
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is no port; write a number from 0 to 65535.`);
  const heldMs = values['held-clock'] === undefined ? undefined : Date.parse(values['held-clock']);
  if (Number.isNaN(heldMs)) throw new Error(`--held-clock ${values['held-clock']} is no time; write one such as 2030-01-01T00:00:00Z.`);
  const { 'master-key': master, 'function-key': functionKey, 'sign-in': tenant, 'crash-after-activities': crash } = values;
  return {
    appDirectory: resolve(values.app),
    dataDirectory: resolve(values.data),
    port,
    keys: { enforce: values['enforce-keys'], ...(master ? { master } : {}), ...(functionKey ? { function: functionKey } : {}) },
    ...(tenant ? { people: seededPeople(tenant) } : {}),
    trustPrincipalHeaders: values['trust-principal-headers'],
    workerArgs: values['worker-arg'],
    ...(heldMs === undefined ? {} : { clock: createHeldClock(heldMs) }),
    ...(crash ? { crashAfterActivities: Number(crash) } : {}),
    out: (line) => console.log(line),
    // Behind the launcher's pipe its terminal is known by FORCE_COLOR.
    useColor: process.stdout.isTTY || process.env['FORCE_COLOR'] === '1',
  };
}

async function main(): Promise<void> {
  let options: HostOptions;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
  console.log(`Azure Functions local host ${HOST_VERSION}: a stand-in for development, not the real host.`);
  const host = await startHost(options);
  console.log(`Host started, listening on ${host.url} (worker process ${host.workerPid})`);
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) process.exit(130);
    isStopping = true;
    host.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

main().catch((error: unknown) => {
  console.error(`The host could not start. ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
