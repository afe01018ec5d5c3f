// The log as the Functions host receives it: through a real InvocationContext, one JSON object a line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import azureFunctions from '@azure/functions';
import { jsonLog } from '../../../src/adapters/logging/json-log.ts';
import type { LogLevel } from '../../../src/domain/ports.ts';
import { AppError } from '../../../src/domain/errors.ts';

const { InvocationContext } = azureFunctions;

interface Line {
  level: string;
  text: string;
  entry: Record<string, unknown>;
}

function recordingLog(least: LogLevel): { lines: Line[]; log: ReturnType<typeof jsonLog> } {
  const lines: Line[] = [];
  const context = new InvocationContext({
    logHandler: (level, ...args) => {
      const text = args.join(' ');
      lines.push({ level, text, entry: JSON.parse(text) as Record<string, unknown> });
    },
  });
  return { lines, log: jsonLog(context, least, { invocationId: 'i-1' }) };
}

test('an entry is one line of JSON that begins with its event and level', () => {
  const { lines, log } = recordingLog('debug');

  log.info('run.started', { runId: 'r-1', component: 'SMS_EXCHANGE_CONNECTOR', log: 'EasDisc', note: 'two\nlines' });

  assert.equal(
    lines[0]?.text,
    '{"event":"run.started","level":"info","invocationId":"i-1","runId":"r-1","component":"SMS_EXCHANGE_CONNECTOR","log":"EasDisc","note":"two\\nlines"}',
  );
});

test("levels are the host's own, so that its filters apply", () => {
  const { lines, log } = recordingLog('debug');

  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');

  assert.deepEqual(
    lines.map((line) => line.level),
    ['debug', 'information', 'warning', 'error'],
  );
});

test('entries below the least level are not written', () => {
  const { lines, log } = recordingLog('warn');

  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');

  assert.deepEqual(
    lines.map((line) => line.entry['event']),
    ['c', 'd'],
  );
});

test('fields given once stand in every further entry, and nowhere else', () => {
  const { lines, log } = recordingLog('info');
  const ofRun = log.with({ runId: 'r-1' });

  ofRun.info('page.read', { page: 2 });
  log.info('other');

  assert.deepEqual(
    lines.map((line) => line.entry),
    [
      { event: 'page.read', level: 'info', invocationId: 'i-1', runId: 'r-1', page: 2 },
      { event: 'other', level: 'info', invocationId: 'i-1' },
    ],
  );
});

test('an error is written with code, message, details, stack and the chain of its causes', () => {
  const { lines, log } = recordingLog('info');
  const socket = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const error = new AppError(
    'store.unavailable',
    { request: 'GET Devices', attempt: 4 },
    { cause: new Error('no answer', { cause: socket }) },
  );

  log.warn('read.failed', { error });

  const entry = lines[0]?.entry['error'] as Record<string, unknown>;
  const { stack, cause, ...rest } = entry as { stack: string; cause: Record<string, unknown> };
  assert.deepEqual(rest, {
    name: 'AppError',
    code: 'store.unavailable',
    kind: 'unavailable',
    message: 'Storage did not answer GET Devices. Check the storage account, its firewall and the name in the settings.',
    details: { request: 'GET Devices', attempt: 4 },
  });
  assert.match(stack, /json-log\.test/);
  assert.equal(cause['message'], 'no answer');
  const innermost = cause['cause'] as Record<string, unknown>;
  assert.equal(innermost['code'], 'ECONNREFUSED');
});

test('an entry too long for the host is cut and stays readable', () => {
  const { lines, log } = recordingLog('info');
  const huge = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`field${index}`, 'x'.repeat(3_000)]));

  log.info('page.read', huge);

  const [line] = lines;
  assert.ok(line && line.text.length < 32_768);
  assert.equal(line.entry['event'], 'page.read');
  assert.match(String(line.entry['cut']), /"invocationId":"i-1","field0":"xxx/);
});
