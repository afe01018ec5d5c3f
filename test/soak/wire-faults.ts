// Reads an organization through the Exchange adapter while the simulated tenant's faults strike, one by one and in pairs. Every read must end as the
// whole truth or as an error of the right code: never as a short list, never with a token sent to a foreign host.
// A few faults in `npm test` (test/adapters/exchange/faults.test.ts), all pairs in `npm run soak`.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { MailboxReference } from '../../src/domain/device-identity.ts';
import { parseMailboxGuid } from '../../src/domain/device-identity.ts';
import { AppError, toAppError, type ErrorCode } from '../../src/domain/errors.ts';
import { SENTINELS } from '../../src/local/tenant/exchange/sentinels.ts';
import type { FaultOrder } from '../../src/local/tenant/fault-board.ts';
import { FAULTS, type FaultName } from '../../src/local/tenant/faults.ts';
import { seededRandom } from '../support/crash-run.ts';
import { openTestTenant, type TestTenant } from '../support/tenant.ts';

/** How a read may end: with the whole truth, with less than it, with something that is not true, or with an error. */
export type Ending = 'complete' | 'short' | 'wrong' | ErrorCode;

/** What becomes of a write that meets one of these faults; no read meets them. */
export const EFFECTS_ON_WRITES = {
  'casmailbox-204': 'done',
  'casmailbox-200-empty-body': 'done',
  'write-lost': 'exchange.outcome-unknown',
} as const satisfies Partial<Record<FaultName, 'done' | ErrorCode>>;

/** The one fault that nobody who reads can see: Exchange is not known to do this. Discovery holds what vanishes in numbers (design, law 2). */
export const UNSEEN_FAULT = 'list-cut-silently' satisfies FaultName;

/** What a fault does to a read. */
interface Effect {
  /** How a read may end that meets this fault alone. Where there are two, it depends on the page. */
  readonly endings: readonly Ending[];
  /** The code that stands for it when a read fails because of it: at once, or because it met with another fault. */
  readonly code?: ErrorCode;
}

/** The read gets over it; `code` when it cannot, because something else strikes the same request. */
const overcome = (code?: ErrorCode): Effect => ({ endings: ['complete'], ...(code && { code }) });
const fails = (code: ErrorCode): Effect => ({ endings: [code], code });

/** Every fault that a read can meet. */
export const EFFECTS = {
  'redirect-302': overcome(),
  'redirect-307': overcome(),
  'redirect-308': overcome(),
  'redirect-302-port-446': overcome(),
  'redirect-foreign': fails('exchange.unexpected'),
  'redirect-plain-http': fails('exchange.unexpected'),
  'error-401-empty': overcome('exchange.unauthenticated'),
  'error-401-claims': overcome('exchange.unauthenticated'),
  'throttle-429-retry-after': overcome('exchange.throttled'),
  'throttle-429-always': fails('exchange.throttled'),
  'throttle-429-no-header': overcome('exchange.throttled'),
  'throttle-429-empty-body': overcome('exchange.throttled'),
  'throttle-429-date-header': overcome('exchange.throttled'),
  'throttle-429-plain-text': overcome('exchange.throttled'),
  'throttle-400-plain-text': overcome('exchange.throttled'),
  'busy-503-then-ok': overcome('exchange.unavailable'),
  'busy-504': overcome('exchange.unavailable'),
  'busy-408': overcome('exchange.unavailable'),
  'error-502-html': overcome('exchange.unavailable'),
  reset: overcome('exchange.unavailable'),
  'error-403-json': fails('exchange.denied'),
  'error-403-nul-plain': fails('exchange.denied'),
  'error-403-nul-gzip': fails('exchange.denied'),
  'error-403-nul-valid-gzip': fails('exchange.denied'),
  'error-403-diagnostics': fails('exchange.denied'),
  'error-400-role-definition': fails('exchange.denied'),
  'error-400-full': fails('exchange.missing'),
  'error-400-details-no-innererror': fails('exchange.missing'),
  'error-400-details-leading-bar': fails('exchange.missing'),
  'error-400-innererror-only': fails('exchange.missing'),
  'error-400-innererror-camel': fails('exchange.missing'),
  'error-400-details-json': fails('exchange.missing'),
  'error-400-two-details': fails('exchange.bad-parameter'),
  'error-400-text-with-bar': fails('exchange.bad-parameter'),
  'error-404-notfound': fails('exchange.missing'),
  'error-500-notfound': fails('exchange.missing'),
  'error-400-transient-dc': overcome('exchange.unavailable'),
  'error-500-transient-dc': overcome('exchange.unavailable'),
  'list-page2-expired': overcome('exchange.incomplete'),
  'list-page2-429': overcome('exchange.throttled'),
  'list-page2-503': overcome('exchange.unavailable'),
  'batch-429': overcome('exchange.throttled'),
  'batch-503': overcome('exchange.unavailable'),
  'batch-403-nul': fails('exchange.denied'),
  'batch-item-429': overcome('exchange.throttled'),
  'batch-item-503': overcome('exchange.unavailable'),
  slow: overcome('exchange.unavailable'),
  hang: overcome('exchange.unavailable'),
  'list-affinity-anchor': overcome('exchange.incomplete'),
  'list-affinity-cookie': overcome('exchange.incomplete'),
  // That there is more is the truth on every page but the last.
  'list-truncation-warning': { endings: ['complete', 'exchange.incomplete'], code: 'exchange.incomplete' },
  'list-cut': fails('exchange.incomplete'),
  'list-cut-silently': { endings: ['short'] },
  'list-endless': fails('exchange.incomplete'),
  'list-foreign-nextlink': fails('exchange.unexpected'),
  'list-value-null': overcome('exchange.unexpected'),
  'list-value-absent': overcome('exchange.unexpected'),
  'list-nextlink-null': overcome('exchange.incomplete'),
  'list-nextlink-empty-string': overcome('exchange.incomplete'),
  'list-extra-members': overcome(),
  'rows-missing-fields': overcome(),
  'rows-blank-fields': overcome(),
  'rows-mistyped-fields': overcome(),
  'answer-cut': overcome('exchange.unavailable'),
  'ok-200-html': overcome('exchange.unexpected'),
  'ok-200-truncated-json': overcome('exchange.unexpected'),
} as const satisfies Readonly<Record<Exclude<FaultName, keyof typeof EFFECTS_ON_WRITES>, Effect>>;

