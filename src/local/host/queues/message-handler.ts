// What happens to one message: run, then delete, give back or set aside. Fetching is queue-listener.ts.
// Order of steps follows the real host: azure-webjobs-sdk, Queues/QueueProcessor.cs.
import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { HostContext, LoadedFunction } from '../host-context.ts';
import { invokeWithRetries } from '../retry-policy.ts';
import { holdMessage } from './message-lease.ts';
import { decodeMessage, messageData, messageMetadata } from './queue-message.ts';
import type { QueueOptions } from './queue-options.ts';
import { faultText, storageCode, type WatchedQueue } from './watched-queue.ts';

export type HandlerContext = Pick<HostContext, 'invoker' | 'clock' | 'log'>;

export interface QueueReading {
  readonly fn: LoadedFunction;
  readonly queue: WatchedQueue;
  /** Absent for a queue that has none: a message that always fails then stays out of sight for a lease at a time. */
  readonly poisonQueue: WatchedQueue | undefined;
  readonly options: QueueOptions;
  /** How long a fetched message is out of sight unless renewed. */
  readonly leaseMs: number;
}

/** Answers that mean "someone else has it, or it is gone": nothing is left to do. */
const GONE = new Set(['MessageNotFound', 'PopReceiptMismatch', 'QueueNotFound', 'QueueBeingDeleted', 'QueueDisabled']);

async function unlessGone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!GONE.has(storageCode(error))) throw error;
  }
}

/** Lets the message be fetched again after a while. */
export async function releaseMessage(
  queue: WatchedQueue,
  message: DequeuedMessageItem,
  popReceipt: string,
  afterMs: number,
): Promise<void> {
  await unlessGone(() => queue.client.updateMessage(message.messageId, popReceipt, undefined, Math.ceil(afterMs / 1000)));
}

/** Deals with one message to its end; never throws. A message it could not settle comes back when its lease is over. */
export function createMessageHandler(
  context: HandlerContext,
  reading: QueueReading,
  stopping: AbortSignal,
): (message: DequeuedMessageItem) => Promise<void> {
  const { fn, queue, poisonQueue, options } = reading;
  const warn = (text: string): void => context.log.write('warning', `Function.${fn.name}`, text);

  async function setAside(message: DequeuedMessageItem, popReceipt: string, reason: string): Promise<void> {
    if (!poisonQueue) {
      warn(`${reason} Message '${message.messageId}' stays in '${queue.name}', which has no poison queue.`);
      return;
    }
    warn(`${reason} Moving message '${message.messageId}' to queue '${poisonQueue.name}'.`);
    await poisonQueue.send(message.messageText);
    await unlessGone(() => queue.client.deleteMessage(message.messageId, popReceipt));
  }

  /** Runs the function and says whether it succeeded, with the receipt by which the message is now held. */
  async function run(message: DequeuedMessageItem, content: Buffer): Promise<{ isDone: boolean; popReceipt: string }> {
    const lease = holdMessage(queue.client, message, reading.leaseMs, (error) =>
      warn(`The hold on message '${message.messageId}' was not renewed: ${faultText(error)}`),
    );
    const invocation = {
      data: messageData(content, fn.trigger),
      metadata: messageMetadata(message, content),
      reason: `New queue message detected on '${queue.name}'.`,
    };
    try {
      const { ok } = await invokeWithRetries(context, fn, invocation, stopping);
      return { isDone: ok, popReceipt: await lease.end() };
    } finally {
      await lease.end();
    }
  }

  async function settle(message: DequeuedMessageItem): Promise<void> {
    const tooOften = `Message has reached MaxDequeueCount of ${options.maxDequeueCount}.`;
    if (message.dequeueCount > options.maxDequeueCount) return setAside(message, message.popReceipt, tooOften);
    const content = decodeMessage(message.messageText, options.messageEncoding);
    if (!content) {
      const reason = `A message of queue '${queue.name}' is not base64, so '${fn.name}' cannot read it; senders encode it, or host.json says "messageEncoding": "none".`;
      return setAside(message, message.popReceipt, reason);
    }
    const { isDone, popReceipt } = await run(message, content);
    if (isDone) return unlessGone(() => queue.client.deleteMessage(message.messageId, popReceipt));
    if (message.dequeueCount >= options.maxDequeueCount) return setAside(message, popReceipt, tooOften);
    // Without a poison queue a failed message is not given back at once: it would fail in a tight loop.
    return poisonQueue ? releaseMessage(queue, message, popReceipt, options.visibilityTimeoutMs) : undefined;
  }

  return async (message) => {
    try {
      await settle(message);
    } catch (error) {
      const text = `Message '${message.messageId}' of queue '${queue.name}' was not settled and comes back later: ${faultText(error)}`;
      context.log.write('error', `Function.${fn.name}`, text);
    }
  };
}
