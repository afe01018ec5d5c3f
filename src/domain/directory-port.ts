// What the connector asks of the organization's directory (users, groups, managed devices), in our words.
// Read only. Every list ends in full or throws: a read that did not finish is a failed read.
import type { Instant } from './instant.ts';

/** A user as the directory knows it. A property that is absent, blank or of an odd form is left out: unknown, not empty. */
export interface DirectoryUser {
  /** Entra object id, lower case. */
  readonly id: string;
  readonly userPrincipalName?: string;
  readonly displayName?: string;
  readonly mail?: string;
  readonly department?: string;
  /** Preferred language as a BCP 47 tag. */
  readonly language?: string;
  readonly isEnabled?: boolean;
}

/** One change of a user since a cursor. */
export type DirectoryChange =
  /** The user as it is now. `managerId` is left out when that did not change; null when the user has no manager any more. */
  | { readonly kind: 'changed'; readonly user: DirectoryUser; readonly managerId?: string | null }
  /** The user is gone: deleted for good, or for now when `isRestorable`. */
  | { readonly kind: 'removed'; readonly id: string; readonly isRestorable: boolean };

/** One page of changes, with where to go on from. */
export interface DirectoryChangePage {
  readonly changes: readonly DirectoryChange[];
  /** Hand this to `userChanges` to go on after this page: within the same read, or later when `isLast`. Opaque. */
  readonly cursor: string;
  /** Everything up to the time of the read is told. Until then nothing may be concluded from what was not told. */
  readonly isLast: boolean;
  /**
   * True while the whole directory is told instead of changes: at the first read, and again when the cursor was too old.
   * Users not told by the last page of a whole read do not exist. A read may turn whole between two pages: start over then.
   */
  readonly isWhole: boolean;
}

export interface DirectoryGroup {
  readonly id: string;
  readonly displayName?: string;
}

/** A device as Intune knows it. */
export interface ManagedDevice {
  readonly id: string;
  /** Owner's object id, lower case. */
  readonly userId?: string;
  /** The DeviceId that the phone's own mail app shows to Exchange; compare without case. Outlook shows another one. */
  readonly easDeviceId?: string;
  readonly name?: string;
  readonly model?: string;
  readonly manufacturer?: string;
  readonly os?: string;
  readonly osVersion?: string;
  readonly serialNumber?: string;
  readonly ownership?: 'company' | 'personal';
  /** Intune's own word: `compliant`, `noncompliant`, `inGracePeriod`, … */
  readonly compliance?: string;
  readonly enrolledAt?: Instant;
  readonly lastSyncAt?: Instant;
}

/** Counts what calls cost; hand the same one to every call of an activity. */
export interface DirectoryUsage {
  /** Requests sent, repeats included. */
  requests: number;
  /** Answers that asked for fewer requests. */
  throttled: number;
}

export interface DirectoryCallOptions {
  readonly signal?: AbortSignal;
  readonly usage?: DirectoryUsage;
}

/** The directory of one organization. */
export interface Directory {
  /** All users, page by page. */
  users(options?: DirectoryCallOptions): AsyncIterable<readonly DirectoryUser[]>;
  /** The users of these ids that exist, in any order; each id is asked for once. */
  usersById(ids: readonly string[], options?: DirectoryCallOptions): Promise<readonly DirectoryUser[]>;
  /** What changed after `cursor`; without one, the whole directory. Yields at least one page. */
  userChanges(cursor: string | undefined, options?: DirectoryCallOptions): AsyncIterable<DirectoryChangePage>;
  /** The manager of each of these users who has one, by user id. */
  managersOf(ids: readonly string[], options?: DirectoryCallOptions): Promise<ReadonlyMap<string, DirectoryUser>>;
  group(id: string, options?: DirectoryCallOptions): Promise<DirectoryGroup | undefined>;
  /** Ids of all users in the group and in the groups inside it, page by page. A group that does not exist is the error `group.missing`. */
  groupMembers(id: string, options?: DirectoryCallOptions): AsyncIterable<readonly string[]>;
  /** Those of `groupIds` that the user or application is in, directly or through other groups. */
  groupsAmong(objectId: string, groupIds: readonly string[], options?: DirectoryCallOptions): Promise<readonly string[]>;
  /** All devices that Intune manages, page by page; the error `intune.unlicensed` where the organization has no Intune. */
  managedDevices(options?: DirectoryCallOptions): AsyncIterable<readonly ManagedDevice[]>;
}