export type ReadFault = keyof typeof EFFECTS;

export const READ_FAULTS = Object.keys(EFFECTS) as readonly ReadFault[];

/** A fault and how many requests it lets pass. */
export interface Strike {
  readonly name: ReadFault;
  readonly skip: number;
}

export interface FaultRun {
  readonly ending: Ending;
  /** Faults that were still waiting for their request when the read ended. */
  readonly waiting: ReadonlySet<FaultName>;
}

export interface ForeignHost {
  /** Host and port. */
  readonly host: string;
  readonly heard: { connections: number; requests: string[] };
}

/** A tenant to read again and again, and a listener that must never hear anything. */
export interface FaultBench {
  readonly tenant: TestTenant;
  readonly deviceCount: number;
  /** Pages of an undisturbed list. */
  readonly pageCount: number;
  /** One read with these faults armed. */
  run(strikes: readonly Strike[]): Promise<FaultRun>;
  /** A host of somebody else, and what arrived there: connections, and requests with what they carried. */
  readonly foreign: ForeignHost;
  stop(): Promise<void>;
}

/** What a read found: devices and statistics by their ids, as JSON. */
interface Found {
  readonly devices: Map<string, string>;
  readonly statistics: Map<string, string>;
}

const ROWS_ALTERED: ReadonlySet<FaultName> = new Set(['rows-missing-fields', 'rows-blank-fields', 'rows-mistyped-fields']);
const BATCH = 10;
/** Devices a mailbox has on average, counted over large seeds. */
const DEVICES_PER_MAILBOX = 2.97;
const TIME_LIMIT_MS = 30_000;
/** With a fault that never answers, every read waits this long once. */
const HANG_LIMIT_MS = 1000;
const SLOW_MS = 30;

