// What `npm start` runs, in order: the data folder, the bundle, the storage, the simulated tenant, the function app on the local host. Each needs
// those before it.
import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { startAzurite, type Azurite } from './azurite.ts';
import { buildBundle, watchBundle, type BundleWatch } from './bundle.ts';
import { takeLock, type DataLock } from '../data-lock.ts';
import { createHostService, type HostService } from './host-service.ts';
import type { LaunchOptions } from './launch-options.ts';
import { AUDIT_KEY_FILE, localSettings } from './local-settings.ts';
import { startServices, type Service } from './services.ts';
import { startTenantProcess, type TenantProcess } from './tenant-service.ts';
import { tenantSettings, type TenantOrganization } from './tenant-settings.ts';

export interface LaunchNeeds {
  /** The project's folder; data goes to `.local` in it. */
  readonly root: string;
  /** The script of the Functions host. */
  readonly hostEntry: string;
  readonly print: (text: string) => void;
  readonly useColor: boolean;
  /** Set to give up a start under way. */
  readonly cancelled: AbortSignal;
}

export interface Launched {
  readonly port: number;
  readonly dataDirectory: string;
  readonly storagePorts: Azurite['ports'];
  /** The organization that the app serves, in the simulated tenant. */
  readonly organization: TenantOrganization & TenantProcess['census'];
  /** How the simulated tenant is reached. */
  readonly connection: TenantProcess['connection'];
  /** Resolves with the reason when a service that the others need has ended for good. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

/** A launcher that was killed leaves services that save and end by themselves: wait for them. */
const LEFTOVER_WAIT_MS = 15_000;
const LOCK_FILE = 'launcher.lock';
const HOST_LOG = 'host.log';

/** What the services of one launch know of each other. */
interface Launch {
  readonly options: LaunchOptions;
  readonly needs: LaunchNeeds;
  readonly dataDirectory: string;
  readonly fail: (reason: string) => void;
  lock?: DataLock;
  azurite?: Azurite;
  tenant?: TenantProcess;
  host?: HostService;
}

async function emptyFolder(dataDirectory: string): Promise<void> {
  const locks = [
    await takeLock(join(dataDirectory, 'azurite', 'azurite.lock'), `The storage in ${dataDirectory}`, LEFTOVER_WAIT_MS),
    await takeLock(join(dataDirectory, 'tenant', 'tenant.lock'), `The simulated tenant in ${dataDirectory}`, LEFTOVER_WAIT_MS),
  ];
  for (const entry of readdirSync(dataDirectory)) {
    if (entry !== LOCK_FILE) rmSync(join(dataDirectory, entry), { recursive: true, force: true });
  }
  for (const lock of locks) lock.release();
}

function dataFolder(launch: Launch): Service {
  const { dataDirectory, options, needs } = launch;
  return {
    name: 'the data folder',
    async start() {
      mkdirSync(dataDirectory, { recursive: true });
      const lock = await takeLock(join(dataDirectory, LOCK_FILE), `The Exchange Connector in ${needs.root}`);
      launch.lock = lock;
      rmSync(join(dataDirectory, HOST_LOG), { force: true });
      if (!options.reset) return;
      try {
        await emptyFolder(dataDirectory);
      } catch (error) {
        lock.release();
        throw error;
      }
    },
    stop() {
      launch.lock?.release();
      return Promise.resolve();
    },
  };
}

function bundle(launch: Launch): Service {
  const { needs, options } = launch;
  let watch: BundleWatch | undefined;
  return {
    name: 'the build',
    async start() {
      if (options.watch) watch = await watchBundle(needs.root, () => launch.host?.restart());
      else await buildBundle(needs.root);
    },
    async stop() {
      await watch?.stop();
    },
  };
}

function storage(launch: Launch): Service {
  return {
    name: 'the storage',
    async start() {
      launch.azurite = await startAzurite({
        dataDirectory: join(launch.dataDirectory, 'azurite'),
        lockWaitMs: LEFTOVER_WAIT_MS,
        onExit: (how) => launch.fail(`The storage (Azurite) ended by itself: ${how}. Nothing works without it; run npm start again.`),
      });
    },
    async stop() {
      await launch.azurite?.stop();
    },
  };
}

function simulatedTenant(launch: Launch): Service {
  const { options, needs, dataDirectory, fail } = launch;
  return {
    name: 'the simulated tenant',
    async start() {
      launch.tenant = await startTenantProcess({
        dataDirectory: join(dataDirectory, 'tenant'),
        choices: options,
        onLine: needs.print,
        onExit: (how) =>
          fail(`The simulated tenant ended by itself: ${how}. The app reaches no organization without it; run npm start again.`),
      });
    },
    async stop() {
      await launch.tenant?.stop();
    },
  };
}

function tenantOf({ tenant }: Launch): TenantProcess {
  if (!tenant) throw new Error('The simulated tenant has not been started.');
  return tenant;
}

/** The first organization: the one whose people sign in. */
function organizationOf(launch: Launch): Launched['organization'] {
  const { connection, census } = tenantOf(launch);
  const [first] = connection.organizations;
  if (!first) throw new Error('The simulated tenant has no organization. Start with --reset.');
  return { ...first, ...census };
}

/** The settings that lead the app to the tenant. */
function settingsOf(launch: Launch): Record<string, string> {
  return launch.tenant ? tenantSettings(launch.tenant.connection, organizationOf(launch)) : {};
}

/** What the host says goes to a file; people see it too when they work on the code or when it is a fault. */
function hostLog({ options, needs, dataDirectory }: Launch): (line: string) => void {
  return (line) => {
    appendFileSync(join(dataDirectory, HOST_LOG), `${stripVTControlCharacters(line)}\n`);
    if (options.watch || options.verbose || isFault(line)) needs.print(line);
  };
}

/** How the host lists its functions and says that it runs. */
const USUAL_LINE = /^(?:\s|$|Functions:|Host started|Azure Functions local host)/;

/** An entry of the app that somebody has to act on, or what the host says beside the course of its functions. */
function isFault(line: string): boolean {
  return line.startsWith('[') ? line.includes('"level":"error"') || line.includes('(Failed') : !USUAL_LINE.test(line);
}

function functionApp(launch: Launch): HostService {
  const { needs, options, dataDirectory, fail } = launch;
  return createHostService({
    entry: needs.hostEntry,
    appDirectory: needs.root,
    dataDirectory: join(dataDirectory, 'host'),
    get tenantId() {
      return organizationOf(launch).tenantId;
    },
    wantedPort: options.port,
    portWaitMs: () => (launch.lock?.wasLeftBehind ? LEFTOVER_WAIT_MS : 0),
    environment: () => ({
      ...process.env,
      AUDIT_KEY_FILE: join(dataDirectory, AUDIT_KEY_FILE),
      ...localSettings(needs.root, { storageConnection: launch.azurite?.connectionString ?? '', tenant: settingsOf(launch) }),
      ...(needs.useColor ? { FORCE_COLOR: '1' } : {}),
    }),
    print: hostLog(launch),
    onFailure: fail,
    cancelled: needs.cancelled,
  });
}

/** Starts everything; ready when this answers. */
export async function launchAll(options: LaunchOptions, needs: LaunchNeeds): Promise<Launched> {
  const failed = Promise.withResolvers<string>();
  const launch: Launch = { options, needs, dataDirectory: join(needs.root, '.local'), fail: failed.resolve };
  const host = functionApp(launch);
  launch.host = host;
  const services = await startServices(
    [dataFolder(launch), bundle(launch), storage(launch), simulatedTenant(launch), host],
    needs.cancelled,
  );
  return {
    port: host.port,
    dataDirectory: launch.dataDirectory,
    storagePorts: launch.azurite?.ports ?? { blob: 0, queue: 0, table: 0 },
    organization: organizationOf(launch),
    connection: tenantOf(launch).connection,
    failed: failed.promise,
    stop: () => services.stop(),
  };
}
