// What the orchestration of an installation hands to its activities, and how they answer. Keys only: the record decides everything else.
import type { Instant } from './instant.ts';

/** Which installation an activity works for, and the instance that asked. All are texts from whoever can reach the task hub. */
export interface InstallationTask {
  readonly organization: string;
  readonly generation: string;
  readonly instance: string;
}

/** Why there is nothing to do for an installation. `missing` and `superseded`: the record knows nothing of who asked. */
export type InstallationOver = 'missing' | 'superseded' | 'removed' | 'installed';

/** `wait`: an attempt is due at that time, unless one is asked for before. */
export type InstallationAnswer =
  | { readonly outcome: 'over'; readonly reason: InstallationOver }
  | { readonly outcome: 'wait'; readonly until: Instant };

/** `installation-claim`: `go` when an attempt is due. */
export type ClaimAnswer = InstallationAnswer | { readonly outcome: 'go' };
