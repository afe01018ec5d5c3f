// The local host in this process with an app of the test folder, and the durable webhooks as short calls.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createHeldClock, type HeldClock } from '../../../../src/local/host/clock.ts';
import { startHost, type RunningHost } from '../../../../src/local/host/host.ts';

export const HUB_APP = fileURLToPath(new URL('../../../apps/hub', import.meta.url));
export const START = '2030-01-01T00:00:00.000Z';

export interface Status {
  runtimeStatus: string;
  output: unknown;
  customStatus: unknown;
  historyEvents?: { EventType: string; FunctionName?: string }[];
}

export interface HubUnderTest {
  readonly host: RunningHost;
  readonly log: readonly string[];
  start(name: string, id: string, input?: unknown): Promise<void>;
  /** undefined for one that is unknown. */
  status(id: string, query?: string): Promise<Status | undefined>;
  /** `raiseEvent/x`, `terminate`, `suspend`, `resume`, `rewind`, `restart`; gives the HTTP status. */
  send(id: string, action: string, body?: unknown): Promise<number>;
  purge(id: string): Promise<number>;
  /** Waits until `id` is in one of `states`. */
  until(id: string, ...states: string[]): Promise<Status>;
  stop(): Promise<void>;
}

/** A hub whose clock a test moves. */
export interface HeldHub extends HubUnderTest {
  readonly clock: HeldClock;
  /** Moves the clock and runs all that becomes due on the way. */
  advance(ms: number): Promise<void>;
  settled(): Promise<void>;
}

const LONGEST_WAIT_MS = 20_000;

export interface HubSetting {
  data: string;
  app?: string;
  clock?: HeldClock;
}

export async function startHub({ data, app = HUB_APP, clock }: HubSetting): Promise<HubUnderTest> {
  const log: string[] = [];
  const host = await startHost({
    appDirectory: app,
    dataDirectory: data,
    port: 0,
    out: (line) => void log.push(line),
    ...(clock ? { clock } : {}),
  });
  const base = `${host.url}/runtime/webhooks/durabletask`;
  const instanceUrl = (id: string): string => `${base}/instances/${encodeURIComponent(id)}`;
  const post = (url: string, body?: unknown): Promise<Response> =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? null) });

  async function status(id: string, query = ''): Promise<Status | undefined> {
    const response = await fetch(`${instanceUrl(id)}${query}`);
    return response.status === 404 ? undefined : ((await response.json()) as Status);
  }

  return {
    host,
    log,
    async start(name, id, input) {
      const response = await post(`${base}/orchestrators/${name}/${encodeURIComponent(id)}`, input);
      assert.equal(response.status, 202, await response.text());
    },
    status,
    send: async (id, action, body) => (await post(`${instanceUrl(id)}/${action}`, body)).status,
    purge: async (id) => (await fetch(instanceUrl(id), { method: 'DELETE' })).status,
    async until(id, ...states) {
      const giveUpAt = performance.now() + LONGEST_WAIT_MS;
      for (;;) {
        const found = await status(id);
        if (found && states.includes(found.runtimeStatus)) return found;
        if (performance.now() > giveUpAt)
          throw new Error(`'${id}' is ${JSON.stringify(found)}, not ${states.join(' or ')}.\n${log.join('\n')}`);
        await sleep(10);
      }
    },
    stop: () => host.stop(),
  };
}

export async function startHeldHub(setting: Omit<HubSetting, 'clock'>): Promise<HeldHub> {
  const clock = createHeldClock(Date.parse(START));
  const hub = await startHub({ ...setting, clock });
  const { host } = hub;
  return {
    ...hub,
    clock,
    advance: (ms) => clock.advanceTo(clock.now() + ms, host.settled),
    settled: host.settled,
  };
}
