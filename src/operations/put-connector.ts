// Adds or changes the connector of an organization. The settings were checked where they came in; adding one begins its installation, which
// finds out whether the connector works and then begins the first full run.
import type { AuditEntry } from '../domain/audit.ts';
import type { Caller } from '../domain/caller.ts';
import { changedSettings } from '../domain/changed-settings.ts';
import type { Connector, ConnectorSettings } from '../domain/connector.ts';
import { AppError } from '../domain/errors.ts';
import { isCheckAffected } from '../domain/installation.ts';
import type { Installation } from '../domain/installation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { requireMatch, requireNew } from '../domain/precondition.ts';
import type { Precondition } from '../domain/precondition.ts';
import type { Versioned } from '../domain/store-page.ts';
import { askForCheck } from './ask-for-check.ts';
import { beginInstallation } from './begin-installation.ts';
import { endInstallation } from './end-installation.ts';
import { entriesFor } from './entries-for.ts';
import { reserveInstallation } from './reserve-installation.ts';
import { retryStale } from './retry-stale.ts';

type Needs = Pick<Ports, 'connectors' | 'installations' | 'statusMessages' | 'runs' | 'workflows' | 'clock' | 'ids' | 'log'>;

/** What somebody wants the connector to be. */
export interface ConnectorAsk {
  readonly organization: OrganizationId;
  readonly settings: ConnectorSettings;
  readonly caller: Caller;
  readonly precondition: Precondition;
}

export interface PutConnector extends Versioned<Connector> {
  readonly isNew: boolean;
}

/** Keeps the connector; refuses a change that does not name the present version and a second connector. */
export async function putConnector(needs: Needs, ask: ConnectorAsk): Promise<PutConnector> {
  return retryStale(ask.precondition, async () => {
    const current = await needs.connectors.get(ask.organization);
    return current ? change(needs, ask, current) : add(needs, ask);
  });
}

async function change(needs: Needs, ask: ConnectorAsk, current: Versioned<Connector>): Promise<PutConnector> {
  const { connectors, clock } = needs;
  requireMatch(ask.precondition, current.version);
  const { organization, generation, createdAt } = current.value;
  const changed = { changedAt: clock.now(), changedBy: ask.caller.objectId };
  const value: Connector = { ...ask.settings, organization, generation, createdAt, ...changed };
  const details = { changed: changedSettings(current.value, value), generation };
  const entries = entriesFor(needs, ask, { type: 'connector.changed', subject: organization, details });
  const version = await connectors.change(value, current.version, entries);
  if (isCheckAffected(current.value, value)) await checkAgain(needs, value);
  return { value, version, isNew: false };
}

async function checkAgain(needs: Needs, connector: Connector): Promise<void> {
  try {
    await askForCheck(needs, connector, { by: 'change' });
  } catch (error) {
    // The change is kept, so its caller has to hear that; the daily check finds out as well.
    needs.log.warn('connector.check-not-asked', { organization: connector.organization, error });
  }
}

async function add(needs: Needs, ask: ConnectorAsk): Promise<PutConnector> {
  const { organization, settings, caller, precondition } = ask;
  requireNew(precondition);
  const now = needs.clock.now();
  const installation = await reserveInstallation(needs, organization, caller.objectId);
  const { generation } = installation;
  const value: Connector = { ...settings, organization, generation, createdAt: now, changedAt: now, changedBy: caller.objectId };
  const details = { generation, cloud: value.cloud, credential: value.credential.kind };
  const entries = entriesFor(needs, ask, { type: 'connector.created', subject: organization, details });
  const version = await insert(needs, value, installation, entries);
  await beginInstallation(needs, installation);
  return { value, version, isNew: true };
}

async function insert(needs: Needs, connector: Connector, installation: Installation, entries: readonly AuditEntry[]): Promise<string> {
  try {
    return await needs.connectors.add(connector, entries);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'store.exists') throw error;
    await endInstallation(needs, installation, 'connector-not-added');
    throw new AppError('connector.exists', {}, { cause: error });
  }
}
