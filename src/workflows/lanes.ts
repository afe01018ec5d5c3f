// How many activities of a run may be under way at a time: fewer as soon as the other side asks for that, more again when it does not.
// A pure rule; what it is asked and told comes from the history, so that a replay comes to the same numbers.

export interface Lanes {
  /** How many may be under way now. */
  readonly width: number;
  /** Takes note of an answer: whether the other side asked for fewer requests while it was made. */
  note(wasThrottled: boolean): void;
}

/** Begins with `start` lanes and never has more than `most`: a throttled answer halves them, as many quiet ones as there are lanes add one. */
export function createLanes(start: number, most: number): Lanes {
  const limit = Math.max(1, Math.floor(most));
  let width = Math.min(Math.max(1, Math.floor(start)), limit);
  let quiet = 0;
  return {
    get width() {
      return width;
    },
    note(wasThrottled) {
      quiet = wasThrottled ? 0 : quiet + 1;
      if (wasThrottled) width = Math.max(1, Math.floor(width / 2));
      if (quiet < width) return;
      width = Math.min(limit, width + 1);
      quiet = 0;
    },
  };
}
