// Reads one queue for one function: fetches batches and has them dealt with side by side (message-handler.ts).
// Order of steps follows the real host: azure-webjobs-sdk, Queues/Listeners/QueueListener.cs. Pauses are real time, as the storage service's are.
import type { DequeuedMessageItem } from '@azure/storage-queue';
import { createBackoff } from '../../backoff.ts';
import { createMessageHandler, releaseMessage, type HandlerContext, type QueueReading } from './message-handler.ts';
import { MIN_POLLING_INTERVAL_MS } from './queue-options.ts';
import { createPause } from './pause.ts';
import { faultText, storageCode } from './watched-queue.ts';

export interface QueueListener {
  start(): void;
  /** Takes no new message and waits for those being worked on. */
  stop(): Promise<void>;
}

/** A fetch that hangs while the host stops is given up after this time. */
const LAST_FETCH_MS = 3000;

/** Fetches that never throw: an outage gives no messages, and is logged when it begins and when it ends. */
function createFetch(context: HandlerContext, { fn, queue, options, leaseMs }: QueueReading, lastFetch: AbortSignal) {
  let isDown = false;
  function note(fault?: string): void {
    if ((fault !== undefined) === isDown) return;
    isDown = fault !== undefined;
    const text = isDown
      ? `Queue '${queue.name}' cannot be read: ${fault}. Trying until it answers.`
      : `Queue '${queue.name}' answers again.`;
    context.log.write(isDown ? 'warning' : 'information', `Function.${fn.name}`, text);
  }

  return async (): Promise<DequeuedMessageItem[]> => {
    try {
      const { receivedMessageItems } = await queue.client.receiveMessages({
        numberOfMessages: options.batchSize,
        visibilityTimeout: Math.ceil(leaseMs / 1000),
        abortSignal: lastFetch,
      });
      note();
      return receivedMessageItems;
    } catch (error) {
      // A queue that does not exist yet is an empty one.
      if (storageCode(error) === 'QueueNotFound') note();
      else if (!lastFetch.aborted) note(faultText(error));
      return [];
    }
  };
}

/** Reads a queue until it is stopped. */
export function createQueueListener(context: HandlerContext, settings: QueueReading): QueueListener {
  const { queue, options } = settings;
  const stopping = new AbortController();
  const lastFetch = new AbortController();
  const fetchBatch = createFetch(context, settings, lastFetch.signal);
  const handle = createMessageHandler(context, settings, stopping.signal);
  const backoff = createBackoff(MIN_POLLING_INTERVAL_MS, options.maxPollingIntervalMs);
  const pause = createPause();
  const working = new Set<Promise<void>>();
  let reading: Promise<void> = Promise.resolve();
  let stopListening = (): void => undefined;

  function work(message: DequeuedMessageItem): void {
    const handling = handle(message).finally(() => working.delete(handling));
    working.add(handling);
  }

  async function read(): Promise<void> {
    while (!stopping.signal.aborted) {
      pause.prepare();
      const messages = await fetchBatch();
      if (stopping.signal.aborted) {
        await Promise.allSettled(messages.map((message) => releaseMessage(queue, message, message.popReceipt, 0)));
        return;
      }
      messages.forEach(work);
      if (messages.length === 0) await pause.wait(backoff.next());
      else backoff.reset();
      while (working.size > options.newBatchThreshold) await Promise.race(working);
    }
  }

  return {
    start() {
      stopListening = queue.onSent(() => pause.wake());
      reading = read();
    },
    async stop() {
      stopping.abort();
      stopListening();
      pause.wake();
      const giveUp = setTimeout(() => lastFetch.abort(), LAST_FETCH_MS);
      await reading;
      clearTimeout(giveUp);
      await Promise.all(working);
    },
  };
}