/** Opens a tenant of about so many devices; `pageSize` makes its pages smaller than Exchange's. */
export async function openFaultBench(order: { readonly devices: number; readonly pageSize?: number }): Promise<FaultBench> {
  const tenant = await openTestTenant({ mailboxes: Math.round(order.devices / DEVICES_PER_MAILBOX) });
  if (order.pageSize !== undefined) tenant.tenant.setSwitches({ pageSize: order.pageSize });
  const heard: ForeignHost['heard'] = { connections: 0, requests: [] };
  const listener = await listen(tenant, heard);
  const foreign = { host: `localhost:${(listener.address() as AddressInfo).port}`, heard };
  const mailboxes = ordinaryMailboxes(tenant);
  const credential = tenant.contoso.credential();
  const read = (timeLimitMs: number): Promise<Found> => readOnce(tenant, mailboxes, { credential, timeLimitMs });
  const truth = await read(TIME_LIMIT_MS);
  assert.equal(truth.devices.size, tenant.contoso.world.devices.extent, 'An undisturbed read finds every device.');
  assert.ok(truth.statistics.size >= BATCH);

  return {
    tenant,
    foreign,
    deviceCount: truth.devices.size,
    pageCount: Math.ceil(truth.devices.size / tenant.tenant.switches().pageSize),
    async run(strikes) {
      const { faults } = tenant.tenant;
      faults.disarm();
      for (const strike of strikes) faults.arm(orderOf(strike, foreign.host));
      const timeLimitMs = strikes.some(({ name }) => name === 'hang') ? HANG_LIMIT_MS : TIME_LIMIT_MS;
      const ending = await endingOf(() => read(timeLimitMs), truth, strikes);
      // A fault without a number of strikes stays armed: it waits only while it still lets requests pass.
      const waiting = faults.list().filter(({ left, skip }) => left !== null || skip > 0);
      faults.disarm();
      tenant.contoso.lines.length = 0;
      return { ending, waiting: new Set(waiting.map(({ name }) => name)) };
    },
    async stop() {
      listener.close();
      listener.closeAllConnections();
      await tenant.stop();
    },
  };
}

/** A host of somebody else with a certificate that we trust: it hears whatever the adapter sends there. */
async function listen({ data }: TestTenant, heard: ForeignHost['heard']): Promise<Server> {
  const pair = readFileSync(join(data, 'server.key.pem'), 'utf8');
  const server = createServer({ key: pair, cert: pair }, (request, response) => {
    const carried = Object.keys(request.headers).filter((name) => ['authorization', 'cookie'].includes(name));
    heard.requests.push(`${request.method} ${request.url} ${carried.join(' ')}`);
    response.writeHead(404).end();
  });
  server.on('connection', () => (heard.connections += 1));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return server;
}

/** Faults of lists strike lists: an answer of one page that has no rows says, in Exchange's way, that there are none. */
function orderOf({ name, skip }: Strike, foreignHost: string): FaultOrder {
  const order = { name, skip, ...(name.startsWith('list-') && { route: 'invoke' as const }) };
  if (name === 'redirect-foreign' || name === 'list-foreign-nextlink') return { ...order, argument: foreignHost };
  return name === 'slow' ? { ...order, argument: String(SLOW_MS) } : order;
}

/** Mailboxes that are no sentinels: those misbehave by themselves. */
function ordinaryMailboxes({ contoso: { world } }: TestTenant): MailboxReference[] {
  return Array.from({ length: world.mailboxes.count }, (_, index) => world.mailboxes.mailbox(index))
    .filter(({ alias, index }) => !Object.hasOwn(SENTINELS, alias) && world.devices.ofMailbox(index).length > 0)
    .map(({ guid }) => parseMailboxGuid(guid))
    .filter((guid) => guid !== undefined)
    .slice(0, BATCH);
}

type ReadOptions = NonNullable<Parameters<TestTenant['contoso']['exchange']>[0]>;

/** The list of devices, then the statistics of a batch of mailboxes. */
async function readOnce({ contoso }: TestTenant, mailboxes: readonly MailboxReference[], options: ReadOptions): Promise<Found> {
  const exchange = contoso.exchange(options);
  const found: Found = { devices: new Map(), statistics: new Map() };
  for await (const page of exchange.listDevices({})) {
    if (page.startsOver) found.devices.clear();
    assert.equal(page.unidentified, 0);
    for (const device of page.rows) found.devices.set(device.guid, JSON.stringify(device));
  }
  for (const answer of await exchange.statisticsOfMailboxes(mailboxes)) {
    if ('error' in answer) throw answer.error;
    if (!answer.statistics) throw new AppError('exchange.missing', { request: 'Get-MobileDeviceStatistics' });
    for (const row of answer.statistics) found.statistics.set(row.guid, JSON.stringify(row));
  }
  return found;
}

async function endingOf(read: () => Promise<Found>, truth: Found, strikes: readonly Strike[]): Promise<Ending> {
  let found: Found;
  try {
    found = await read();
  } catch (error) {
    if (error instanceof assert.AssertionError) return 'wrong';
    return toAppError(error).code;
  }
  const areFieldsKept = !strikes.some(({ name }) => ROWS_ALTERED.has(name));
  const parts = [compare(found.devices, truth.devices, areFieldsKept), compare(found.statistics, truth.statistics, areFieldsKept)];
  return parts.find((ending) => ending !== 'complete') ?? 'complete';
}

