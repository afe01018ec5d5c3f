// The composition root: reads the settings once and builds the ports from them. Nothing else chooses an implementation.
// Wrong settings do not stop the app from loading; it then serves health only (docs/decisions/0006-settings-failures.md).
import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { sha256 } from './adapters/audit/digest.ts';
import { createKeyFile } from './adapters/audit/key-file.ts';
import { createRefusals } from './adapters/audit/refusals.ts';
import { createVaultKey } from './adapters/audit/vault-key.ts';
import { createCronerTimetable } from './adapters/croner-timetable.ts';
import { createDurableWorkflows } from './adapters/durable/durable-workflows.ts';
import { createSeals } from './adapters/http/seals.ts';
import { createCallers } from './adapters/identity/caller.ts';
import { createMemberships } from './adapters/identity/memberships.ts';
import { createInvocationLog } from './adapters/logging/invocation-log.ts';
import { jsonLog, standardError } from './adapters/logging/json-log.ts';
import { randomIds } from './adapters/random-ids.ts';
import { systemClock } from './adapters/system-clock.ts';
import { endpointsIn } from './connection.ts';
import { createConnections } from './connections.ts';
import { KEEP_AUDIT_DAYS } from './domain/audit.ts';
import type { AuditKey } from './domain/audit-port.ts';
import type { Callers } from './domain/caller.ts';
import { AppError, toAppError } from './domain/errors.ts';
import type { ConnectorStore } from './domain/connector-store-port.ts';
import type { Log, Ports } from './domain/ports.ts';
import { createKnownTenants } from './known-tenants.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { openStorage, ownIdentity } from './storage.ts';

/** How the app came up: with its settings, or with the error that lists what is wrong with them. */
export type StartState = { readonly isReady: true; readonly settings: Settings } | { readonly isReady: false; readonly reason: AppError };

/** The ports that all invocations share. */
type SharedPorts = Omit<Ports, 'log' | 'workflows'>;

const invocations = createInvocationLog(jsonLog(standardError, 'info'));
let state: StartState | undefined;
let shared: SharedPorts | undefined;

function start(): StartState {
  try {
    return { isReady: true, settings: readSettings() };
  } catch (thrown) {
    const reason = toAppError(thrown);
    jsonLog(standardError, 'info').error('app.not-ready', { error: reason });
    return { isReady: false, reason };
  }
}

/** The state of this app; the first call reads the settings and, when they are wrong, says so on standard error. */
export function startState(): StartState {
  state ??= start();
  return state;
}

/** For how many days the audit is kept. */
export function auditKeepDays(): number {
  const current = startState();
  return current.isReady ? current.settings.AUDIT_KEEP_DAYS : KEEP_AUDIT_DAYS;
}

/** The ports for one invocation, whose log is bound to it; `client` is asked for the task hub when that is first used. Never throws. */
export function portsFor(context: InvocationContext, client: () => DurableClient = noClient): Ports {
  const current = startState();
  const fields = { function: context.functionName, invocationId: context.invocationId };
  const log = jsonLog(context, current.isReady ? current.settings.LOG_LEVEL : 'info', fields);
  invocations.enter(log);
  if (current.isReady) shared ??= build(current.settings);
  return { ...(shared ?? withoutSettings), log, workflows: createDurableWorkflows(client) };
}

function noClient(): never {
  throw new AppError('internal', { problem: 'this function is registered without a client of the task hub' });
}

/** Until the settings are right, there is the time and nothing else: functions that need more are not registered then. */
// oxlint-disable-next-line no-unsafe-type-assertion -- see above
const withoutSettings = { clock: systemClock, ids: randomIds } as SharedPorts;

/** Builds everything and sends nothing: clients connect when they are first used. */
function build(settings: Settings): SharedPorts {
  const base = { clock: systemClock, ids: randomIds, log: invocations.log };
  const { sharedKey, ...stores } = openStorage(settings, base);
  const connections = createConnections(settings, base);
  const { HOME_TENANT_ID: homeTenantId, FIRST_ADMINISTRATOR: firstAdministrator } = settings;
  return {
    clock: systemClock,
    ids: randomIds,
    timetable: createCronerTimetable(),
    callers: callersOf(settings, { ...base, connectors: stores.connectors }),
    deployment: { ...(homeTenantId !== undefined && { homeTenantId }), ...(firstAdministrator !== undefined && { firstAdministrator }) },
    seals: createSeals(() => sharedKey('seals')),
    connections,
    memberships: createMemberships({ ...base, connections, connectors: stores.connectors }),
    digest: sha256,
    auditKey: auditKeyOf(settings),
    refusals: createRefusals({ ...base, outbox: stores.auditOutbox }),
    ...stores,
  };
}

function callersOf(settings: Settings, needs: { connectors: ConnectorStore; log: Log; clock: Ports['clock'] }): Callers {
  const tenants = createKnownTenants(needs, settings.HOME_TENANT_ID);
  const callers = createCallers({
    audiences: settings.API_AUDIENCES ?? [],
    isAllowedTenant: (tenantId) => tenants.has(tenantId),
    authority: endpointsIn(settings, settings.CONNECTOR_CLOUD).authority,
    isPlatformSignInOn: settings.WEBSITE_AUTH_ENABLED?.toLowerCase() === 'true',
    clock: needs.clock,
    log: needs.log,
  });
  return {
    async identify(headers) {
      await tenants.refresh();
      return callers.identify(headers);
    },
  };
}

function auditKeyOf(settings: Settings): AuditKey {
  const { AUDIT_KEY: keyUrl, AUDIT_KEY_FILE: path } = settings;
  if (keyUrl !== undefined) return createVaultKey({ keyUrl, credential: ownIdentity(settings) });
  if (path !== undefined) return createKeyFile(path, { isMade: true });
  const missing = async (): Promise<never> => {
    throw new AppError('audit.key-invalid', { problem: 'neither AUDIT_KEY nor AUDIT_KEY_FILE is set' });
  };
  return { sign: missing, verify: missing };
}
