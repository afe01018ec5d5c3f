// Many small requests to Graph in few: JSON batching, 20 at a time. Parts that Graph put off are asked for again; all parts are answered or it throws.
// https://learn.microsoft.com/graph/json-batching
import * as z from 'zod';
import type { Clock } from '../../domain/ports.ts';
import { isPassing, isThrottling, toGraphError, toRefusal, unexpected } from './graph-errors.ts';
import type { GraphClient } from './graph-client.ts';
import type { GraphCall, GraphOutcome } from './graph-transport.ts';
import { readRetryAfter } from '../retry-after.ts';

/** One part of a batch; all parts must be such that a second run does no harm. */
export interface BatchPart {
  /** Path with query below the version. */
  readonly path: string;
  readonly post?: unknown;
}

const LIMIT = 20;

const Answers = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.number().int(),
      headers: z.record(z.string(), z.string()).optional().catch(undefined),
      body: z.unknown().optional(),
    }),
  ),
});

type Asked = Pick<GraphCall, 'request' | 'signal' | 'usage'>;

/** The outcomes of all parts, in their order. */
export async function callInBatches(
  { client, clock }: { client: GraphClient; clock: Clock },
  asked: Asked,
  parts: readonly BatchPart[],
): Promise<GraphOutcome[]> {
  const outcomes: GraphOutcome[] = [];
  for (let start = 0; start < parts.length; start += LIMIT) {
    outcomes.push(...(await callBatch(client, clock, asked, parts.slice(start, start + LIMIT))));
  }
  return outcomes;
}

async function callBatch(client: GraphClient, clock: Clock, asked: Asked, parts: readonly BatchPart[]): Promise<GraphOutcome[]> {
  const outcomes = new Map<number, GraphOutcome>();
  for (let attempt = 1; ; attempt += 1) {
    const open = parts.map((part, index) => ({ part, index })).filter(({ index }) => !outcomes.has(index));
    const answers = await send(client, asked, open);
    let putOff: Extract<GraphOutcome, { isOk: false }> | undefined;
    for (const { index } of open) {
      const outcome = outcomeOf(answers.get(String(index)), asked.request, clock);
      if (outcome.isOk || !isPassing(outcome.refusal)) outcomes.set(index, outcome);
      else if (!putOff || secondsOf(outcome) > secondsOf(putOff)) putOff = outcome;
    }
    if (!putOff) return parts.map((_, index) => outcomes.get(index)).filter((outcome) => outcome !== undefined);
    if (asked.usage && isThrottling(putOff.refusal)) asked.usage.throttled += 1;
    if (!(await client.waitFor(putOff.refusal, attempt, asked.signal))) throw toGraphError(putOff.refusal, asked.request);
  }
}

async function send(client: GraphClient, asked: Asked, open: readonly { part: BatchPart; index: number }[]): Promise<Map<string, Answer>> {
  const requests = open.map(({ part, index }) => ({
    id: String(index),
    method: part.post === undefined ? 'GET' : 'POST',
    url: part.path,
    ...(part.post === undefined ? {} : { body: part.post, headers: { 'Content-Type': 'application/json' } }),
  }));
  const outcome = await client.call({ ...asked, path: '/$batch', post: { requests }, isRepeatable: true });
  if (!outcome.isOk) throw toGraphError(outcome.refusal, asked.request);
  const parsed = Answers.safeParse(outcome.body);
  if (!parsed.success) throw unexpected(asked.request, 'a batch without responses');
  return new Map(parsed.data.responses.map((answer) => [answer.id, answer]));
}

type Answer = z.infer<typeof Answers>['responses'][number];

function outcomeOf(answer: Answer | undefined, request: string, clock: Clock): GraphOutcome {
  if (!answer) throw unexpected(request, 'a batch that leaves a part unanswered');
  if (answer.status >= 200 && answer.status < 300) return { isOk: true, body: answer.body };
  const header = Object.entries(answer.headers ?? {}).find(([name]) => name.toLowerCase() === 'retry-after')?.[1];
  return { isOk: false, refusal: toRefusal(answer.status, answer.body, readRetryAfter(header, '', clock.now())) };
}

function secondsOf(outcome: Extract<GraphOutcome, { isOk: false }>): number {
  return outcome.refusal.retryAfterSeconds ?? 0;
}
