// What is going to happen, ordered by time and then by the order in which it was planned: a binary heap.
import type { InstantMs } from './types.ts';

interface Planned<Event> {
  readonly atMs: InstantMs;
  readonly sequence: number;
  readonly event: Event;
}

/** Planned events; two at the same time come in the order they were planned. */
export class Timeline<Event> {
  private readonly heap: Planned<Event>[] = [];
  private sequence = 0;

  plan(atMs: InstantMs, event: Event): void {
    this.heap.push({ atMs, sequence: this.sequence, event });
    this.sequence += 1;
    let child = this.heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.isBefore(child, parent)) return;
      this.swap(child, parent);
      child = parent;
    }
  }

  /** Takes the earliest event at or before `atMs`. */
  take(atMs: InstantMs): { atMs: InstantMs; event: Event } | undefined {
    const [first] = this.heap;
    if (!first || first.atMs > atMs) return undefined;
    const last = this.heap.pop();
    if (last && this.heap.length > 0) {
      this.heap[0] = last;
      this.sink();
    }
    return { atMs: first.atMs, event: first.event };
  }

  private sink(): void {
    let parent = 0;
    for (;;) {
      let least = parent;
      for (const child of [parent * 2 + 1, parent * 2 + 2]) if (child < this.heap.length && this.isBefore(child, least)) least = child;
      if (least === parent) return;
      this.swap(parent, least);
      parent = least;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const left = this.heap[a];
    const right = this.heap[b];
    if (!left || !right) return false;
    return left.atMs < right.atMs || (left.atMs === right.atMs && left.sequence < right.sequence);
  }

  private swap(a: number, b: number): void {
    const left = this.heap[a];
    const right = this.heap[b];
    if (!left || !right) return;
    this.heap[a] = right;
    this.heap[b] = left;
  }
}
