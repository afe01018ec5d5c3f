// App settings of a local run. They come from here, so that nobody has to copy a file; a local.settings.json in the root, when there is one, wins.
import { readLocalSettings } from '../host/host-config.ts';

export interface LocalRun {
  /** Of the storage emulator that was started for this run. */
  readonly storageConnection: string;
  /** What leads the app to the simulated tenant of this run. */
  readonly tenant: Readonly<Record<string, string>>;
}

/** Where the key that signs the audit is kept, below the data of the run. */
export const AUDIT_KEY_FILE = 'audit-key.json';

/** A copied sample names the storage emulator by its usual ports: what is meant is the one of this run. */
const ANY_EMULATOR = 'UseDevelopmentStorage=true';

/** Who sets one of these means a real organization; half of its settings and half of the tenant's would reach neither. */
const OWN_ORGANIZATION = ['CONNECTOR_CLIENT_ID', 'CONNECTOR_CREDENTIAL_NAME', 'EXCHANGE_ENDPOINT'];

/** What stands in local.settings.json; a setting without a value is not set. */
function ownSettings(root: string): Record<string, string> {
  const own = Object.fromEntries(Object.entries(readLocalSettings(root)).filter(([, value]) => value !== ''));
  if (own['AzureWebJobsStorage'] === ANY_EMULATOR) delete own['AzureWebJobsStorage'];
  return own;
}

/** The settings of this run, by name. */
export function localSettings(root: string, run: LocalRun): Record<string, string> {
  const own = ownSettings(root);
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    AzureWebJobsStorage: run.storageConnection,
    TASK_HUB: 'ExchangeConnector',
    ...(OWN_ORGANIZATION.some((name) => own[name] !== undefined) ? {} : run.tenant),
    ...own,
  };
}
