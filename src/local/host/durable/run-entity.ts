// Runs the operations waiting for one entity as one batch, strictly one batch at a time for each entity.
// Truth: durable-functions' Entity, and conformance cases entity-calls and entity-routes. Locks are refused (replay.ts).
import type { HostContext, LoadedFunction } from '../host-context.ts';
import type { EntityOperation, Post, StoredMessage } from './durable-store.ts';
import { historyEvent } from './history-event.ts';

interface EntityAnswer {
  results: { isError: boolean; result?: string }[];
  signals?: { target: { name: string; key: string }; name: string; input?: string }[];
  entityExists: boolean;
  entityState?: string;
}

export interface EntityCommit {
  state: string | undefined;
  consumed: number[];
  posts: Post[];
}

/** `@name@key`, the name in lower case. */
export const entityId = (name: string, key: string): string => `@${name.toLowerCase()}@${key}`;

export function parseEntityId(id: string): { name: string; key: string } | undefined {
  const match = /^@([^@]+)@(.*)$/s.exec(id);
  return match ? { name: match[1] ?? '', key: match[2] ?? '' } : undefined;
}

function answerPost(operation: EntityOperation, answer: { result: string | null; exceptionType?: string }, nowMs: number): Post[] {
  if (!operation.caller) return [];
  const { instanceId, executionId } = operation.caller;
  const event = historyEvent.eventRaised(new Date(nowMs).toISOString(), operation.id, JSON.stringify(answer));
  return [{ instanceId, dueMs: nowMs, message: { kind: 'event', executionId, event } }];
}

function signalPost(signal: NonNullable<EntityAnswer['signals']>[number], nowMs: number, id: string): Post {
  const operation: EntityOperation = { id, name: signal.name, input: signal.input ?? null, caller: null };
  return { instanceId: entityId(signal.target.name, signal.target.key), dueMs: nowMs, message: { kind: 'operation', operation } };
}

/** Runs the batch; undefined when the run was lost and must be repeated. */
export async function runEntity(
  context: HostContext,
  fn: LoadedFunction,
  id: string,
  state: string | undefined,
  messages: readonly StoredMessage[],
): Promise<EntityCommit | undefined> {
  const self = parseEntityId(id);
  const operations = messages.flatMap(({ message }) => (message.kind === 'operation' ? [message.operation] : []));
  const batch = operations.map(({ name, input, caller }) => ({ name, input, isSignal: caller === null }));
  const data = { string: JSON.stringify({ self, exists: state !== undefined, state: state ?? null, batch }) };
  const result = await context.invoker.invoke(fn, { data, metadata: { instanceId: { string: id } }, reason: '(null)' });
  const nowMs = context.clock.now();
  const consumed = messages.map(({ seq }) => seq);
  if (!result.ok) {
    if (result.cause === 'worker-lost') return undefined;
    const failure = { result: JSON.stringify(result.error.message), exceptionType: 'Error' };
    return { state, consumed, posts: operations.flatMap((operation) => answerPost(operation, failure, nowMs)) };
  }
  const answer = JSON.parse(result.returnValue?.json ?? '{}') as EntityAnswer;
  const answers = operations.flatMap((operation, index) => {
    const one = answer.results[index];
    return answerPost(operation, { result: one?.result ?? null, ...(one?.isError ? { exceptionType: 'Error' } : {}) }, nowMs);
  });
  const signals = (answer.signals ?? []).map((signal, index) => signalPost(signal, nowMs, `${id}/${nowMs}/${index}`));
  return { state: answer.entityExists ? (answer.entityState ?? 'null') : undefined, consumed, posts: [...answers, ...signals] };
}
