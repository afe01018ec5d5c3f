// Waits until the function app says it is ready: GET /api/health answers 200.
import { setTimeout as sleep } from 'node:timers/promises';

export interface Health {
  readonly [field: string]: unknown;
}

export interface HealthWait {
  readonly boundMs?: number;
  /** Ends the wait with this signal's reason. */
  readonly signal?: AbortSignal;
}

const LOOK_AGAIN_MS = 100;
const ANSWER_BOUND_MS = 10_000;

async function ask(url: string, signal: AbortSignal | undefined): Promise<{ health?: Health; said: string }> {
  try {
    const bound = AbortSignal.timeout(ANSWER_BOUND_MS);
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, bound]) : bound });
    const text = await response.text();
    const said = `${response.status} ${text.slice(0, 300)}`.trim();
    if (response.status !== 200) return { said };
    const health = JSON.parse(text) as Health | null;
    return health !== null && typeof health === 'object' ? { health, said } : { said };
  } catch (error) {
    const { message, cause } = error as Error;
    return { said: cause instanceof Error ? cause.message : message };
  }
}

/** The health answer once it is 200 with JSON; after `boundMs` (one minute) an error that says what was answered last. */
export async function waitForHealth(url: string, { boundMs = 60_000, signal }: HealthWait = {}): Promise<Health> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    const { health, said } = await ask(url, signal);
    signal?.throwIfAborted();
    if (health) return health;
    if (performance.now() > deadline) throw new Error(`${url} was not ready within ${boundMs / 1000} s; its last answer: ${said}`);
    await sleep(LOOK_AGAIN_MS, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}
