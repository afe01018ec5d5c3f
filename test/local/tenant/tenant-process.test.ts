// The tenant as a process: what it has answered for survives kill -9, it stops in order, and two of them never share a folder.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import type { Connection } from '../../../src/local/tenant/tenant-process.ts';
import type { Json } from './tenant-under-test.ts';
import { tempDirectory } from '../../support/temp-directory.ts';

const SOURCE = join(import.meta.dirname, '../../../src/local/tenant');
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

interface Running {
  readonly child: ChildProcess;
  readonly connection: Connection;
  call(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<{ status: number; text: string }>;
  control(method: string, path: string, body?: unknown): Promise<Json>;
  invoke(cmdlet: string, parameters: Record<string, unknown>): Promise<{ status: number; text: string }>;
}

function start(...words: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(SOURCE, 'main.ts'), ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Started, and asked for a token the way a managed identity asks. */
async function startTenant(data: string, ...words: string[]): Promise<Running> {
  const child = start('--data', data, '--mailboxes', '40', '--held', '--start', '2026-11-24T08:00:00Z', ...words);
  const complaints: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`The tenant ended: ${complaints.join('')}`)));
  const [line] = await Promise.race([once(createInterface({ input: child.stdout ?? process.stdin }), 'line'), ended]);
  ended.catch(() => undefined);
  assert.match(String(line), /^Simulated Exchange Online tenant: https:\/\/localhost:\d+$/);
  const connection = JSON.parse(readFileSync(join(data, 'connection.json'), 'utf8')) as Connection;
  const agent = new Agent({ ca: readFileSync(connection.caFile) });

  const call: Running['call'] = (method, path, headers = {}, body) =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${connection.origin}${path}`, { method, headers, agent }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  const identityPath = connection.identityEndpoint.slice(connection.origin.length);
  const asked = await call('GET', `${identityPath}?resource=https://outlook.office365.com&api-version=2019-08-01`, {
    'x-identity-header': connection.identityHeader,
  });
  const authorization = `Bearer ${JSON.parse(asked.text).access_token}`;
  const [organization] = connection.organizations;
  return {
    child,
    connection,
    call,
    async control(method, path, body) {
      const answer = await call(
        method,
        `/control/${path}`,
        { 'x-control-key': connection.controlKey },
        body === undefined ? undefined : JSON.stringify(body),
      );
      return JSON.parse(answer.text);
    },
    invoke: (cmdlet, parameters) =>
      call(
        'POST',
        `/adminapi/beta/${organization?.tenantId}/InvokeCommand`,
        { authorization },
        JSON.stringify({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } }),
      ),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = await exited;
  return code;
}

test('what was answered before kill -9 is there afterwards: writes, clock, faults, switches, keys and addresses', async () => {
  const data = tempDirectory('killed-tenant');
  const first = await startTenant(data);
  await first.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: { add: 'KEPT' } });
  await first.control('POST', 'clock', { step: '3d' });
  await first.control('POST', 'faults', { name: 'throttle-429-always' });
  await first.control('POST', 'switches', { pageSize: 7 });
  await first.control('POST', 'phones', { mailbox: 'bob', facts: { friendlyName: 'new one' } });
  const before = await first.control('GET', 'state');
  const phones = await first.control('GET', 'phones');

  await end(first.child, 'SIGKILL');
  const second = await startTenant(data);
  const state = await second.control('GET', 'state');
  await second.control('DELETE', 'faults');
  const { text } = await second.invoke('Get-CASMailbox', { Identity: 'alice' });
  const { value: writes } = await second.control('GET', 'writes');

  assert.deepEqual(state, before);
  assert.deepEqual(await second.control('GET', 'phones'), phones);
  assert.ok(JSON.parse(text).value[0].ActiveSyncAllowedDeviceIDs.includes('KEPT'));
  assert.deepEqual(
    writes.map(({ cmdlet }: { cmdlet: string }) => cmdlet),
    ['Set-CASMailbox'],
  );
  const lasting = ({ controlKey, identityHeader, caFile, organizations }: Connection) => ({
    controlKey,
    identityHeader,
    caFile,
    organizations,
  });
  assert.deepEqual(lasting(second.connection), lasting(first.connection));
  assert.equal(await end(second.child, 'SIGTERM'), 0);
});

test('it stops in order, leaves no address behind, and ends a request under way', async () => {
  const data = tempDirectory('stopped-tenant');
  const tenant = await startTenant(data);
  await tenant.control('POST', 'faults', { name: 'hang' });
  const hanging = tenant.invoke('Get-OrganizationConfig', {}).then(
    () => 'answered',
    () => 'ended',
  );
  while ((await tenant.control('GET', 'faults')).armed.length > 0);

  const code = await end(tenant.child, 'SIGTERM');

  assert.deepEqual(
    [code, await hanging, existsSync(join(data, 'connection.json')), existsSync(join(data, 'tenant.lock'))],
    [0, 'ended', false, false],
  );
});

test('a folder that is in use, or was made otherwise, is refused with the cure', async () => {
  const data = tempDirectory('used-tenant');
  const tenant = await startTenant(data);
  const complaint = async (...words: string[]): Promise<string> => {
    const child = start('--data', data, ...words);
    const chunks: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code] = await once(child, 'close');
    assert.notEqual(code, 0);
    return Buffer.concat(chunks).toString();
  };

  await end(tenant.child, 'SIGTERM');
  const otherSize = await complaint('--mailboxes', '41');
  const wrongWord = await complaint('--mailboxes', 'many');
  const again = await startTenant(data);
  const used = await complaint('--mailboxes', '40');

  assert.match(otherSize, /was made with mailboxes 40, not 41\. Start with --reset/);
  assert.match(wrongWord, /--mailboxes is 'many'; write a whole number/);
  assert.match(used, /is in use by process \d+/);
  await end(again.child, 'SIGTERM');
});

test('people look at it and turn it from the command line', async () => {
  const data = tempDirectory('told-tenant');
  const tenant = await startTenant(data);
  const run = async (...words: string[]): Promise<{ code: number | null; out: string; err: string }> => {
    const child = spawn(process.execPath, [join(SOURCE, 'cli.ts'), ...words, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const [code] = await once(child, 'close');
    return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
  };

  const stepped = await run('clock', 'step', '1d');
  const wrong = await run('fault', 'on', 'nonsense');
  const help = await run('help');
  await end(tenant.child, 'SIGTERM');
  const gone = await run('list');

  assert.equal(JSON.parse(stepped.out).now, '2026-11-25T08:00:00.000Z');
  assert.deepEqual([wrong.code, /There is no fault "nonsense"/.test(wrong.err)], [1, true]);
  assert.match(help.out, /npm run tenant -- <command>/);
  assert.deepEqual([gone.code, /No tenant runs on/.test(gone.err)], [1, true]);
});
