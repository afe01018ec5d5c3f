import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundleOptions } from '../../../src/local/launcher/bundle.ts';
import { launchSummary } from '../../../src/local/launcher/launch-summary.ts';

const root = join(import.meta.dirname, '../../..');

/** `--keep-names` is `keepNames: true`, `--target=node22` is `target: 'node22'`, `--external:x` a list. */
function optionsOfCommand(command: string): Record<string, unknown> {
  const [program, entry, ...words] = command.split(' ');
  assert.equal(program, 'esbuild');
  const options: Record<string, unknown> = { entryPoints: [entry] };
  for (const word of words) {
    const [, name = '', separator, value] = /^--([a-z-]+)(?:([:=])(.+))?$/.exec(word) ?? [];
    const key = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    options[key] = separator === ':' ? [value] : (value ?? true);
  }
  return options;
}

test('The launcher builds with the options of the script "build"', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { build: string } };

  const { absWorkingDir, ...options } = bundleOptions(root);

  assert.deepEqual(options, optionsOfCommand(scripts.build));
  assert.equal(absWorkingDir, root);
});

test('The summary names the addresses and the data, without colours unless they are wanted', () => {
  const organization = { displayName: 'Contoso', domain: 'contoso.example', tenantId: 'cfd7dfc3-c394', mailboxes: 1200, devices: 3456 };
  const at = { port: 7171, dataDirectory: '/x/.local', storagePorts: { blob: 1, queue: 2, table: 3 }, organization, startedInMs: 4321 };

  const [plain, coloured] = [launchSummary(at, false), launchSummary(at, true)];

  for (const part of [
    'ready in 4.3 s',
    'http://localhost:7171/api/health',
    'http://localhost:7171/.auth/login/aad',
    'http://localhost:7171/admin/host/status',
    '1 (blobs), 2 (queues), 3 (tables)',
    'Contoso (contoso.example), simulated: 1,200 mailboxes, 3,456 devices',
    'cfd7dfc3-c394',
    'npm run doctor -- contoso',
    'npm run tenant -- list',
    'npm run token -- alice',
    '/x/.local',
    'Ctrl-C',
  ]) {
    assert.ok(plain.includes(part), part);
  }
  assert.equal(plain.includes('\u001b'), false);
  assert.equal(coloured.includes('\u001b[36mhttp://localhost:7171/api/health'), true);
});
