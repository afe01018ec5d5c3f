// Everything an operation may ask for, in memory: stores, files, Exchange, the directory, a clock that is held, counted ids; and builders for what is in them.
// One interesting field a builder; what is not named is made up from the index.
import { createRefusals } from '../../src/adapters/audit/refusals.ts';
import { createFiles } from '../../src/adapters/blobs/discovery-files.ts';
import { createMemoryCallers } from '../../src/adapters/memory/callers.ts';
import { MemoryDirectory } from '../../src/adapters/memory/directory.ts';
import { createMemoryExchange } from '../../src/adapters/memory/exchange.ts';
import { createMemoryWorld } from '../../src/adapters/memory/exchange-world.ts';
import type { MemoryExchangeWorld } from '../../src/adapters/memory/exchange-world.ts';
import { createMemoryBlobs } from '../../src/adapters/memory/memory-blobs.ts';
import { createMemoryStores } from '../../src/adapters/memory/stores.ts';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { Connector, ConnectorSettings, DiscoveryState } from '../../src/domain/connector.ts';
import type { DeviceGuid, EntraObjectId, MailboxGuid } from '../../src/domain/device-identity.ts';
import type { ObservedDevice } from '../../src/domain/device.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import type { RunKey } from '../../src/domain/discovery-files-port.ts';
import { endpointsOf } from '../../src/domain/cloud.ts';
import { addMs } from '../../src/domain/instant.ts';
import type { Instant } from '../../src/domain/instant.ts';
import type { MailboxAccess } from '../../src/domain/mailbox.ts';
import { newInstallation, RECHECK_MS } from '../../src/domain/installation.ts';
import type { Installation } from '../../src/domain/installation.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import type { Log, LogFields, Ports } from '../../src/domain/ports.ts';
import { instanceOfRun, noCounts, runIdOf } from '../../src/domain/run.ts';
import type { Run, RunKind } from '../../src/domain/run.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { createMemoryWorkflows } from './memory-workflows.ts';
import type { MemoryWorkflows } from './memory-workflows.ts';

export const organization = parseOrganizationId('aaaaaaaa-0000-4000-8000-000000000001') as OrganizationId;

/** When the scene begins. */
export const START: Instant = '2026-11-24T08:00:00.000Z';

/** A GUID that names its kind and index: `00000003-0000-4000-8000-000000000007`. */
export const guidOf = (kind: number, index: number): string =>
  `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`;
export const mailboxGuid = (index: number): MailboxGuid => guidOf(1, index) as MailboxGuid;
export const userId = (index: number): EntraObjectId => guidOf(2, index) as EntraObjectId;
/** Spread over all sixteen partitions. */
export const deviceGuid = (index: number): DeviceGuid => guidOf((index % 16) * 0x1000_0000 + 3, index) as DeviceGuid;
const mailboxName = (index: number): string => `CN=User ${index},OU=contoso.onmicrosoft.com,DC=PROD,DC=OUTLOOK,DC=COM`;
export const deviceName = (mailbox: number, index: number): string =>
  `CN=iPhone§APPL${index},CN=ExchangeActiveSyncDevices,${mailboxName(mailbox)}`;

/** One line that was logged. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

export interface HeldClock {
  now(): Instant;
  set(instant: Instant): void;
  advance(ms: number): void;
}

/** A clock that moves when it is told to. */
export function heldClock(start: Instant = START): HeldClock {
  let now = start;
  return { now: () => now, set: (instant) => void (now = instant), advance: (ms) => void (now = addMs(now, ms)) };
}

/** What discovery works with. */
export type ScenePorts = Pick<
  Ports,
  | 'clock'
  | 'ids'
  | 'log'
  | 'timetable'
  | 'callers'
  | 'connections'
  | 'connectors'
  | 'installations'
  | 'statusMessages'
  | 'organizations'
  | 'runs'
  | 'devices'
  | 'mailboxes'
  | 'users'
  | 'collections'
  | 'files'
  | 'audit'
  | 'auditOutbox'
  | 'refusals'
  | 'workflows'
>;

