// Queue functions of the app: finds them, checks their bindings, starts and stops their listeners, and runs them by hand.
import type { HostContext, HostPart, LoadedFunction } from '../host-context.ts';
import { invokeWithRetries } from '../retry-policy.ts';
import { createQueueListener } from './queue-listener.ts';
import { manualMetadata, messageData } from './queue-message.ts';
import { readQueueOptions } from './queue-options.ts';
import { openQueue, type WatchedQueue } from './watched-queue.ts';

const MANUAL_REASON = 'This function was programmatically called via the host APIs.';
const POISON_SUFFIX = '-poison';

export interface QueueTriggerOptions {
  /** How long a fetched message is out of sight unless renewed; the real host's ten minutes unless a test wants less. */
  readonly leaseMs?: number;
}

function isNamed(text: string, wanted: string): boolean {
  return text.toLowerCase() === wanted.toLowerCase();
}

/** The reason why a function's queues cannot be opened goes to its errors and the log. */
function attempt<T>(context: HostContext, fn: LoadedFunction, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const message = `Function '${fn.name}' cannot be loaded. ${(error as Error).message}`;
    fn.errors.push(message);
    context.log.write('error', `Function.${fn.name}`, message);
    return undefined;
  }
}

function checkOutputs(context: HostContext): void {
  for (const fn of context.functions) {
    const outputs = Object.values(fn.metadata.bindings).filter(
      ({ type, direction }) => isNamed(type, 'queue') && isNamed(direction, 'out'),
    );
    attempt(context, fn, () => outputs.map((binding) => openQueue(binding, context.settings)));
  }
}

function poisonQueueOf(queue: WatchedQueue): WatchedQueue | undefined {
  return queue.name.endsWith(POISON_SUFFIX) ? undefined : queue.sibling(`${queue.name}${POISON_SUFFIX}`);
}

/** The app's queue functions, and `queueTrigger` among the runs by hand. A function whose queue cannot be opened is left out, with the reason among its errors. */
export function createQueueTriggers(context: HostContext, { leaseMs = 10 * 60_000 }: QueueTriggerOptions = {}): HostPart {
  const options = readQueueOptions(context.config);
  checkOutputs(context);
  const queues = new Map<LoadedFunction, WatchedQueue>();
  for (const fn of context.functions) {
    if (!isNamed(fn.trigger.type, 'queueTrigger') || fn.errors.length > 0) continue;
    const queue = attempt(context, fn, () => openQueue(fn.trigger, context.settings));
    if (queue) queues.set(fn, queue);
    if (queue && fn.metadata.retryOptions) {
      context.log.write(
        'warning',
        `Function.${fn.name}`,
        `'${fn.name}' has a retry policy, which Azure does not support for queue triggers; maxDequeueCount in host.json is the supported way.`,
      );
    }
  }

  const listeners = [...queues]
    .filter(([fn]) => !fn.isDisabled)
    .map(([fn, queue]) => createQueueListener(context, { fn, queue, poisonQueue: poisonQueueOf(queue), options, leaseMs }));
  const stopping = new AbortController();
  const manualRuns = new Set<Promise<unknown>>();

  context.manualRuns.set('queuetrigger', async (fn, input) => {
    const invocation = {
      data: messageData(Buffer.from(input), fn.trigger),
      metadata: manualMetadata(fn.triggerName, input, new Date(context.clock.now())),
      reason: MANUAL_REASON,
    };
    const run = invokeWithRetries(context, fn, invocation, stopping.signal);
    manualRuns.add(run);
    await run.finally(() => manualRuns.delete(run));
  });

  return {
    name: 'queues',
    start() {
      for (const listener of listeners) listener.start();
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      await Promise.all([...listeners.map((listener) => listener.stop()), ...manualRuns]);
    },
  };
}
