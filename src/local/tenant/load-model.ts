// How dear a request is and how many are too many: real milliseconds a request, a row and a mailbox, and limits that answer 429.
// Zero everywhere by default, so that benches measure the product. Measured by a public client in 2026: 600 to 1000 ms for a call about one mailbox.
import type { TenantAnswer } from './server/route.ts';

export interface LoadSettings {
  /** Of every request, and of every item of a batch. */
  readonly requestMs: number;
  readonly rowMs: number;
  /** More for a call about one mailbox or device (600 to 1000 were measured). */
  readonly mailboxMs: number;
  /** Requests of one organization at a time; 0 for any number. */
  readonly concurrency: number;
  /** Requests a second, in bursts of the same size; 0 for any number. */
  readonly requestsPerSecond: number;
  /** Writes a minute; 0 for any number. */
  readonly writesPerMinute: number;
  readonly throttleForm: 'retry-after' | 'no-header' | 'plain-text';
}

export const FREE_LOAD: LoadSettings = {
  requestMs: 0,
  rowMs: 0,
  mailboxMs: 0,
  concurrency: 0,
  requestsPerSecond: 0,
  writesPerMinute: 0,
  throttleForm: 'retry-after',
};

const FORMS = ['retry-after', 'no-header', 'plain-text'];

/** The settings after changing some by name; throws a RangeError that says what is possible. */
export function setLoad(current: LoadSettings, changes: Readonly<Record<string, unknown>>): LoadSettings {
  const next: Record<string, unknown> = { ...current };
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(FREE_LOAD, name))
      throw new RangeError(`There is no load setting "${name}". There are: ${Object.keys(FREE_LOAD).join(', ')}.`);
    const isGood = name === 'throttleForm' ? FORMS.includes(String(value)) : Number.isFinite(Number(value)) && Number(value) >= 0;
    if (!isGood)
      throw new RangeError(
        `${name} is ${name === 'throttleForm' ? `one of ${FORMS.join(', ')}` : 'a number from 0'}, not ${JSON.stringify(value)}.`,
      );
    next[name] = name === 'throttleForm' ? value : Number(value);
  }
  // Every member was there before or was checked above.
  return next as unknown as LoadSettings;
}

interface Bucket {
  level: number;
  atMs: number;
}

/** Counts what organizations ask for and turns away what is too much. */
export class LoadGate {
  settings: LoadSettings;
  private readonly now: () => number;
  private readonly running = new Map<string, number>();
  private readonly buckets = new Map<string, Bucket>();

  /** `now` is real time in milliseconds. */
  constructor(settings: LoadSettings, now: () => number) {
    this.settings = settings;
    this.now = now;
  }

  /** Lets a request in (`leave` must follow) or answers why not. */
  enter(tenantId: string): TenantAnswer | undefined {
    const running = this.running.get(tenantId) ?? 0;
    if (this.settings.concurrency > 0 && running >= this.settings.concurrency) return this.refuse(1);
    this.running.set(tenantId, running + 1);
    return undefined;
  }

  leave(tenantId: string): void {
    this.running.set(tenantId, Math.max(0, (this.running.get(tenantId) ?? 0) - 1));
  }

  /** Spends one request, and one write where it is one, or answers that the rate is too high. */
  spend(tenantId: string, isWrite: boolean): TenantAnswer | undefined {
    const { requestsPerSecond, writesPerMinute } = this.settings;
    const wait =
      this.take(`${tenantId}/requests`, requestsPerSecond, requestsPerSecond) ?? this.takeWrite(tenantId, isWrite, writesPerMinute);
    return wait === undefined ? undefined : this.refuse(wait);
  }

  private takeWrite(tenantId: string, isWrite: boolean, writesPerMinute: number): number | undefined {
    return isWrite ? this.take(`${tenantId}/writes`, writesPerMinute / 60, writesPerMinute) : undefined;
  }

  /** Seconds to wait when the bucket is empty; undefined when there was one to take. */
  private take(key: string, perSecond: number, size: number): number | undefined {
    if (perSecond <= 0) return undefined;
    const atMs = this.now();
    const bucket = this.buckets.get(key) ?? { level: size, atMs };
    const level = Math.min(size, bucket.level + ((atMs - bucket.atMs) / 1000) * perSecond);
    const isEmpty = level < 1;
    this.buckets.set(key, { level: isEmpty ? level : level - 1, atMs });
    return isEmpty ? Math.max(1, Math.ceil((1 - level) / perSecond)) : undefined;
  }

  private refuse(seconds: number): TenantAnswer {
    if (this.settings.throttleForm === 'plain-text') {
      const body = 'You have reached the maximum number of concurrent requests per tenant. Please wait and try again.';
      return { status: 429, headers: { 'content-type': 'text/plain' }, body };
    }
    const body = JSON.stringify({ error: { code: 'TooManyRequests', message: 'Too many requests.' } });
    const headers = {
      'content-type': 'application/json',
      ...(this.settings.throttleForm === 'retry-after' ? { 'retry-after': String(seconds) } : {}),
    };
    return { status: 429, headers, body };
  }
}
