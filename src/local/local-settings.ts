// App settings of a local run. They come from here, so that nobody has to copy a file; a local.settings.json in the root, when there is one, wins.
import { readLocalSettings } from './host/host-config.ts';

export interface LocalRun {
  /** Of the storage emulator that was started for this run. */
  readonly storageConnection: string;
}

/** A copied sample names the storage emulator by its usual ports: what is meant is the one of this run. */
const ANY_EMULATOR = 'UseDevelopmentStorage=true';

/** The settings of this run, by name. */
export function localSettings(root: string, run: LocalRun): Record<string, string> {
  const own = readLocalSettings(root);
  if (own['AzureWebJobsStorage'] === ANY_EMULATOR) delete own['AzureWebJobsStorage'];
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    AzureWebJobsStorage: run.storageConnection,
    TASK_HUB: 'ExchangeConnector',
    ...own,
  };
}