export interface DiscoveryScene {
  readonly ports: ScenePorts;
  readonly clock: HeldClock;
  readonly world: MemoryExchangeWorld;
  readonly directory: MemoryDirectory;
  readonly workflows: MemoryWorkflows;
  readonly lines: LogLine[];
  /** Adds a mailbox to Exchange. */
  addMailbox(index: number, more?: Partial<MailboxAccess>): MailboxAccess;
  /** Adds a device to Exchange, in a mailbox. */
  addDevice(index: number, mailbox: number, more?: Partial<ObservedDevice>): ObservedDevice;
  /** Adds a user to the directory. */
  addUser(index: number): void;
  /** Adds the connector, or changes its settings. */
  connect(settings?: Partial<ConnectorSettings>): Promise<Connector>;
  /** Keeps what discovery remembers, in place of what it did. */
  remember(state: DiscoveryState): Promise<void>;
  state(): Promise<DiscoveryState | undefined>;
  /** Begins a run, once the one of its kind that goes on has ended, and answers what its activities are handed. */
  begin(kind?: RunKind): Promise<RunTask>;
  /** Changes a run as somebody else would. */
  changeRun(task: RunTask, change: Partial<Run>): Promise<void>;
  keyOf(task: RunTask): RunKey;
}

export interface SceneOptions {
  /** Rows a page of a list of Exchange holds. */
  readonly pageSize?: number;
  /** Users a page of the directory holds. */
  readonly directoryPageSize?: number;
  /** Runs before every call of Exchange; what it throws, the call throws. */
  readonly before?: (call: keyof ExchangePort, clock: HeldClock) => void;
  /** Ports in place of those in memory, such as an Exchange that breaks off. */
  readonly ports?: (made: ScenePorts) => Partial<ScenePorts>;
}

/** A scene with nothing in it. */
export function createDiscoveryScene({ pageSize = 3, directoryPageSize = 2, before, ports: replace }: SceneOptions = {}): DiscoveryScene {
  const clock = heldClock();
  const lines: LogLine[] = [];
  let nextId = 0;
  const ids = { next: () => guidOf(9, (nextId += 1)) };
  const world = createMemoryWorld({ clock, ids, pageSize, before: (call) => before?.(call, clock) });
  const directory = new MemoryDirectory(directoryPageSize);
  const workflows = createMemoryWorkflows();
  const exchange = createMemoryExchange(world);
  const log = logInto(lines);
  const stores = createMemoryStores(clock);
  const made: ScenePorts = {
    ...stores,
    clock,
    ids,
    log,
    refusals: createRefusals({ outbox: stores.auditOutbox, clock, ids, log, later: () => undefined }),
    timetable: { problemWith: () => undefined, lastDue: () => undefined, nextDue: () => undefined },
    callers: createMemoryCallers(new Map()),
    connections: {
      exchange: () => exchange,
      directory: () => directory,
      anew: ({ credential }) => ({
        organization,
        credential,
        endpoints: endpointsOf('global'),
        tokens: { factsOf: async () => ({ expiresAt: addMs(clock.now(), 3_600_000) }) },
        exchange,
        directory,
      }),
    },
    files: createFiles(createMemoryBlobs()),
    workflows,
  };
  const ports: ScenePorts = { ...made, ...replace?.(made) };
  return { ports, clock, world, directory, workflows, lines, ...buildersIn(world, directory), ...recordsIn(ports, clock) };
}

/** A log that keeps its lines. */
export function logInto(lines: LogLine[]): Log {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}): void =>
      void lines.push({ level, event, fields });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), with: () => log };
  return log;
}

function buildersIn(world: MemoryExchangeWorld, directory: MemoryDirectory): Pick<DiscoveryScene, 'addMailbox' | 'addDevice' | 'addUser'> {
  return {
    addMailbox(index, more = {}) {
      const access: MailboxAccess = { ...mailboxAt(index), ...more };
      world.mailboxes.set(access.guid, {
        access,
        mailbox: { ...access, recipientType: 'UserMailbox', recipientTypeDetails: 'UserMailbox' },
      });
      return access;
    },
    addDevice(index, mailbox, more = {}) {
      const device: ObservedDevice = { ...deviceAt(index, mailbox), ...more };
      const { guid } = device;
      const statistics = { guid, deviceWipe: {}, accountWipe: {}, status: 'DeviceOk' };
      world.devices.set(guid, { device, mailbox: mailboxGuid(mailbox), statistics });
      return device;
    },
    addUser(index) {
      directory.putUser({ id: userId(index), userPrincipalName: `user${index}@contoso.example`, displayName: `User ${index}` });
    },
  };
}

