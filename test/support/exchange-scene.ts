// A client and a port of Exchange for tests: their server, a credential that counts, a log that is kept, and waits that do not wait.
import { createExchange } from '../../src/adapters/exchange/exchange.ts';
import { ExchangeClient } from '../../src/adapters/exchange/exchange-client.ts';
import type { ExchangeClientOptions } from '../../src/adapters/exchange/exchange-client.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import { endpointsOf } from '../../src/domain/cloud.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import type { Log } from '../../src/domain/ports.ts';
import { createAuthority } from '../../src/local/tenant/entra/authority.ts';
import { startExchangeServer } from './exchange-server.ts';
import type { ExchangeServer } from './exchange-server.ts';
import { tempDirectory } from './temp-directory.ts';

export const organization = parseOrganizationId('aaaaaaaa-0000-4000-8000-000000000001') as OrganizationId;

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ExchangeScene {
  readonly server: ExchangeServer;
  readonly client: ExchangeClient;
  readonly exchange: ExchangePort;
  readonly lines: LogLine[];
  /** How long the client would have waited, in order. */
  readonly waits: number[];
  /** What the credential was asked for, in order. */
  readonly tokenRequests: { readonly scope: string; readonly claims: string | undefined }[];
  /** Moves the clock. */
  readonly clock: { now(): string; set(instant: string): void };
}

/** Starts servers that share one authority. */
export async function createExchangeStage(name: string): Promise<{
  start(): Promise<ExchangeServer>;
  scene(server: ExchangeServer, options?: Partial<ExchangeClientOptions> & { hosts?: readonly string[] }): ExchangeScene;
}> {
  const authority = await createAuthority(tempDirectory(name));

  function scene(server: ExchangeServer, { hosts = [], ...options }: Partial<ExchangeClientOptions> & { hosts?: readonly string[] } = {}) {
    const lines: LogLine[] = [];
    const waits: number[] = [];
    const tokenRequests: { scope: string; claims: string | undefined }[] = [];
    let now = '2026-11-24T08:00:00.000Z';
    let nextId = 0;
    const all: ExchangeClientOptions = {
      organization,
      endpoint: endpointsOf('global', {
        exchange: server.origin,
        exchangeHostSuffixes: [new URL(server.regionalOrigin).host, ...hosts],
      }),
      credential: {
        getToken: (scope, asked) => {
          tokenRequests.push({ scope: String(scope), claims: asked?.claims });
          return Promise.resolve({ token: `token-${tokenRequests.length}`, expiresOnTimestamp: Date.parse('2026-11-24T20:00:00Z') });
        },
      },
      clock: { now: () => now },
      ids: { next: () => `request-${(nextId += 1)}` },
      log: logInto(lines),
      timeLimitMs: 10_000,
      wait: (delayMs, signal) => {
        waits.push(delayMs);
        signal?.throwIfAborted();
        return Promise.resolve();
      },
      ca: authority.caPem,
      ...options,
    };
    const clock = { now: () => now, set: (instant: string) => void (now = instant) };
    return { server, client: new ExchangeClient(all), exchange: createExchange(all), lines, waits, tokenRequests, clock };
  }

  return { start: () => startExchangeServer(authority), scene };
}

function logInto(lines: LogLine[]): Log {
  const at =
    (level: string) =>
    (event: string, fields = {}): void =>
      void lines.push({ level, event, fields });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), with: () => log };
  return log;
}

/** The rows of all pages. */
export async function collect<Row>(pages: AsyncIterable<{ readonly rows: readonly Row[]; readonly startsOver: boolean }>): Promise<Row[]> {
  let rows: Row[] = [];
  for await (const page of pages) rows = page.startsOver ? [...page.rows] : [...rows, ...page.rows];
  return rows;
}
