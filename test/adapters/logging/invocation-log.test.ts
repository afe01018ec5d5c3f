// A kept client logs into the log of whoever uses it, also when several do at once.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { createInvocationLog } from '../../../src/adapters/logging/invocation-log.ts';
import { logInto } from '../../support/discovery-scene.ts';
import type { LogLine } from '../../support/discovery-scene.ts';

test('every line goes to the invocation it was written in, with the fields of the client', async () => {
  const fallback: LogLine[] = [];
  const invocations = createInvocationLog(logInto(fallback));
  const client = invocations.log.with({ organization: 'contoso' });

  const logs = await Promise.all(
    ['first', 'second'].map(async (name) => {
      await turn();
      const lines: LogLine[] = [];
      invocations.enter(logInto(lines));
      await turn();
      client.info('called', { by: name });
      return lines;
    }),
  );
  client.warn('outside');

  assert.deepEqual(
    logs.map((lines) => lines.map(({ level, fields }) => [level, fields])),
    ['first', 'second'].map((by) => [['info', { organization: 'contoso', by }]]),
  );
  assert.deepEqual(
    fallback.map(({ level, event }) => [level, event]),
    [['warn', 'outside']],
  );
});
