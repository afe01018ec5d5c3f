// One tenant with its state in a folder: opened, served, stopped in order. Killed at any moment, it loses nothing it has answered for.
// Files: tenant.json (what it was made of), journal.jsonl (what changed), clock.json, state.json (faults, switches, load),
// connection.json (where it listens and the keys to it), and Entra's keys and certificates.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../data-lock.ts';
import { createAuthority } from './entra/authority.ts';
import { IDENTITY_PATH } from './entra/entra-routes.ts';
import { createTokenKeys } from './entra/token-keys.ts';
import { openKeptClock } from './server/kept-clock.ts';
import { readKeptJson, writeKeptJson } from './server/kept-json.ts';
import { createTenantServer } from './server/tenant-server.ts';
import { createTenant, freshState, type Tenant, type TenantState } from './tenant.ts';
import type { TenantOptions } from './tenant-options.ts';
import { openFileJournal } from './world/journal.ts';
import { World } from './world/world.ts';

/** What makes a tenant the same tenant: fixed when its folder is made. */
interface Making {
  readonly version: 1;
  readonly seed: string;
  readonly startMs: number;
  readonly mailboxes: number;
  readonly organizations: readonly string[];
  readonly churnPerDay: number;
}

/** What others need to reach a running tenant; connection.json holds it. */
export interface Connection {
  readonly origin: string;
  readonly pid: number;
  readonly controlKey: string;
  /** Settings for the app: where managed identities get tokens, and what proves that they may. */
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  /** The authority to trust, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  readonly organizations: readonly {
    readonly tenantId: string;
    readonly displayName: string;
    readonly domain: string;
    readonly clientId: string;
  }[];
}

export interface RunningTenant {
  readonly connection: Connection;
  readonly tenant: Tenant;
  stop(): Promise<void>;
}

/** The file that names a running tenant. */
export const CONNECTION_FILE = 'connection.json';

/** An earlier tenant may still be ending. */
const LOCK_WAIT_MS = 2500;

/** Starts the tenant of `options.data`; a folder of another seed or size is an error that names the difference. */
export async function startTenant(options: TenantOptions, onError: (error: unknown, request: string) => void): Promise<RunningTenant> {
  mkdirSync(options.data, { recursive: true });
  const file = (name: string): string => join(options.data, name);
  const lock = await takeLock(file('tenant.lock'), `The simulated tenant in ${options.data}`, LOCK_WAIT_MS);
  try {
    const making = readMaking(file('tenant.json'), options);
    const clock = openKeptClock(file('clock.json'), { startMs: making.startMs, speed: options.speed ?? 1, held: options.held });
    if (options.held) clock.hold();
    else if (options.speed !== undefined) clock.run(options.speed);
    const journal = openFileJournal(file('journal.jsonl'));
    const world = new World({ ...making, organizations: organizationsOf(making), clock, journal });
    const authority = await createAuthority(options.data);
    const keys = await createTokenKeys(options.data);
    const secrets = readSecrets(file('secrets.json'));
    const state = stateOf(file('state.json'), options);
    const onState = (next: TenantState): void => writeKeptJson(file('state.json'), next);
    const tenant = createTenant({ world, keys, ...secrets, audiences: options.audiences, state, onState });
    const server = createTenantServer({ ...authority, routes: tenant.routes, onError });
    await server.start(options.port);
    const connection = connectionOf(world, server.origin, secrets, authority.caFile);
    writeKeptJson(file(CONNECTION_FILE), connection);
    return {
      connection,
      tenant,
      async stop() {
        rmSync(file(CONNECTION_FILE), { force: true });
        await server.stop();
        clock.settle();
        journal.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function readMaking(path: string, options: TenantOptions): Making {
  const { seed, mailboxes, organizations, churnPerDay, start } = options;
  const wanted = { seed, mailboxes, organizations, churnPerDay };
  const kept = readKeptJson(path) as Making | undefined;
  if (!kept) {
    const startMs = start === undefined ? Math.floor(Date.now() / 1000) * 1000 : Date.parse(start);
    const making: Making = { version: 1, startMs, ...wanted };
    writeKeptJson(path, making);
    return making;
  }
  const wrong = Object.entries(wanted).find(([name, value]) => JSON.stringify(kept[name as keyof Making]) !== JSON.stringify(value));
  if (wrong) {
    const [name, value] = wrong;
    const was = JSON.stringify(kept[name as keyof Making]);
    throw new Error(
      `${path} was made with ${name} ${was}, not ${JSON.stringify(value)}. Start with --reset, or ask for what it was made with.`,
    );
  }
  return kept;
}

function organizationsOf({ organizations, mailboxes }: Making): { name: string; mailboxes: number; hasSignInPeople: boolean }[] {
  return organizations.map((name, position) => ({
    name,
    mailboxes: position === 0 ? mailboxes : Math.max(1, Math.ceil(mailboxes / 10)),
    hasSignInPeople: position === 0,
  }));
}

/** Keys are made once, so that an app that was started before a restart goes on working. */
function readSecrets(path: string): { controlKey: string; identityHeader: string } {
  const kept = readKeptJson(path) as { controlKey: string; identityHeader: string } | undefined;
  if (kept) return kept;
  const made = { controlKey: randomBytes(24).toString('base64url'), identityHeader: randomBytes(24).toString('base64url') };
  writeKeptJson(path, made);
  return made;
}

function stateOf(path: string, { latencyMs }: TenantOptions): TenantState {
  const kept = (readKeptJson(path) as TenantState | undefined) ?? freshState();
  return latencyMs === undefined ? kept : { ...kept, load: { ...kept.load, requestMs: latencyMs / 4, mailboxMs: latencyMs * 0.75 } };
}

function connectionOf(world: World, origin: string, secrets: ReturnType<typeof readSecrets>, caFile: string): Connection {
  const organizations = world.organizations().map(({ organization, directory }) => {
    const [application] = directory.applications();
    const { tenantId, displayName, domain } = organization;
    return { tenantId, displayName, domain, clientId: application?.appId ?? '' };
  });
  return { origin, pid: process.pid, ...secrets, identityEndpoint: `${origin}${IDENTITY_PATH}`, caFile, organizations };
}
