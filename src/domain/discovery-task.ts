// What each activity of discovery and of the reading of statistics is handed and what it answers when it is done.
// The orchestrations in workflows/ and the operations behind the activities meet here; what every answer has in common is run-task.ts.
import type { ErrorCode } from './errors.ts';
import type { Instant } from './instant.ts';
import type { MailboxQuery } from './mailbox.ts';
import type { RunCounts, RunKind } from './run.ts';
import type { RunTask, TaskAnswer } from './run-task.ts';
import type { Slice, SliceSample } from './slice.ts';

/** How a full run cuts the list of devices: not at all, by first-sync times, or by the first characters of DeviceIds. */
export type SliceMode = 'chain' | 'first-sync' | 'device-id';

/** No facts beyond the counts. */
type NoFacts = object;

/** `run-claim`: what the run is to do, and how much at a time. */
interface RunClaimFacts {
  readonly kind: RunKind;
  /** A held run that was accepted: what it found missing is to be marked, nothing is read. */
  readonly isAccepted: boolean;
  readonly readingParallel: number;
  readonly statisticsParallel: number;
  readonly statisticsMinutes: number;
}

/** `known-remember`: how many devices were stored, gone ones included. */
interface KnownRememberFacts {
  readonly known: number;
}

/** `managed-read`. */
interface ManagedReadFacts {
  /** How many devices Intune manages; 0 also where nothing could be read, and then there is no file. */
  readonly managed: number;
}

/** A part of the list of mailboxes, by a name that no other part of the run has. */
export interface MailboxPart {
  readonly name: string;
  readonly query: MailboxQuery;
}

/** What is left of the list of mailboxes when an activity has read for as long as it may. */
export interface MailboxesRest {
  readonly parts: readonly MailboxPart[];
  /** Names of the parts that were read to their end. */
  readonly read: readonly string[];
  /** Mailboxes in them. */
  readonly mailboxes: number;
  /** Those of them that have a device, as Exchange says. */
  readonly withDevices: number;
  /** False when a mailbox came without an id: then none is taken to be gone. */
  readonly isComparable: boolean;
}

/** `mailboxes-read`: one stretch of the list. */
export interface MailboxesReadTask extends RunTask {
  /** As the stretch before answered; left out at the first. */
  readonly rest?: MailboxesRest;
}

interface MailboxesReadFacts {
  /** Mailboxes read so far. */
  readonly mailboxes: number;
  /** Those of them that have a device, as Exchange says. */
  readonly withDevices: number;
  /** What the next stretch begins with. Left out when everything was read and the owners are written. */
  readonly rest?: MailboxesRest;
}

/** `directory-read`: one stretch of the directory's changes. */
export interface DirectoryReadTask extends RunTask {
  /** Where the stretch before ended; left out at the first, which begins at the stored cursor. */
  readonly cursor?: string;
  /** As the stretch before answered. */
  readonly isWhole?: boolean;
}

export interface DirectoryReadFacts {
  readonly users: number;
  /** Nothing more to read: the cursor is kept for the next run. */
  readonly isComplete: boolean;
  /** Where the next stretch begins; only when there is one. */
  readonly cursor?: string;
  /** The whole directory is being told, so that who is not told by its end does not exist. */
  readonly isWhole: boolean;
}

/** `slices-plan`. A second pass reads in another way than the first. */
export interface SlicesPlanTask extends RunTask {
  readonly pass: 1 | 2;
  /** How many mailboxes have a device, as Exchange says: all that a first run knows about how long the list is. */
  readonly mailboxesWithDevices: number;
}

interface SlicesPlanFacts {
  readonly slices: readonly Slice[];
  readonly mode: SliceMode;
  /** Known devices that are not gone. */
  readonly expected: number;
}

/** `slice-read`. */
export interface SliceReadTask extends RunTask {
  readonly slice: Slice;
}

