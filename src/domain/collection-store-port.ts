// Where the collections of an organization are kept, and which groups' members have been applied to its devices.
// All of an organization's collections, roles and assignments share one guard: whoever changes any of them names its version,
// so that what was checked about all of them still holds when the change is written.
import type { AuditEntry } from './audit.ts';
import type { Collection } from './collection.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';
import type { Versioned } from './store-page.ts';

/** On what condition a change is made, and what is told of it in the same transaction. */
export interface GuardedChange {
  /** The version of what is changed or removed; undefined for something new. */
  readonly version: string | undefined;
  /** The guard as it was before anything was checked; undefined as long as nothing was ever saved. */
  readonly guard: string | undefined;
  readonly entries: readonly AuditEntry[];
}

/** What the facts of owners were told from: as long as nothing of it changes and no device is new, all devices say what is right. */
interface OwnerFactsBasis {
  /** As the discovery state had it; left out while no users were read. */
  readonly usersVersion?: string;
  /** The groups that collections named, also those that could not be read. */
  readonly watched: readonly string[];
  /** A digest of the members of each group that was read. */
  readonly members: Readonly<Record<string, string>>;
}

/** Groups whose members have been applied to the devices of an organization, and what else was applied with them. */
export interface AppliedGroups {
  /** For each device it is known whether its owner is in these. */
  readonly groups: readonly string[];
  /** When that was last brought up to date. */
  readonly appliedAt?: Instant;
  /** What that was told from. */
  readonly basis?: OwnerFactsBasis;
  /** The last full run whose devices all say what is right. */
  readonly afterRun?: string;
  /** Somebody applies members now, and nobody else may until then. */
  readonly busy?: { readonly by: string; readonly until: Instant };
}

export interface CollectionStore {
  /** The version of the organization's guard. To be read before what is to be checked. */
  guard(organization: OrganizationId): Promise<string | undefined>;
  /** All collections of the organization, in the order of their ids. */
  all(organization: OrganizationId): Promise<readonly Versioned<Collection>[]>;
  /** Keeps a collection; `store.stale` or `store.exists` when it or the guard is another one by now. Answers the new version. */
  save(collection: Collection, change: GuardedChange): Promise<string>;
  /** Removes a collection; errors as with `save`. */
  remove(organization: OrganizationId, id: string, change: GuardedChange): Promise<void>;
  appliedGroups(organization: OrganizationId): Promise<Versioned<AppliedGroups> | undefined>;
  /** Keeps them: at first without a version, else in place of that version. Answers the new version. */
  keepAppliedGroups(organization: OrganizationId, applied: AppliedGroups, version: string | undefined): Promise<string>;
  /** Removes all collections, roles and assignments of the organization. */
  removeAll(organization: OrganizationId): Promise<void>;
}
