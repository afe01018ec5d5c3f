// Reads what durable-functions gives back from one orchestrator turn. Truth: its OrchestratorState and OrchestrationFailureError.
import type { InvocationResult } from '../protocol.ts';

export interface RetryPolicy {
  firstRetryIntervalInMilliseconds: number;
  maxNumberOfAttempts: number;
  backoffCoefficient?: number;
  maxRetryIntervalInMilliseconds?: number;
  retryTimeoutInMilliseconds?: number;
}

export interface HttpCall {
  method: string;
  uri: string;
  content?: unknown;
  headers?: Record<string, string>;
  tokenSource?: unknown;
  asynchronousPatternEnabled?: boolean;
}

export const ActionType = {
  CallActivity: 0,
  CallActivityWithRetry: 1,
  CallSubOrchestrator: 2,
  CallSubOrchestratorWithRetry: 3,
  ContinueAsNew: 4,
  CreateTimer: 5,
  WaitForExternalEvent: 6,
  CallEntity: 7,
  CallHttp: 8,
  SignalEntity: 9,
  ScheduledSignalEntity: 10,
  WhenAny: 11,
  WhenAll: 12,
  LockEntities: 13,
  ReleaseEntities: 14,
} as const;

type Types = typeof ActionType;

export type Action =
  | { actionType: Types['CallActivity']; functionName: string; input?: unknown }
  | { actionType: Types['CallActivityWithRetry']; functionName: string; input?: unknown; retryOptions: RetryPolicy }
  | { actionType: Types['CallSubOrchestrator']; functionName: string; instanceId?: string; input?: unknown }
  | {
      actionType: Types['CallSubOrchestratorWithRetry'];
      functionName: string;
      instanceId?: string;
      input?: unknown;
      retryOptions: RetryPolicy;
    }
  | { actionType: Types['ContinueAsNew']; input?: unknown }
  | { actionType: Types['CreateTimer']; fireAt: string; isCanceled: boolean }
  | { actionType: Types['WaitForExternalEvent']; externalEventName: string }
  | { actionType: Types['CallEntity']; instanceId: string; operation: string; input?: unknown; fireAt?: string }
  | { actionType: Types['CallHttp']; httpRequest: HttpCall }
  | {
      actionType: Types['SignalEntity'] | Types['ScheduledSignalEntity'];
      instanceId: string;
      operation: string;
      input?: unknown;
      fireAt?: string;
    }
  | { actionType: Types['WhenAny'] | Types['WhenAll']; compoundActions: Action[] }
  | { actionType: Types['LockEntities'] | Types['ReleaseEntities'] };

export interface OrchestratorAnswer {
  isDone: boolean;
  /** All actions since the execution began, in the order the code asked for them. */
  actions: Action[];
  output?: unknown;
  customStatus?: unknown;
  /** Message of the error the orchestrator threw. */
  error?: string;
  /** The SDK itself failed; it gives no actions then. */
  sdkFailure?: string;
}

interface State {
  isDone?: boolean;
  actions?: Action[][];
  output?: unknown;
  customStatus?: unknown;
  error?: string;
}

const MARKER = '$OutOfProcData$:';

function fromState(state: State): OrchestratorAnswer {
  return {
    isDone: state.isDone ?? false,
    actions: (state.actions ?? []).flat(),
    ...('output' in state ? { output: state.output } : {}),
    ...(state.customStatus === undefined ? {} : { customStatus: state.customStatus }),
    ...(state.error === undefined ? {} : { error: state.error }),
  };
}

/** A failed turn carries its state as JSON behind a marker in the message; without the marker the SDK itself failed. */
export function readAnswer(result: InvocationResult): OrchestratorAnswer {
  if (result.ok) return fromState(JSON.parse(result.returnValue?.json ?? '{}') as State);
  const { message } = result.error;
  const marker = message.indexOf(MARKER);
  if (marker < 0) return { isDone: false, actions: [], sdkFailure: message };
  return fromState(JSON.parse(message.slice(marker + MARKER.length)) as State);
}
