// Health outside any host: there the library registers nothing, and health must not claim otherwise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import azureFunctions from '@azure/functions';
import { health } from '../../functions/http-health.ts';
import { registeredFunctions } from '../../functions/register.ts';
import { portsFor } from '../../src/app.ts';

test('without a host no function is registered and health is not ready', async () => {
  const request = new azureFunctions.HttpRequest({ method: 'GET', url: 'http://localhost/api/health' });
  const context = new azureFunctions.InvocationContext({ logHandler: () => undefined });

  const answer = await health({ request, ports: portsFor(context), signal: AbortSignal.any([]) });

  assert.equal(registeredFunctions(), 0);
  assert.equal(answer.status, 503);
  assert.deepEqual(answer.jsonBody, { ...(answer.jsonBody as object), status: 'not-ready', functions: 0 });
});
