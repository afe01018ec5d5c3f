// The `queue` output binding: what a function hands over becomes messages.
// Which values become which messages is recorded (conformance case queue-output-kinds); the rest is read in azure-functions-host, Binding/FunctionBinding.cs.
import type { HostContext, OutputBinding } from '../host-context.ts';
import type { TypedData } from '../protocol.ts';
import { encodeMessage } from './queue-message.ts';
import { readQueueOptions } from './queue-options.ts';
import { openQueue, type WatchedQueue } from './watched-queue.ts';

type Content = string | Uint8Array;

// https://learn.microsoft.com/rest/api/storageservices/put-message
const MAX_STORED_BYTES = 64 * 1024;

/** One item as text the way .NET prints it: objects as indented JSON, `true` as `True`, null as nothing. */
function itemText(item: unknown): string {
  if (typeof item === 'string') return item;
  if (item === null || item === undefined) return '';
  if (typeof item === 'boolean') return item ? 'True' : 'False';
  return typeof item === 'object' ? JSON.stringify(item, null, 2) : JSON.stringify(item);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The messages a value stands for: one for each item of an array (also of an array written as text), none for null. */
export function messagesOf(data: TypedData): Content[] {
  if (data.bytes !== undefined) return [data.bytes];
  if (data.string !== undefined) {
    const list = data.string.trimStart().startsWith('[') ? parsed(data.string) : undefined;
    return Array.isArray(list) ? list.map(itemText) : [data.string];
  }
  if (data.json !== undefined) {
    const value: unknown = JSON.parse(data.json);
    if (value === null) return [];
    return Array.isArray(value) ? value.map(itemText) : [itemText(value)];
  }
  const number = data.int ?? data.double;
  return number === undefined ? [] : [String(number)];
}

/** Sends a function's output to its queue, which is made when it is missing; readers of the queue in this host look at once. */
export function createQueueOutput(context: Pick<HostContext, 'config' | 'settings'>): OutputBinding {
  const { messageEncoding } = readQueueOptions(context.config);
  const queues = new Map<string, WatchedQueue>();
  return async (binding, data) => {
    const messages = messagesOf(data);
    if (messages.length === 0) return;
    const key = JSON.stringify([binding['connection'], binding['queueName']]);
    const queue = queues.get(key) ?? openQueue(binding, context.settings);
    queues.set(key, queue);
    for (const message of messages) {
      const stored = encodeMessage(message, messageEncoding);
      const size = Buffer.byteLength(stored);
      if (size > MAX_STORED_BYTES) {
        throw new Error(
          `A message for queue '${queue.name}' takes ${size} bytes as ${messageEncoding === 'none' ? 'text' : 'base64'}; a storage queue takes ${MAX_STORED_BYTES}. Store the content elsewhere and send its address.`,
        );
      }
      await queue.send(stored);
    }
  };
}