/** Short when all that is there is true but something is missing; fields count only where no fault alters them. */
function compare(found: ReadonlyMap<string, string>, truth: ReadonlyMap<string, string>, areFieldsKept: boolean): Ending {
  for (const [id, row] of found) if (!truth.has(id) || (areFieldsKept && truth.get(id) !== row)) return 'wrong';
  return found.size === truth.size ? 'complete' : 'short';
}

/** Whether a read that met these faults may end so. */
export function isRight({ ending, waiting }: FaultRun, strikes: readonly Strike[]): boolean {
  const effects = strikes.map(({ name }): Effect & { readonly isWaiting: boolean } => ({ ...EFFECTS[name], isWaiting: waiting.has(name) }));
  // Complete only if each fault that struck can be got over.
  if (ending === 'complete') return effects.every(({ endings, isWaiting }) => isWaiting || endings.includes('complete'));
  if (ending === 'short' || ending === 'wrong') return ending === 'short' && strikes.some(({ name }) => name === UNSEEN_FAULT);
  return effects.some(({ endings, code }) => code === ending || endings.includes(ending));
}

/** How many endings of each kind. */
export type EndingCounts = Readonly<Record<string, number>>;

export interface FaultPairsOrder {
  readonly devices: number;
  readonly seed: number;
  readonly onProgress?: (text: string) => void;
}

export interface FaultPairsReport {
  readonly devices: number;
  readonly pages: number;
  readonly faults: number;
  /** Reads with one fault, at each page in turn. */
  readonly alone: number;
  readonly pairs: number;
  readonly endings: EndingCounts;
  /** Faults after which a read alone was short. */
  readonly unseen: readonly string[];
  readonly foreignConnections: number;
  readonly seconds: number;
}

/** Every pair once, a fault with itself too, each fault at a page that the seed draws. */
export function faultPairs(pageCount: number, seed: number): Strike[][] {
  const random = seededRandom(seed);
  const strike = (name: ReadFault): Strike => ({ name, skip: FAULTS[name].times === 'always' ? 0 : Math.floor(random() * pageCount) });
  return READ_FAULTS.flatMap((first, index) => READ_FAULTS.slice(index).map((second) => [strike(first), strike(second)]));
}

const describeStrikes = (strikes: readonly Strike[]): string => strikes.map(({ name, skip }) => `${name} after ${skip}`).join(' + ');

/** Each fault alone at every page, then all pairs; throws when one read ended otherwise than it may (the message names the seed). */
export async function runFaultPairs({ devices, seed, onProgress = () => undefined }: FaultPairsOrder): Promise<FaultPairsReport> {
  const startedMs = performance.now();
  const bench = await openFaultBench({ devices });
  try {
    const pages = Array.from({ length: bench.pageCount }, (_, skip) => skip);
    const alone = READ_FAULTS.flatMap((name) => pages.map((skip) => [{ name, skip }]));
    const pairs = faultPairs(bench.pageCount, seed);
    const wrong: string[] = [];
    const unseen = new Set<string>();
    const endings = new Map<string, number>();
    for (const [index, strikes] of [...alone, ...pairs].entries()) {
      const run = await bench.run(strikes);
      endings.set(run.ending, (endings.get(run.ending) ?? 0) + 1);
      if (run.ending === 'short' && strikes.length === 1) unseen.add(strikes[0]?.name ?? '');
      if (!isRight(run, strikes)) wrong.push(`${describeStrikes(strikes)}: ${run.ending}`);
      if (index % 100 === 99) onProgress(`${index + 1} of ${alone.length + pairs.length} reads`);
    }
    assert.deepEqual(wrong, [], `Reads ended wrongly (seed ${seed}).`);
    assert.deepEqual([...unseen], [UNSEEN_FAULT]);
    assert.deepEqual(bench.foreign.heard, { connections: 0, requests: [] });
    return {
      devices: bench.deviceCount,
      pages: bench.pageCount,
      faults: READ_FAULTS.length,
      alone: alone.length,
      pairs: pairs.length,
      endings: Object.fromEntries(endings),
      unseen: [...unseen],
      foreignConnections: bench.foreign.heard.connections,
      seconds: Math.round((performance.now() - startedMs) / 1000),
    };
  } finally {
    await bench.stop();
  }
}
