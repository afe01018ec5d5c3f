// The launcher as people meet it: a process that builds, starts real storage and a host, and ends in order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { TableServiceClient } from '@azure/data-tables';
import { decodeJwt } from 'jose';
import { until } from '../host/timers/test-host.ts';
import { aProject, journalOf, startLauncher } from './project.ts';
import { runTool } from './run-tool.ts';

interface HostHealth {
  pid: number;
  app: string;
  AzureWebJobsStorage: string;
  TASK_HUB: string;
  FUNCTIONS_WORKER_RUNTIME: string;
  EXCHANGE_ENDPOINT: string;
  NODE_EXTRA_CA_CERTS: string;
  /** The tenant whose people sign in. */
  signIn: string;
}

async function healthOf(output: string): Promise<HostHealth> {
  const [url = ''] = /http:\/\/localhost:\d+\/api\/health/.exec(output) ?? [];
  const response = await fetch(url.replace('localhost', '127.0.0.1'), { headers: { connection: 'close' } });
  return (await response.json()) as HostHealth;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('A start builds the bundle, gives the host its storage and settings, says where to look, and ends in order on Ctrl-C, also when npm sends it twice', async (t) => {
  const root = aProject(t);
  const launcher = startLauncher(t, root, ['--port', '0']);
  await launcher.says('Ctrl-C stops everything in order');
  const health = await healthOf(launcher.output());
  const storageAnswers: string[] = [];
  for await (const table of TableServiceClient.fromConnectionString(health.AzureWebJobsStorage, {
    allowInsecureConnection: true,
  }).listTables()) {
    storageAnswers.push(String(table.name));
  }

  launcher.process.kill('SIGINT');
  await launcher.says('Stopping:');
  launcher.process.kill('SIGINT');
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 0);
  assert.deepEqual(storageAnswers, []);
  assert.deepEqual([health.app, health.TASK_HUB, health.FUNCTIONS_WORKER_RUNTIME], [root, 'ExchangeConnector', 'node']);
  assert.ok(existsSync(join(root, 'dist', 'functions.cjs')));
  assert.ok(existsSync(join(root, 'dist', 'functions.cjs.map')));
  assert.deepEqual(journalOf(root), [`started ${health.pid}`, 'draining', 'drained']);
  assert.ok(launcher.output().includes(join(root, '.local')));
  assert.deepEqual(readdirSync(join(root, '.local')).toSorted(), ['azurite', 'host', 'host.log', 'tenant']);
});

test('A second Ctrl-C ends a launcher at once whose host does not drain, and leaves no process', async (t) => {
  const root = aProject(t);
  const launcher = startLauncher(t, root, ['--port', '0'], { STANDING_HOST_HANGS: 'yes' });
  await launcher.says('Ctrl-C stops everything in order');
  const { pid } = await healthOf(launcher.output());

  await until('the launcher is gone', () => {
    launcher.process.kill('SIGINT');
    return launcher.process.exitCode !== null;
  });
  await until('the host is gone', () => !isAlive(pid));

  assert.equal(await launcher.exitCode, 130);
  assert.match(launcher.output(), /Stopped at once: what was running is lost, what was stored is kept\./);
  assert.equal(journalOf(root).at(-1), 'draining');
});

test('When start.mjs is gone without a word, the launcher ends in order', async (t) => {
  const root = aProject(t);
  const launcher = startLauncher(t, root, ['--port', '0']);
  await launcher.says('Ctrl-C stops everything in order');

  launcher.process.disconnect();
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 0);
  assert.equal(journalOf(root).at(-1), 'drained');
});

test('A Ctrl-C during the start ends it in order', async (t) => {
  const root = aProject(t);
  const launcher = startLauncher(t, root, ['--port', '0']);
  await until('the storage is being started', () => existsSync(join(root, '.local', 'azurite', 'azurite.lock')));

  launcher.process.kill('SIGINT');
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 0);
  assert.equal(existsSync(join(root, '.local', 'azurite', 'azurite.lock')), false);
  assert.equal(existsSync(join(root, '.local', 'host')), false);
});

