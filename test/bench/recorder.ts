// Preloaded into a server process (node --import): writes down every HTTP request it answers, and hands the list to the process that started it.
// It knows nothing of the server, so that what it counts does not rest on what the product or the simulated tenant say of themselves.
// With RECORD_BODIES it keeps bodies as well; only for a server that begins to read a body in the tick in which the request arrives.
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** One request and its answer. Times are milliseconds since 1970, so that those of several processes compare. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: number;
}

const keepsBodies = process.env['RECORD_BODIES'] === '1';
const nowMs = (): number => performance.timeOrigin + performance.now();
let answered: RecordedRequest[] = [];

subscribe('http.server.request.start', (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const startMs = nowMs();
  const parts: Buffer[] = [];
  if (keepsBodies) request.on('data', (part: Buffer) => parts.push(part));
  response.once('close', () => {
    answered.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(parts).toString('utf8'),
      startMs,
      endMs: nowMs(),
      status: response.statusCode,
    });
  });
});

process.on('message', (message) => {
  if (message !== 'take') return;
  process.send?.(answered);
  answered = [];
});
// A bench that was killed leaves no servers behind.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Nor must the list keep a server alive that was asked to end.
process.channel?.unref();