/** The mailbox of that index, as Exchange shows it. */
export function mailboxAt(index: number): MailboxAccess {
  return {
    guid: mailboxGuid(index),
    entraObjectId: userId(index),
    name: `User ${index}`,
    displayName: `User ${index}`,
    distinguishedName: mailboxName(index),
    primarySmtpAddress: `user${index}@contoso.example`,
    emailAddresses: [`SMTP:user${index}@contoso.example`],
    activeSyncEnabled: true,
  };
}

/** The device of that index in a mailbox, as Exchange lists it; each first synced a day after the one before. */
export function deviceAt(index: number, mailbox: number): ObservedDevice {
  return {
    guid: deviceGuid(index),
    deviceId: `APPL${index}`,
    deviceType: 'iPhone',
    model: 'iPhone14C3',
    distinguishedName: deviceName(mailbox, index),
    clientType: 'EAS',
    clientVersion: '16.1',
    accessState: 'Allowed',
    firstSyncAt: addMs('2026-01-01T00:00:00.000Z', index * 86_400_000),
  };
}

/** An installation that found everything in order. */
function installed(connector: Connector, now: Instant): Installation {
  const times = { firstAttemptAt: now, lastAttemptAt: now, lastCheckedAt: now, installedAt: now, nextAttemptAt: addMs(now, RECHECK_MS) };
  return { ...newInstallation(connector, now), ...times, state: 'installed', attempts: 1, isAnnounced: true };
}

function recordsIn(
  ports: ScenePorts,
  clock: HeldClock,
): Pick<DiscoveryScene, 'connect' | 'remember' | 'state' | 'begin' | 'changeRun' | 'keyOf'> {
  const { connectors, ids, runs } = ports;

  async function connect(settings: Partial<ConnectorSettings> = {}): Promise<Connector> {
    const kept = await connectors.get(organization);
    const known = kept?.value ?? { ...defaultConnectorSettings, organization, generation: 1, createdAt: clock.now() };
    const connector: Connector = { ...known, ...settings, changedAt: clock.now(), changedBy: userId(0) };
    await (kept ? connectors.change(connector, kept.version) : connectors.add(connector));
    if (!kept) await ports.installations.add(installed(connector, clock.now()));
    return connector;
  }

  async function endRunning(kind: RunKind): Promise<void> {
    const id = await runs.running(organization, kind);
    const kept = id === undefined ? undefined : await runs.get(organization, id);
    if (kept) await runs.end({ ...kept.value, state: 'completed', endedAt: clock.now() }, kept.version);
  }

  return {
    connect,
    async remember(state) {
      const kept = await connectors.discoveryState(organization);
      await connectors.keepDiscoveryState(organization, state, kept?.version);
    },
    async state() {
      return (await connectors.discoveryState(organization))?.value;
    },
    async begin(kind = 'full') {
      const connector = (await connectors.get(organization))?.value ?? (await connect());
      const startedAt = clock.now();
      const run: Run = {
        id: runIdOf(startedAt, ids.next().replaceAll('-', '').slice(-12)),
        organization,
        kind,
        state: 'running',
        startedAt,
        startedBy: 'schedule',
        counts: noCounts,
        completeness: 0,
        restarts: 0,
        generation: connector.generation,
        wakesAt: addMs(startedAt, 120_000),
      };
      await endRunning(kind);
      const { kind: outcome } = await runs.begin(run);
      if (outcome !== 'begun') throw new Error(`The run did not begin: ${outcome}.`);
      return { organization, run: run.id, instance: instanceOfRun(run) };
    },
    async changeRun(task, change) {
      const kept = await runs.get(organization, task.run);
      if (!kept) throw new Error(`There is no run ${task.run}.`);
      await runs.save({ ...kept.value, ...change }, kept.version);
    },
    keyOf: (task) => ({ organization, runId: task.run }),
  };
}
