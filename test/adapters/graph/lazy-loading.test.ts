// Cold starts: the SDKs for Graph and Entra cost a tenth of a second each, so a function that asks neither must not load them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const script = `
  import { registerHooks } from 'node:module';
  const seen = [];
  registerHooks({ resolve(name, context, next) { const found = next(name, context); seen.push(found.url); return found; } });
  const { createCredential } = await import('./src/adapters/identity/credential.ts');
  const { createGraphDirectory } = await import('./src/adapters/graph/graph-directory.ts');
  const { createGraphMail } = await import('./src/adapters/graph/graph-mail.ts');
  const { endpointsOf } = await import('./src/domain/cloud.ts');
  const endpoints = endpointsOf('global');
  const credential = createCredential({ tenantId: 't', credential: { kind: 'managed-identity' }, endpoints, setting: () => undefined });
  createGraphDirectory({ endpoints, credential });
  createGraphMail({ endpoints, credential });
  console.log(JSON.stringify(seen));
`;

test('neither SDK is loaded before the first call', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);

  const loaded = JSON.parse(stdout) as string[];
  assert.ok(loaded.some((url) => url.endsWith('/graph-client.ts')));
  assert.deepEqual(
    loaded.filter((url) => /node_modules\/@(?:azure|microsoft)\//.test(url)),
    [],
  );
});