export interface SliceReadFacts {
  /** Devices in the slice, each once. */
  readonly seen: number;
  /** False when the slice is longer than one activity may read: its parts are read instead, and its files do not count. */
  readonly isComplete: boolean;
  /** First-sync times that cut what was read into equal parts, ascending, at most 128. */
  readonly firstSyncSample: readonly Instant[];
  /** The newest first sync that was read and is not in the future: clocks of phones and servers differ. */
  readonly newestFirstSync?: Instant;
  /** False when rows came without an id: nothing may be concluded from what is missing. */
  readonly isComparable: boolean;
}

/** The slices of a run that were read to their end: whose files count. */
export interface ReadSlicesTask extends RunTask {
  /** Their names. */
  readonly slices: readonly string[];
}

/** `owners-resolve`: takes ReadSlicesTask, reads `ownerless-<slice>`. */
interface OwnersResolveFacts {
  readonly resolved: number;
  readonly unknown: number;
}

/** `owner-facts-apply`: brings what devices say of their owners up to date, where anything may have changed; in stretches. */
export interface OwnerFactsApplyTask extends RunTask {
  /** How many devices the slices of the run have added or changed; those of `delta-read` are in the set `untold` instead. */
  readonly written: number;
}

interface OwnerFactsApplyFacts {
  /** How many devices say something else of their owners by now. */
  readonly told: number;
  /** False when time was up: asked again, it goes on. */
  readonly isComplete: boolean;
}

/** `slices-compare`: reads `seen-<slice>` and writes the set `missing`. */
export interface SlicesCompareTask extends ReadSlicesTask {
  readonly pass: 1 | 2;
  readonly expected: number;
}

export interface SlicesCompareFacts {
  /** Devices seen by any slice, each once. */
  readonly seen: number;
  /** Known, not gone, and not seen. */
  readonly missing: number;
  readonly missingInScope: number;
  /** Known, not gone and in scope: what `missingInScope` is a share of. */
  readonly knownInScope: number;
  /** The total is so far from what was expected that the list is read once more in another way; never after a second pass. */
  readonly needsSecondPass: boolean;
}

/** `missing-confirm`: re-reads some of the set `missing`, takes out those that are there and writes it anew. */
export interface MissingConfirmTask extends RunTask {
  readonly missing: number;
}

interface MissingConfirmFacts {
  /** How many are left in the set. */
  readonly missing: number;
  readonly missingInScope: number;
  /** Re-read and there after all. */
  readonly present: number;
}

/** `missing-judge`: law 2. Writes the set `gone`, which holds what may be marked now. */
export interface MissingJudgeTask extends RunTask {
  readonly missing: number;
  readonly missingInScope: number;
  readonly knownInScope: number;
}

interface MissingJudgeFacts {
  /** How many are in the set `gone`: all that is missing, what an earlier held run missed as well, or none. */
  readonly gone: number;
  /** What is missing and may not be marked yet is too much: the run ends held. */
  readonly isHeld: boolean;
}

/** `missing-apply`: marks the devices of a set as gone, except those that were observed after the run began. Answers them as counts.gone. */
export interface MissingApplyTask extends RunTask {
  /** `missing` for a held run that was accepted. */
  readonly set: 'gone' | 'missing';
}

/** `predecessors-link`: takes ReadSlicesTask, reads `added-<slice>`. */
interface PredecessorsLinkFacts {
  readonly linked: number;
}

/**
 * How the reading of a run ended, for what later runs need to know:
 * `complete`: everything was read and compared (or there was nothing to compare with); `held`: read, and too much was missing;
 * `not-compared`: read, but nothing may be concluded from what is missing; `delta`: a delta that had to be read in slices.
 */
export type ReadingResult = 'complete' | 'held' | 'not-compared' | 'delta';

/** What the slices of a run tell the runs that follow. */
export interface LearntFromSlices {
  /** Each device once where the slices were compared, else as many as they saw together. */
  readonly devices: number;
  /** The newest first sync that is not in the future. */
  readonly newest?: Instant;
  /** Of the slices that count; where they would be too much for an orchestration, one that stands for all. */
  readonly samples: readonly SliceSample[];
}

