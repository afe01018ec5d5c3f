// Orchestrations that only remember what became of them: for operations that start, watch and end instances.
import type { Workflows, WorkflowState } from '../../src/domain/workflows-port.ts';

/** One call that changed something. */
export interface WorkflowCall {
  readonly call: 'start' | 'nudge' | 'terminate' | 'purge';
  readonly instanceId: string;
  readonly name?: string;
  readonly input?: Readonly<Record<string, string>>;
}

export interface MemoryWorkflows extends Workflows {
  /** What was asked for, in order. */
  readonly calls: WorkflowCall[];
  /** Says how an instance is from now on. */
  put(instanceId: string, state: WorkflowState): void;
}

/** None at first; one that is started runs until it is terminated or said to have ended. */
export function createMemoryWorkflows(): MemoryWorkflows {
  const states = new Map<string, WorkflowState>();
  const calls: WorkflowCall[] = [];
  return {
    calls,
    put: (instanceId, state) => void states.set(instanceId, state),
    async start(name, instanceId, input) {
      calls.push({ call: 'start', instanceId, name, input });
      states.set(instanceId, 'running');
    },
    state: async (instanceId) => states.get(instanceId) ?? 'gone',
    async nudge(instanceId) {
      calls.push({ call: 'nudge', instanceId });
    },
    async terminate(instanceId) {
      calls.push({ call: 'terminate', instanceId });
      if (states.has(instanceId)) states.set(instanceId, 'ended');
    },
    async purge(instanceId) {
      calls.push({ call: 'purge', instanceId });
      states.delete(instanceId);
    },
  };
}
