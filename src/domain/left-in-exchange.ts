// What stays in the organization when its connector is removed: nothing there is undone.

/** Counts are as last read; what was never read is left out. */
export interface LeftInExchange {
  readonly accessRules?: number;
  readonly policies?: number;
}
