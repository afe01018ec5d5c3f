// What is kept for every device that anybody looked at: a few numbers each in typed arrays, because there may be 300,000.
// Everything else about a device is derived (device-facts.ts) or is a rare change (devices.ts).
import type { AccessDecision } from './types.ts';

function grown<A extends Float64Array | Int32Array | Uint16Array | Uint8Array>(old: A, fresh: A): A {
  fresh.set(old);
  return fresh;
}

/** Growing columns, one slot a device index. */
export class DeviceColumns {
  /** Code of the decision that stands (`decisionAt`). */
  decision: Uint16Array;
  /** Access version the decision was taken under; -1 when it was never taken. */
  version: Int32Array;
  /** 1 when something changed and the next connection decides anew. */
  dirty: Uint8Array;
  removed: Uint8Array;
  /** Connections up to this time are accounted for. */
  judgedMs: Float64Array;
  changedMs: Float64Array;
  /** Last successful sync of a device that is not allowed in now; NaN for none. */
  frozenSuccessMs: Float64Array;
  /** FirstSyncTime; NaN until asked for, Infinity for none. */
  firstSyncMs: Float64Array;
  firstSyncTicks: Uint16Array;
  private readonly decisions: AccessDecision[] = [];
  private readonly codes = new Map<string, number>();

  constructor(capacity: number) {
    const size = Math.max(16, capacity);
    this.decision = new Uint16Array(size);
    this.version = new Int32Array(size).fill(-1);
    this.dirty = new Uint8Array(size);
    this.removed = new Uint8Array(size);
    this.judgedMs = new Float64Array(size);
    this.changedMs = new Float64Array(size);
    this.frozenSuccessMs = new Float64Array(size).fill(Number.NaN);
    this.firstSyncMs = new Float64Array(size).fill(Number.NaN);
    this.firstSyncTicks = new Uint16Array(size);
  }

  /** Makes room for `index`. */
  reserve(index: number): void {
    if (index < this.decision.length) return;
    const size = Math.max(index + 1, this.decision.length * 2);
    const old = this.decision.length;
    this.decision = grown(this.decision, new Uint16Array(size));
    this.version = grown(this.version, new Int32Array(size)).fill(-1, old);
    this.dirty = grown(this.dirty, new Uint8Array(size));
    this.removed = grown(this.removed, new Uint8Array(size));
    this.judgedMs = grown(this.judgedMs, new Float64Array(size));
    this.changedMs = grown(this.changedMs, new Float64Array(size));
    this.frozenSuccessMs = grown(this.frozenSuccessMs, new Float64Array(size)).fill(Number.NaN, old);
    this.firstSyncMs = grown(this.firstSyncMs, new Float64Array(size)).fill(Number.NaN, old);
    this.firstSyncTicks = grown(this.firstSyncTicks, new Uint16Array(size));
  }

  /** One code for equal decisions. */
  codeOf(decision: AccessDecision): number {
    const key = `${decision.state}|${decision.reason}|${decision.rule ?? ''}`;
    const known = this.codes.get(key);
    if (known !== undefined) return known;
    const code = this.decisions.push(decision) - 1;
    if (code > 65_535) throw new RangeError('More than 65,536 different access decisions: start the tenant anew');
    this.codes.set(key, code);
    return code;
  }

  decisionAt(index: number): AccessDecision {
    return this.decisions[this.decision[index] ?? 0] ?? { state: 'Unknown', reason: 'Unknown', rule: null };
  }
}