/** `slices-learn`: keeps what the next run needs to know. */
export interface SlicesLearnTask extends RunTask {
  readonly result: ReadingResult;
  /** Left out where nothing was read: for a held run that was accepted. */
  readonly mode?: SliceMode;
  /** Left out where nothing was read. */
  readonly learnt?: LearntFromSlices;
  /** How many devices a held run that was accepted marked as gone. */
  readonly gone?: number;
}

/** A slice that turned out to be longer than one activity may read, with what it can be cut by. */
export interface LongSlice {
  readonly slice: Slice;
  readonly firstSyncSample: readonly Instant[];
}

/** `delta-read`. */
interface DeltaReadFacts {
  /** Lists that did not end within what one activity may read: they are read in slices. None: the delta is complete and the watermark moved. */
  readonly unfinished: readonly LongSlice[];
}

/** `statistics-plan`: writes the queue. */
interface StatisticsPlanFacts {
  /** How many mailboxes are in the queue. */
  readonly count: number;
}

/** `statistics-read`: a part of the queue. */
export interface StatisticsReadTask extends RunTask {
  readonly from: number;
  readonly count: number;
}

interface StatisticsReadFacts {
  /** Mailboxes read. */
  readonly mailboxes: number;
  /** Mailboxes that could not be read; they are read again by a later run. */
  readonly failed: number;
}

/** `ownerless-read`: statistics of devices whose mailbox is unknown, at most 50 in a run. */
interface OwnerlessReadFacts {
  readonly devices: number;
}

/** `run-end`. Not turned away when a stop was asked for: this is how the run stops. */
export interface RunEndTask extends RunTask {
  readonly state: 'completed' | 'held' | 'failed';
  /** Of all activities, each counted once. */
  readonly counts: RunCounts;
  readonly completeness: number;
  /** How many devices a held run found missing. */
  readonly missing?: number;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** Every activity by the name under which it is registered: what it takes, and the facts it answers with. */
export interface RunActivities {
  'run-claim': { readonly task: RunTask; readonly facts: RunClaimFacts };
  'known-remember': { readonly task: RunTask; readonly facts: KnownRememberFacts };
  'organization-read': { readonly task: RunTask; readonly facts: NoFacts };
  'managed-read': { readonly task: RunTask; readonly facts: ManagedReadFacts };
  'mailboxes-read': { readonly task: MailboxesReadTask; readonly facts: MailboxesReadFacts };
  'directory-read': { readonly task: DirectoryReadTask; readonly facts: DirectoryReadFacts };
  'slices-plan': { readonly task: SlicesPlanTask; readonly facts: SlicesPlanFacts };
  'slice-read': { readonly task: SliceReadTask; readonly facts: SliceReadFacts };
  'owners-resolve': { readonly task: ReadSlicesTask; readonly facts: OwnersResolveFacts };
  'owner-facts-apply': { readonly task: OwnerFactsApplyTask; readonly facts: OwnerFactsApplyFacts };
  'slices-compare': { readonly task: SlicesCompareTask; readonly facts: SlicesCompareFacts };
  'missing-confirm': { readonly task: MissingConfirmTask; readonly facts: MissingConfirmFacts };
  'missing-judge': { readonly task: MissingJudgeTask; readonly facts: MissingJudgeFacts };
  'missing-apply': { readonly task: MissingApplyTask; readonly facts: NoFacts };
  'predecessors-link': { readonly task: ReadSlicesTask; readonly facts: PredecessorsLinkFacts };
  'slices-learn': { readonly task: SlicesLearnTask; readonly facts: NoFacts };
  'delta-read': { readonly task: RunTask; readonly facts: DeltaReadFacts };
  'statistics-plan': { readonly task: RunTask; readonly facts: StatisticsPlanFacts };
  'statistics-read': { readonly task: StatisticsReadTask; readonly facts: StatisticsReadFacts };
  'ownerless-read': { readonly task: RunTask; readonly facts: OwnerlessReadFacts };
  'run-end': { readonly task: RunEndTask; readonly facts: NoFacts };
}

export type RunActivity = keyof RunActivities;

/** What an activity answers. */
export type AnswerOf<Name extends RunActivity> = TaskAnswer<RunActivities[Name]['facts']>;
