// `extensions.queues` of host.json: how queues are read. Defaults and bounds as in the real host (QueuesOptions.cs of the storage queues extension).
import { availableParallelism } from 'node:os';
import { HostConfigError, parseTimeSpan, type HostConfig } from '../host-config.ts';

export interface QueueOptions {
  /** Messages fetched at once. */
  readonly batchSize: number;
  /** The next fetch waits until no more than this many messages are being worked on. */
  readonly newBatchThreshold: number;
  /** Attempts before a message goes to the poison queue. */
  readonly maxDequeueCount: number;
  /** How long a failed message stays out of sight. */
  readonly visibilityTimeoutMs: number;
  /** The longest pause between looks at an empty queue. */
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: 'base64' | 'none';
}

/** The first pause between looks at an empty queue, and the least that maxPollingInterval may be. */
export const MIN_POLLING_INTERVAL_MS = 100;

/** Reads and checks the options; HostConfigError names every field that is wrong. */
export function readQueueOptions(config: Pick<HostConfig, 'extension'>): QueueOptions {
  const written = config.extension('queues');
  const faults: string[] = [];

  function count(name: string, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = written[name] ?? fallback;
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
    faults.push(
      `${name} is ${JSON.stringify(value)}; write a whole number ${most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`}`,
    );
    return fallback;
  }
  function time(name: string, fallback: string, leastMs: number): number {
    const value = written[name] ?? fallback;
    const ms = typeof value === 'string' ? parseTimeSpan(value) : undefined;
    if (ms !== undefined && ms >= leastMs) return ms;
    faults.push(`${name} is ${JSON.stringify(value)}; write a time of at least ${leastMs} ms, such as "00:00:01"`);
    return leastMs;
  }

  const batchSize = count('batchSize', 16, 1, 32);
  const encodingName = written['messageEncoding'] ?? 'base64';
  const encoding = typeof encodingName === 'string' ? encodingName.toLowerCase() : '';
  if (encoding !== 'base64' && encoding !== 'none')
    faults.push(`messageEncoding is ${JSON.stringify(encodingName)}; write "base64" or "none"`);
  const options: QueueOptions = {
    batchSize,
    newBatchThreshold: count('newBatchThreshold', Math.floor(batchSize / 2) * availableParallelism(), 0),
    maxDequeueCount: count('maxDequeueCount', 5, 1),
    visibilityTimeoutMs: time('visibilityTimeout', '00:00:00', 0),
    maxPollingIntervalMs: time('maxPollingInterval', '00:01:00', MIN_POLLING_INTERVAL_MS),
    messageEncoding: encoding === 'none' ? 'none' : 'base64',
  };
  if (faults.length > 0) throw new HostConfigError(`host.json, extensions.queues: ${faults.join('; ')}.`);
  return options;
}
