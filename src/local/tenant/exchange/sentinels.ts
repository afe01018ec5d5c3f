// Mailboxes whose very alias asks for a fault, so that anybody can meet one from the running product without arming anything.
// The people behind them: world/cast.ts.
import type { FaultName } from '../faults.ts';

interface Sentinel {
  readonly fault: FaultName;
  readonly argument?: string;
  /** Whether call number `count` (from 0) for the mailbox is struck. */
  strikes(count: number, isWrite: boolean): boolean;
}

const always = (): boolean => true;

/** Sentinels by alias. */
export const SENTINELS: Readonly<Record<string, Sentinel>> = {
  throttled: { fault: 'throttle-429-retry-after', strikes: (count) => count % 3 !== 2 },
  busy: { fault: 'busy-503-then-ok', strikes: (count) => count % 2 === 0 },
  'notfound-404': { fault: 'error-404-notfound', strikes: always },
  'notfound-500': { fault: 'error-500-notfound', strikes: always },
  denied: { fault: 'error-403-json', strikes: (_, isWrite) => isWrite },
  slow: { fault: 'slow', argument: '5000', strikes: always },
};

/** Counts calls per sentinel mailbox. */
export class SentinelCounter {
  private readonly counts = new Map<string, number>();

  /** The sentinel that strikes this call for the mailbox with the given alias. */
  take(tenantId: string, alias: string, isWrite: boolean): Sentinel | undefined {
    const sentinel = Object.hasOwn(SENTINELS, alias) ? SENTINELS[alias] : undefined;
    if (!sentinel) return undefined;
    const key = `${tenantId}/${alias}`;
    const count = this.counts.get(key) ?? 0;
    this.counts.set(key, count + 1);
    return sentinel.strikes(count, isWrite) ? sentinel : undefined;
  }
}
