// Runs one activity and makes the event its orchestration gets.
import type { HostContext, LoadedFunction } from '../host-context.ts';
import type { InvocationResult, TypedData } from '../protocol.ts';
import { activityData, failureTexts, resultText } from './activity-values.ts';
import type { StoredActivity } from './durable-store.ts';
import { historyEvent, type HistoryEvent } from './history-event.ts';
import { HTTP_ACTIVITY } from './http-activity.ts';
import type { HttpCall } from './orchestrator-answer.ts';
import { bindingData } from '../binding-data.ts';

/** What came of a try: an event to store, or a lost run that must be repeated. */
export type ActivityOutcome = { kind: 'ended'; event: HistoryEvent } | { kind: 'again'; why: string };

function metadataOf(fn: LoadedFunction, instanceId: string, data: TypedData | undefined): Record<string, TypedData> {
  const base = { instanceId: { string: instanceId } };
  return data?.string === undefined ? base : { ...base, data, [fn.triggerName]: data, ...bindingData(data.string) };
}

/** The default timeout of .NET's HttpClient, which the real host's activity uses. */
const HTTP_LIMIT_MS = 100_000;

async function callHttp(request: HttpCall): Promise<string> {
  const body =
    request.content === undefined || request.content === null
      ? undefined
      : typeof request.content === 'string'
        ? request.content
        : JSON.stringify(request.content);
  const hasType = Object.keys(request.headers ?? {}).some((name) => name.toLowerCase() === 'content-type');
  const response = await fetch(request.uri, {
    method: request.method,
    headers: { ...request.headers, ...(body !== undefined && !hasType ? { 'content-type': 'text/plain; charset=utf-8' } : {}) },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(HTTP_LIMIT_MS),
  });
  // The real host leaves content-type out of the result's headers (conformance case call-http).
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'content-type'));
  return JSON.stringify({ statusCode: response.status, headers, content: await response.text() });
}

async function runHttp(activity: StoredActivity, at: () => string): Promise<HistoryEvent> {
  try {
    const result = await callHttp(JSON.parse(activity.input ?? '{}') as HttpCall);
    return historyEvent.taskCompleted(at(), activity.taskId, result);
  } catch (error) {
    const { reason, details } = failureTexts(HTTP_ACTIVITY, { message: error instanceof Error ? error.message : String(error) });
    return historyEvent.taskFailed(at(), activity.taskId, reason, details);
  }
}

function toEvent(activity: StoredActivity, result: InvocationResult, at: string): HistoryEvent {
  if (result.ok) return historyEvent.taskCompleted(at, activity.taskId, resultText(result.returnValue));
  const { reason, details } = failureTexts(activity.name, result.error);
  return historyEvent.taskFailed(at, activity.taskId, reason, details);
}

/** Runs `activity` once. A function that throws or takes too long has ended; one whose process died has not. */
export async function runActivity(
  context: HostContext,
  fn: LoadedFunction | undefined,
  activity: StoredActivity,
): Promise<ActivityOutcome> {
  const at = (): string => new Date(context.clock.now()).toISOString();
  if (activity.name === HTTP_ACTIVITY) return { kind: 'ended', event: await runHttp(activity, at) };
  if (!fn) throw new Error(`There is no activity function '${activity.name}'.`);
  const data = activityData(activity.input);
  const result = await context.invoker.invoke(fn, {
    ...(data ? { data } : {}),
    metadata: metadataOf(fn, activity.instanceId, data),
    reason: '(null)',
  });
  if (!result.ok && result.cause === 'worker-lost') return { kind: 'again', why: result.error.message };
  return { kind: 'ended', event: toEvent(activity, result, at()) };
}

/** `POST /admin/functions/{activity}`: the input text is the activity's input, no orchestration is told. */
export async function runActivityByHand(context: HostContext, fn: LoadedFunction, input: string): Promise<void> {
  const data: TypedData | undefined = input === '' ? undefined : { string: input };
  await context.invoker.invoke(fn, {
    ...(data ? { data } : {}),
    metadata: metadataOf(fn, '', data),
    reason: 'This function was programmatically called via the host APIs.',
  });
}
