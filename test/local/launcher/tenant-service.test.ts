// The tenant as a process of the launcher: ready, kept, refused, and its end noticed.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startTenantProcess, type TenantChoices, type TenantProcess } from '../../../src/local/launcher/tenant-service.ts';
import { runningTenant } from '../../../src/local/launcher/tenant-settings.ts';
import { tempDirectory } from '../../support/temp-directory.ts';

const ANY: TenantChoices = { mailboxes: undefined, seed: undefined, latency: undefined, speed: undefined };

function start(
  t: TestContext,
  dataDirectory: string,
  choices: Partial<TenantChoices>,
  onExit: (how: string) => void = () => undefined,
): Promise<TenantProcess> {
  const starting = startTenantProcess({ dataDirectory, choices: { ...ANY, ...choices }, onLine: () => undefined, onExit });
  t.after(async () => {
    const [ended] = await Promise.allSettled([starting]);
    if (ended.status === 'fulfilled') await ended.value.stop();
  });
  return starting;
}

test('A tenant stays the one it was made; asking for another one names the cure', async (t) => {
  const data = tempDirectory('kept');
  const exits: string[] = [];
  const made = await start(t, data, { mailboxes: '30', seed: 'first' }, (how) => exits.push(how));
  await made.stop();

  const kept = await start(t, data, {}, (how) => exits.push(how));
  await kept.stop();
  const refused = start(t, data, { mailboxes: '35' });

  await assert.rejects(
    refused,
    /ended while starting \(exit code 1\)\. It said:\n.*was made with mailboxes 30, not 35\. Start with --reset/,
  );
  assert.deepEqual(kept.census, made.census);
  assert.equal(made.census.mailboxes, 30);
  assert.deepEqual(
    [kept.connection.organizations, kept.connection.controlKey],
    [made.connection.organizations, made.connection.controlKey],
  );
  assert.deepEqual(exits, []);
  assert.equal(existsSync(join(data, 'connection.json')), false);
});

test('A file that names a tenant which was killed is not taken for the new one', async (t) => {
  const data = tempDirectory('left');
  const ended = Promise.withResolvers<string>();
  const killed = await start(t, data, { mailboxes: '30' }, ended.resolve);
  process.kill(killed.connection.pid, 'SIGKILL');
  const how = await ended.promise;

  const next = await start(t, data, {});

  assert.equal(how, 'signal SIGKILL');
  assert.notEqual(next.connection.pid, killed.connection.pid);
  assert.equal(runningTenant(data)?.pid, next.connection.pid);
});

test('A tenant that cannot start says why', async (t) => {
  const data = tempDirectory('torn');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'state.json'), '{ torn');

  const starting = start(t, data, {});

  await assert.rejects(
    starting,
    /ended while starting \(exit code 1\)\. It said:\n.*state\.json is damaged\. Start the tenant anew with --reset\./,
  );
});
