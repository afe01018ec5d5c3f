// The connector's own API as the launcher calls it: with a bearer token of a seeded person, over loopback, waiting for an app that restarts.
import { setTimeout as sleep } from 'node:timers/promises';

export interface ApiClient {
  /** The JSON of an answer below 400; another one is an ApiError. */
  call(method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown): Promise<unknown>;
}

export interface ApiClientOptions {
  /** `http://127.0.0.1:7071/api` */
  readonly base: string;
  /** A token that is still valid; asked for again when one is not taken any more. */
  readonly token: () => Promise<string>;
  readonly signal: AbortSignal;
}

/** The API said no; the message is its own, with the code. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const ATTEMPTS = 20;
const PAUSE_MS = 500;
const ANSWER_BOUND_MS = 15_000;

/** A client that repeats what the app could not answer because it was starting or busy; a repeated PUT or POST is refused or joined by the API. */
export function createApiClient({ base, token, signal }: ApiClientOptions): ApiClient {
  let bearer: string | undefined;

  async function once(method: string, path: string, body: unknown): Promise<Response> {
    bearer ??= await token();
    const headers: Record<string, string> = { authorization: `Bearer ${bearer}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    return fetch(`${base}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_BOUND_MS)]),
    });
  }

  return {
    async call(method, path, body) {
      for (let attempt = 1; ; attempt += 1) {
        let failure: Error;
        try {
          const response = await once(method, path, body);
          if (response.ok) return await response.json();
          failure = await errorOf(response, method, path);
          // A token may have run out; a new one that is not taken either will not be taken the third time.
          if (response.status === 401 && attempt === 1) bearer = undefined;
          else if (response.status < 500 || response.status === 502) throw failure;
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof ApiError) throw error;
          failure = error as Error;
        }
        if (attempt === ATTEMPTS) throw failure;
        await sleep(PAUSE_MS, undefined, { signal });
      }
    },
  };
}

async function errorOf(response: Response, method: string, path: string): Promise<ApiError> {
  const text = await response.text();
  let said = text.slice(0, 300);
  try {
    const { code, detail } = JSON.parse(text) as { code?: string; detail?: string };
    if (code !== undefined) said = `${detail ?? ''} (${code})`;
  } catch {
    // No problem answer: the host itself may have answered, in its own words.
  }
  return new ApiError(response.status, `${method} ${path} was answered with ${response.status}: ${said}`);
}
