// One storage queue as triggers and outputs see it: send (making the queue when it is missing), and a bell that wakes whoever reads it in this process.
import { EventEmitter } from 'node:events';
import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { connectionString, resolveSettings } from '../host-context.ts';
import type { Binding } from '../protocol.ts';

export interface WatchedQueue {
  readonly name: string;
  readonly client: QueueClient;
  /** Adds a message as it is, makes the queue if need be, and wakes its readers. */
  send(text: string): Promise<void>;
  /** Calls `onRing` whenever a message was sent from this process; the answer ends that. */
  onSent(onRing: () => void): () => void;
  /** Another queue of the same account; undefined when storage would not allow its name. */
  sibling(name: string): WatchedQueue | undefined;
}

/** Quick enough that an outage shows within seconds; the readers have their own, longer patience. */
const RETRIES = { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1000 };

/** One line about a failed call, with its code. */
export function faultText(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const code = storageCode(error);
  return code === '' || line.includes(code) ? line : `${code}: ${line}`;
}

const bells = new EventEmitter().setMaxListeners(0);

/** The service's code of a refused request, such as QueueNotFound, or the network's, such as ECONNREFUSED. */
export function storageCode(error: unknown): string {
  const { code, details } = error as { code?: string; details?: { errorCode?: string } };
  return details?.errorCode ?? code ?? '';
}

// https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata
function isQueueName(name: string): boolean {
  return /^[a-z0-9](?:-?[a-z0-9])*$/.test(name) && name.length >= 3 && name.length <= 63;
}

function watch(service: QueueServiceClient, name: string): WatchedQueue {
  const client = service.getQueueClient(name);
  return {
    name,
    client,
    async send(text) {
      try {
        await client.sendMessage(text);
      } catch (error) {
        if (storageCode(error) !== 'QueueNotFound') throw error;
        await client.createIfNotExists();
        await client.sendMessage(text);
      }
      bells.emit(client.url);
    },
    onSent(onRing) {
      bells.on(client.url, onRing);
      return () => void bells.off(client.url, onRing);
    },
    sibling: (other) => (isQueueName(other) ? watch(service, other) : undefined),
  };
}

/** Opens the queue a binding names (`queueName`, `connection`); an error says what in the binding or the settings is wrong. */
export function openQueue(binding: Binding, settings: Readonly<Record<string, string>>): WatchedQueue {
  const { queueName, connection } = binding;
  if (typeof queueName !== 'string' || queueName === '') throw new Error('It has no queueName; write the name of a storage queue.');
  const name = resolveSettings(queueName, settings).toLowerCase();
  if (!isQueueName(name)) {
    throw new Error(
      `'${name}' is not the name of a storage queue: 3 to 63 letters, digits and single dashes, a letter or digit first and last.`,
    );
  }
  const connectionName = typeof connection === 'string' && connection !== '' ? connection : 'Storage';
  const text = connectionString(connectionName, settings);
  let service: QueueServiceClient;
  try {
    service = QueueServiceClient.fromConnectionString(text, { retryOptions: RETRIES });
  } catch (error) {
    // The text holds a key: it is not repeated.
    throw new Error(
      `The setting of storage connection '${connectionName}' is not a connection string; write for example UseDevelopmentStorage=true.`,
      { cause: error },
    );
  }
  return watch(service, name);
}
