// Keeps the parsed histories of the instances that ran last, so that a turn does not read its whole history from disk again.
// Only a copy: the store drops it whenever a transaction fails, and the process may lose it at any moment.
import type { HistoryEvent } from './history-event.ts';

/** Bound on all cached histories together, in characters of their stored text. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

export interface HistoryCache {
  get(id: string): readonly HistoryEvent[] | undefined;
  /** `size` is the length of the stored text. */
  set(id: string, events: readonly HistoryEvent[], size: number): void;
  /** Adds what was appended to a history that is cached; without effect on others. */
  append(id: string, events: readonly HistoryEvent[], size: number): void;
  delete(id: string): void;
  clear(): void;
}

export function createHistoryCache(mostCharacters = MOST_CHARACTERS): HistoryCache {
  /** The longest unused first. */
  const entries = new Map<string, { events: HistoryEvent[]; size: number }>();
  let total = 0;

  function remove(id: string): void {
    total -= entries.get(id)?.size ?? 0;
    entries.delete(id);
  }

  function put(id: string, events: HistoryEvent[], size: number): void {
    remove(id);
    entries.set(id, { events, size });
    total += size;
    for (const oldest of entries.keys()) {
      if (total <= mostCharacters) break;
      remove(oldest);
    }
  }

  return {
    get(id) {
      const entry = entries.get(id);
      if (entry) put(id, entry.events, entry.size);
      return entry?.events;
    },
    set: (id, events, size) => put(id, [...events], size),
    append(id, events, size) {
      const entry = entries.get(id);
      if (!entry) return;
      for (const event of events) entry.events.push(event);
      put(id, entry.events, entry.size + size);
    },
    delete: remove,
    clear() {
      entries.clear();
      total = 0;
    },
  };
}
