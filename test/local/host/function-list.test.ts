import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFunctions } from '../../../src/local/host/function-list.ts';
import type { HostContext } from '../../../src/local/host/host-context.ts';
import { indexFunctions } from '../../../src/local/host/index-functions.ts';
import type { FunctionMetadata } from '../../../src/local/host/protocol.ts';

const http = (name: string, fields: object): FunctionMetadata => ({
  name,
  bindings: { request: { type: 'httpTrigger', direction: 'in', ...fields } },
});

const listed = (
  functions: FunctionMetadata[],
  settings: Record<string, string> = {},
  extension: Record<string, unknown> = {},
): string[] => {
  const context = { functions: indexFunctions(functions, settings), config: { extension: () => extension } };
  const lines = describeFunctions(context as unknown as HostContext, 7071);
  return lines.map((line) => line.trim()).filter((line) => line !== '' && line !== 'Functions:');
};

test('HTTP functions are listed with methods and address, others with their trigger', () => {
  const lines = listed([
    http('devices', { route: 'devices/{id?}', methods: ['GET', 'delete'] }),
    http('open', {}),
    { name: 'tick', bindings: { timer: { type: 'timerTrigger', direction: 'in' } } },
  ]);

  assert.deepEqual(lines, [
    'devices: [GET,DELETE] http://localhost:7071/api/devices/{id?}',
    'open: [GET,POST] http://localhost:7071/api/open',
    'tick: timerTrigger',
  ]);
});

test('the route prefix of host.json is part of the address', () => {
  const lines = listed([http('open', {})], {}, { routePrefix: 'v1' });

  assert.deepEqual(lines, ['open: [GET,POST] http://localhost:7071/v1/open']);
});

test('what is off or broken comes last and says so', () => {
  const blob = { name: 'a-blob', bindings: { blob: { type: 'blobTrigger', direction: 'in' } } };

  const lines = listed([blob, http('b-off', {}), http('c-on', {})], { 'AzureWebJobs.b-off.Disabled': 'true' });

  assert.equal(lines[0], 'c-on: [GET,POST] http://localhost:7071/api/c-on');
  assert.equal(lines[1], 'b-off: [GET,POST] http://localhost:7071/api/b-off (disabled)');
  assert.match(lines[2] ?? '', /^The 'a-blob' function is in error: .*blobTrigger/);
});
