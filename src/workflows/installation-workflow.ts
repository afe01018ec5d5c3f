// `installation-workflow`: tries to install a connector, again every hour and whenever somebody asks, until it works or the connector is removed.
// One attempt an execution: it then begins anew under the same id, so that a month of failing keeps a short history. Events that come in between
// may be lost; the record knows what was asked for, and the claim at the start of every execution reads it (design, law 4).
import type { OrchestrationContext, OrchestrationHandler, Task } from 'durable-functions';
import { RETRY_EVENT } from '../domain/installation.ts';
import type { ClaimAnswer, InstallationAnswer, InstallationTask } from '../domain/installation-task.ts';
import { addMs, msBetween } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';

type Steps<T> = Generator<Task, T, unknown>;

/** When an activity fails, as while storage cannot be reached, it is tried again after this time; nothing could be kept of it. */
const PAUSE_MS = 5 * 60_000;

/** Goes through one attempt and the wait that follows it. */
export const installationWorkflow: OrchestrationHandler = function* install(context) {
  const input = context.df.getInput<Readonly<Record<string, unknown>> | null>();
  const task = {
    organization: String(input?.['organization']),
    generation: String(input?.['generation']),
    instance: context.df.instanceId,
  };
  const answer = yield* attempt(context, task);
  if (answer?.outcome === 'over') return { ended: answer.reason };
  yield* waitUntil(context, answer ? answer.until : addMs(nowOf(context), PAUSE_MS));
  context.df.continueAsNew({ organization: task.organization, generation: task.generation });
  return { ended: 'continued' };
};

/** What is to be done next; undefined when an activity failed. */
function* attempt(context: OrchestrationContext, task: InstallationTask): Steps<InstallationAnswer | undefined> {
  try {
    const claim = readAnswer(yield context.df.callActivity('installation-claim', task));
    if (claim?.outcome !== 'go') return claim;
    const attempted = readAnswer(yield context.df.callActivity('installation-attempt', task));
    return attempted?.outcome === 'go' ? undefined : attempted;
  } catch {
    // The activity has logged why, and a later execution tries again.
    return undefined;
  }
}

/** Waits until then, or until somebody asks for an attempt. */
function* waitUntil(context: OrchestrationContext, until: Instant): Steps<void> {
  const waitMs = Math.max(0, msBetween(nowOf(context), until));
  // oxlint-disable-next-line no-restricted-globals -- the SDK takes a Date; its time comes from the record and the context
  const timer = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + waitMs));
  yield context.df.Task.any([timer, context.df.waitForExternalEvent(RETRY_EVENT)]);
  // A timer that is left open keeps an execution from ending.
  if (!timer.isCompleted) timer.cancel();
}

function nowOf({ df }: OrchestrationContext): Instant {
  return df.currentUtcDateTime.toISOString();
}

/** An answer of the activities; undefined for what an older or newer version of them may answer. */
function readAnswer(value: unknown): ClaimAnswer | undefined {
  if (typeof value !== 'object' || value === null || !('outcome' in value)) return undefined;
  if (value.outcome === 'go') return { outcome: 'go' };
  if (value.outcome === 'wait' && 'until' in value && typeof value.until === 'string') return { outcome: 'wait', until: value.until };
  // oxlint-disable-next-line no-unsafe-type-assertion -- the reason is only shown
  return value.outcome === 'over' && 'reason' in value ? (value as ClaimAnswer) : undefined;
}