test('With --once it leaves as soon as the app is healthy; local.settings.json wins over the built-in settings', async (t) => {
  const root = aProject(t);
  writeFileSync(join(root, 'local.settings.json'), JSON.stringify({ Values: { TASK_HUB: 'Mine' } }));

  const launcher = startLauncher(t, root, ['--port', '0', '--once'], {
    TASK_HUB: 'FromTheShell',
    AzureWebJobsStorage: 'DefaultEndpointsProtocol=https',
  });
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 0, launcher.output());
  assert.deepEqual(journalOf(root).slice(1), ['draining', 'drained']);
  assert.match(launcher.output(), /Task hub Mine, storage DefaultEndpointsProtocol=http;/);
});

test('A second start on the same folder names the process of the first and what to do, and disturbs nothing', async (t) => {
  const root = aProject(t);
  const first = startLauncher(t, root, ['--port', '0']);
  await first.says('Ctrl-C stops everything in order');

  const second = startLauncher(t, root, ['--port', '0', '--reset']);
  const exitCode = await second.exitCode;
  const health = await healthOf(first.output());
  first.process.kill('SIGTERM');

  assert.equal(exitCode, 1);
  assert.match(
    second.output(),
    new RegExp(`The Exchange Connector in .* is in use by process ${first.process.pid}\\. Stop that one first \\(Ctrl-C in its terminal`),
  );
  assert.equal(health.app, root);
  assert.equal(await first.exitCode, 0);
});

test('A taken port is named with the option that chooses another, and what was started is stopped', async (t) => {
  const root = aProject(t);
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  t.after(() => squatter.close());
  const { port } = squatter.address() as AddressInfo;

  const launcher = startLauncher(t, root, ['--port', String(port)]);
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 1);
  assert.ok(
    launcher
      .output()
      .includes(`Port ${port} is taken by another program. End that one, or choose another port: npm start -- --port ${port + 1}`),
  );
  assert.deepEqual(readdirSync(join(root, '.local')).toSorted(), ['azurite', 'tenant']);
});

test('A host that is killed is started again', async (t) => {
  const root = aProject(t);
  const launcher = startLauncher(t, root, ['--port', '0']);
  await launcher.says('Ctrl-C stops everything in order');
  const before = await healthOf(launcher.output());

  process.kill(before.pid, 'SIGKILL');
  await launcher.says('The function app is ready again.');
  const after = await healthOf(launcher.output());
  launcher.process.kill('SIGTERM');

  assert.equal(await launcher.exitCode, 0);
  assert.match(launcher.output(), /The Functions host ended by itself \(signal SIGKILL\)\. Starting it again in \d+ ms\./);
  assert.notEqual(after.pid, before.pid);
});

test('A host that cannot start ends the launch with its exit code and its own words', async (t) => {
  const root = aProject(t);

  const launcher = startLauncher(t, root, ['--port', '0'], { STANDING_HOST_FAILS: 'yes' });
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 1);
  assert.match(launcher.output(), /host\.json is wrong/);
  assert.match(launcher.output(), /The Functions host ended while starting \(exit code 3\); its log above says why\./);
  assert.equal(journalOf(root).length, 1);
});

test('A source that does not build ends the launch with the fault', async (t) => {
  const root = aProject(t);
  writeFileSync(join(root, 'functions', 'main.ts'), 'export const answer: = 42;\n');

  const launcher = startLauncher(t, root, ['--port', '0']);
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 1);
  assert.match(launcher.output(), /functions\/main\.ts:1:/);
  assert.deepEqual(readdirSync(join(root, '.local')), []);
});

