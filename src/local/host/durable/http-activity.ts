// callHttp: an activity of the host itself, repeated by timer and GET while the answer is 202 with a Location.

import { succeeded, type HistoryEvent } from './history-event.ts';
import type { HttpCall } from './orchestrator-answer.ts';

export const HTTP_ACTIVITY = 'BuiltIn::HttpActivity';

/** What to ask next when an HTTP call was answered with 202 and a Location; `bad-location` when that cannot be asked. */
export function nextPoll(
  request: HttpCall,
  event: HistoryEvent,
): { request: HttpCall; waitMs: number | undefined } | 'bad-location' | undefined {
  if (!succeeded(event) || request.asynchronousPatternEnabled === false) return undefined;
  const { statusCode, headers = {} } = JSON.parse(event.Result ?? '{}') as { statusCode?: number; headers?: Record<string, string> };
  const header = (name: string): string | undefined => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const location = header('location');
  if (statusCode !== 202 || !location) return undefined;
  const next = URL.parse(location, request.uri);
  if (!next) return 'bad-location';
  const kept = Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'x-functions-key');
  const seconds = Number(header('retry-after'));
  const waitMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  return {
    request: { ...request, method: 'GET', uri: next.href, content: undefined, headers: Object.fromEntries(kept) },
    waitMs,
  };
}
