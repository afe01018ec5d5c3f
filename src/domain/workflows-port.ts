// Durable orchestrations as the rest sees them: started by name under an id that is derived from a record, asked how they are, ended.
// The record is the authority, never the instance (design, law 4): a refused or raced start is success.

/** How an instance is. `gone`: there is none of that id. */
export type WorkflowState = 'gone' | 'running' | 'ended';

export interface Workflows {
  /** Starts an instance; one of that id that goes on already is success. Input is the key of a record, nothing else. */
  start(name: string, instanceId: string, input: Readonly<Record<string, string>>): Promise<void>;
  state(instanceId: string): Promise<WorkflowState>;
  /** Nudges an instance to look at its record again. May be lost; nothing may depend on it. */
  nudge(instanceId: string, event: string): Promise<void>;
  /** Ends an instance; one that has ended or is gone is success. */
  terminate(instanceId: string, reason: string): Promise<void>;
  /** Forgets an ended instance and its history. */
  purge(instanceId: string): Promise<void>;
}
