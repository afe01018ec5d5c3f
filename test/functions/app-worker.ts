// Starts the built bundle in the local host's worker process and calls its functions by name: no HTTP, no routes, no storage.
// What routes and the host add is tested black box elsewhere.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type {
  FunctionMetadata,
  HttpResponseData,
  InvocationResult,
  MessageFromWorker,
  MessageToWorker,
} from '../../src/local/host/protocol.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const workerFile = fileURLToPath(new URL('../../src/local/host/worker/main.ts', import.meta.url));

interface Answer {
  readonly invocationId: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;
  /** What the function logged, each line parsed. */
  readonly log: Record<string, unknown>[];
}

/** One start of the app. */
export interface AppWorker {
  readonly functions: readonly FunctionMetadata[];
  /** Calls an HTTP function. */
  call(name: string, method: string): Promise<Answer>;
  /** Ends the process in good order; resolves with all that it wrote to standard error. */
  stop(): Promise<string>;
}

function answerOf(invocationId: string, result: InvocationResult, log: Record<string, unknown>[]): Answer {
  if (!result.ok) throw new Error(result.error.stack ?? result.error.message);
  const http = result.returnValue?.http as HttpResponseData;
  const text = Buffer.from(http.body?.bytes ?? []).toString();
  return { invocationId, status: Number(http.statusCode), headers: http.headers, body: JSON.parse(text) as Record<string, unknown>, log };
}

/** Loads the app in `appDirectory` (the built bundle of this project) with nothing in its environment but `environment`. */
export async function startApp(environment: Record<string, string>, appDirectory: string = root): Promise<AppWorker> {
  const worker = fork(workerFile, { env: environment, silent: true, serialization: 'advanced' });
  const ended = once(worker, 'close');
  let errorText = '';
  worker.stderr?.on('data', (chunk: Buffer) => (errorText += chunk.toString()));
  const send = (message: MessageToWorker): boolean => worker.send(message);
  const received = new Map<string, (message: MessageFromWorker) => void>();
  const logs = new Map<string, Record<string, unknown>[]>();
  worker.on('message', (message: MessageFromWorker) => {
    if (message.type === 'log' && message.category.endsWith('.User')) {
      const entry = JSON.parse(message.message) as Record<string, unknown>;
      logs.get(String(entry['invocationId']))?.push(entry);
    } else received.get(message.type === 'invoked' ? message.invocationId : 'start')?.(message);
  });
  const answerTo = (key: string): Promise<MessageFromWorker> =>
    new Promise((resolve, reject) => {
      received.set(key, resolve);
      void ended.then(([code]) => reject(new Error(`The process ended with code ${code}: ${errorText}`)));
    });

  const loaded = answerTo('start');
  send({ type: 'start', appDirectory, hostVersion: '4.1037.0', clock: { kind: 'running', offsetMs: 0 } });
  const start = await loaded;
  if (start.type !== 'started') {
    worker.kill();
    throw new Error(`The app did not start: ${JSON.stringify(start)}`);
  }

  let calls = 0;
  return {
    functions: start.functions,
    async call(name, method) {
      calls += 1;
      const invocationId = `call-${calls}`;
      logs.set(invocationId, []);
      const trigger = Object.entries(start.functions.find((fn) => fn.name === name)?.bindings ?? {}).find(
        ([, { type }]) => type === 'httpTrigger',
      );
      const http = { method, url: 'http://localhost/api/x', nullableHeaders: {}, nullableQuery: {}, nullableParams: {} };
      const invoked = answerTo(invocationId);
      const inputData = [{ name: trigger?.[0] ?? 'no HTTP trigger', data: { http } }];
      send({ type: 'invoke', request: { invocationId, functionName: name, inputData, triggerMetadata: {}, traceParent: '' } });
      const message = await invoked;
      if (message.type !== 'invoked') throw new Error(`Unexpected message ${message.type}`);
      return answerOf(invocationId, message.result, logs.get(invocationId) ?? []);
    },
    async stop() {
      send({ type: 'terminate', graceMs: 1_000 });
      await ended;
      return errorText;
    },
  };
}
