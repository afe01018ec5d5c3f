// The hub's storage: what an orchestration needs to go on after the process was killed at any moment.
// Every method is one transaction; nothing is half done. Implementation: sqlite-store.ts.
import type { HistoryEvent, ParentInstance, RuntimeStatus } from './history-event.ts';

export interface Instance {
  id: string;
  executionId: string;
  name: string;
  /** JSON text, or null for none. */
  input: string | null;
  /** JSON text; for Failed, Terminated and Suspended the plain reason. */
  output: string | null;
  customStatus: string | null;
  status: RuntimeStatus;
  createdMs: number;
  updatedMs: number;
  /** Counts starts over the same id; null for a sub-orchestration. */
  generation: number | null;
  parent: ParentInstance | null;
}

/** What waits in an instance's inbox. */
export type Message =
  /** Begins an execution; `instance` is the row it begins with. */
  | { kind: 'start'; instance: Instance }
  /** Runs the first turn of the next generation after continueAsNew. */
  | { kind: 'continue' }
  /** Becomes a history event of the execution `executionId`, or of whatever runs when that is null. */
  | { kind: 'event'; executionId: string | null; event: HistoryEvent }
  /** A request to an entity. */
  | { kind: 'operation'; operation: EntityOperation };

export interface EntityOperation {
  /** Request id; the answer is an event of this name. */
  id: string;
  name: string;
  /** JSON text. */
  input: string | null;
  /** Who waits for the answer; null for a signal. */
  caller: { instanceId: string; executionId: string } | null;
}

export interface Post {
  instanceId: string;
  /** Not seen before this time (ms). */
  dueMs: number;
  message: Message;
}

export interface StoredMessage {
  seq: number;
  dueMs: number;
  message: Message;
}

export interface ActivityItem {
  instanceId: string;
  executionId: string;
  taskId: number;
  name: string;
  /** JSON text, or null for no input. */
  input: string | null;
}

export interface StoredActivity extends ActivityItem {
  seq: number;
}

/** All effects of one turn. */
export interface TurnCommit {
  instance: Instance;
  /** The execution the turn ran for: when another one has taken its place meanwhile, nothing is written. */
  basedOn: string;
  consumed: number[];
  /** `replace` begins a new history (first turn, continueAsNew); else the events are appended. */
  history: { mode: 'append' | 'replace'; events: HistoryEvent[] };
  activities: ActivityItem[];
  posts: Post[];
  /** Drops what waits for this execution (timers, results): it has ended. */
  endedExecution?: string;
}

/** A failed instance put back to work: its changed history, and the posts that start it again. */
export interface Rewind {
  instance: Instance;
  history: readonly HistoryEvent[];
  posts: readonly Post[];
}

export interface InstanceFilter {
  createdFromMs?: number;
  createdToMs?: number;
  statuses?: readonly RuntimeStatus[];
  idPrefix?: string;
}

export interface DurableStore {
  instance(id: string): Instance | undefined;
  /** Instances by id, from after `afterId`, at most `top`. */
  instances(filter: InstanceFilter, top: number, afterId?: string): Instance[];
  history(id: string): readonly HistoryEvent[];
  /** Writes a Pending instance and its start message, replacing an ended one; returns the status of a live one that refuses. */
  start(instance: Instance, startDueMs: number, mayReplaceLive: boolean): RuntimeStatus | undefined;
  post(posts: readonly Post[]): void;
  /** What is due for one instance, in the order of due times. */
  due(instanceId: string, nowMs: number): StoredMessage[];
  hasDue(instanceId: string, nowMs: number): boolean;
  dueInstances(nowMs: number): string[];
  /** The next time after `nowMs` at which a message becomes due. */
  nextDueMs(nowMs: number): number | undefined;
  drop(seqs: readonly number[]): void;
  commitTurn(commit: TurnCommit): StoredActivity[];
  activities(): StoredActivity[];
  /** Removes the activity and posts its result, together; nothing is posted for one that is gone already. */
  completeActivity(seq: number, result: Post | undefined): void;
  /** Forgets instances; what a parent has asked to start under such an id is kept. */
  purge(ids: readonly string[]): void;
  /** State of an entity as JSON text; undefined when it does not exist. */
  entity(id: string): string | undefined;
  commitEntity(id: string, state: string | undefined, consumed: readonly number[], posts: readonly Post[]): void;
  /** Puts failed instances back to work, all together. */
  rewind(changes: readonly Rewind[]): void;
  close(): void;
}