test('With --watch a changed source is built and the host restarted; a faulty one leaves it running', async (t) => {
  const root = aProject(t);
  const launcher = startLauncher(t, root, ['--port', '0', '--watch']);
  await launcher.says('Ctrl-C stops everything in order');
  const before = await healthOf(launcher.output());

  writeFileSync(join(root, 'functions', 'main.ts'), 'export const answer: = 43;\n');
  await launcher.says('functions/main.ts:1:');
  const meanwhile = await healthOf(launcher.output());
  writeFileSync(join(root, 'functions', 'main.ts'), 'export const answer: number = 43;\n');
  await launcher.says('The function app is ready again.');
  const after = await healthOf(launcher.output());
  launcher.process.kill('SIGTERM');

  assert.equal(await launcher.exitCode, 0);
  assert.equal(meanwhile.pid, before.pid);
  assert.notEqual(after.pid, before.pid);
  assert.deepEqual(journalOf(root).slice(0, 3), [`started ${before.pid}`, 'draining', 'drained']);
});

test('After the launcher was killed its services end by themselves, and --reset starts with empty data', async (t) => {
  const root = aProject(t);
  const killed = startLauncher(t, root, ['--port', '0', '--mailboxes', '30']);
  await killed.says('Ctrl-C stops everything in order');
  const before = await healthOf(killed.output());
  killed.process.kill('SIGKILL');
  await until('the host has drained', () => !isAlive(before.pid));
  const lastWords = journalOf(root).at(-1);

  const launcher = startLauncher(t, root, ['--port', '0', '--reset', '--once', '--mailboxes', '35']);
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 0, launcher.output());
  assert.match(launcher.output(), /simulated: 35 mailboxes/);
  assert.equal(lastWords, 'drained');
  assert.deepEqual(journalOf(root).slice(1), ['draining', 'drained']);
});

test('Storage that dies ends the launch with the reason, after the host has drained', async (t) => {
  const root = aProject(t);
  const launcher = startLauncher(t, root, ['--port', '0']);
  await launcher.says('Ctrl-C stops everything in order');
  const { pid } = JSON.parse(readFileSync(join(root, '.local', 'azurite', 'azurite.lock'), 'utf8')) as { pid: number };

  process.kill(pid, 'SIGKILL');
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 1);
  assert.match(launcher.output(), /The storage \(Azurite\) ended by itself: signal SIGKILL\./);
  assert.equal(journalOf(root).at(-1), 'drained');
});

test('A start brings up a tenant that the host is led to, that doctor finds in order, and that issues tokens for its people', async (t) => {
  const root = aProject(t);
  const data = join(root, '.local', 'tenant');
  const launcher = startLauncher(t, root, ['--port', '0', '--mailboxes', '30']);
  await launcher.says('Ctrl-C stops everything in order');
  const health = await healthOf(launcher.output());

  const [doctor, token] = await Promise.all([
    runTool('doctor.ts', ['contoso', '--data', data]),
    runTool('token.ts', ['alice', '--data', data]),
  ]);
  launcher.process.kill('SIGTERM');

  assert.equal(await launcher.exitCode, 0);
  assert.match(launcher.output(), /Organization +Contoso \(contoso\.example\), simulated: 30 mailboxes, \d+ devices/);
  assert.ok(launcher.output().includes(health.signIn));
  assert.match(health.EXCHANGE_ENDPOINT, /^https:\/\/localhost:\d+$/);
  assert.equal(health.NODE_EXTRA_CA_CERTS, join(data, 'authority.pem'));
  assert.equal(doctor.code, 0, doctor.out + doctor.err);
  assert.match(doctor.out, /(\d+) of \1 checks work\./);
  assert.equal(decodeJwt(token.out)['tid'], health.signIn);
  assert.equal(existsSync(join(data, 'connection.json')), false);
});

test('A tenant that dies ends the launch with the reason, after the host has drained', async (t) => {
  const root = aProject(t);
  const launcher = startLauncher(t, root, ['--port', '0']);
  await launcher.says('Ctrl-C stops everything in order');
  const { pid } = JSON.parse(readFileSync(join(root, '.local', 'tenant', 'connection.json'), 'utf8')) as { pid: number };

  process.kill(pid, 'SIGKILL');
  const exitCode = await launcher.exitCode;

  assert.equal(exitCode, 1);
  assert.match(launcher.output(), /The simulated tenant ended by itself: signal SIGKILL\./);
  assert.equal(journalOf(root).at(-1), 'drained');
});
