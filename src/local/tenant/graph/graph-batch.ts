// JSON batching of the simulated Graph: up to 20 calls in one, answered in any order. https://learn.microsoft.com/graph/json-batching
import { failures } from './graph-context.ts';
import type { GraphAnswer } from './graph-context.ts';

/** One part, taken apart. */
export interface BatchPart {
  readonly id: string;
  readonly method: string;
  /** Path with query, relative to the version. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface ReadPart extends BatchPart {
  readonly dependsOn: readonly string[];
}

const LIMIT = 20;

/** Carries out the parts in their order, and answers them the other way round: nobody may rely on the order. */
export async function answerBatch(body: unknown, carryOut: (part: BatchPart) => Promise<GraphAnswer>): Promise<GraphAnswer> {
  const parts = readParts(body);
  const responses = new Map<string, Record<string, unknown> & { status: number }>();
  for (const part of parts) {
    const hasFailed = part.dependsOn.some((id) => (responses.get(id)?.status ?? 500) >= 400);
    const answer: GraphAnswer = hasFailed
      ? { status: 424, body: { error: { code: 'FailedDependency', message: 'A request this one depends on failed.' } } }
      : await carryOut(part);
    const headers = { 'Content-Type': 'application/json', ...answer.headers };
    responses.set(part.id, { id: part.id, status: answer.status, headers, ...(answer.body === undefined ? {} : { body: answer.body }) });
  }
  return { status: 200, body: { responses: [...responses.values()].toReversed() } };
}

function readParts(body: unknown): ReadPart[] {
  const requests = typeof body === 'object' && body !== null && 'requests' in body ? body.requests : undefined;
  if (!Array.isArray(requests) || requests.length === 0) throw failures.badRequest('Invalid batch payload format.');
  if (requests.length > LIMIT) throw failures.badRequest(`The number of requests in a batch must not exceed ${LIMIT}.`);
  const parts = requests.map(readPart);
  if (new Set(parts.map(({ id }) => id)).size < parts.length)
    throw failures.badRequest('The ids of the requests in a batch must be unique.');
  return parts;
}

function readPart(request: unknown): ReadPart {
  const { id, method, url, headers, body, dependsOn } = (typeof request === 'object' && request !== null ? request : {}) as Record<
    string,
    unknown
  >;
  if (typeof id !== 'string' || typeof method !== 'string' || typeof url !== 'string')
    throw failures.badRequest('Invalid batch payload format.');
  if (
    body !== undefined &&
    !JSON.stringify(headers ?? {})
      .toLowerCase()
      .includes('"content-type"')
  ) {
    throw failures.badRequest('A request with a body needs a Content-Type header.');
  }
  const names = Array.isArray(dependsOn) ? dependsOn.map(String) : [];
  const given = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [name.toLowerCase(), String(value)]);
  return { id, method: method.toUpperCase(), url, headers: Object.fromEntries(given), body, dependsOn: names };
}
