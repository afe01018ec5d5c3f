// The app's settings, as the platform would hand them to the worker: local.settings.json, the environment, and the platform's own variables.
import { randomUUID } from 'node:crypto';
import { readLocalSettings } from './host-config.ts';

/** Settings the platform adds to every app. */
function platformSettings(port: number, hasAuth: boolean): Record<string, string> {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    FUNCTIONS_EXTENSION_VERSION: '~4',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    WEBSITE_HOSTNAME: `localhost:${port}`,
    WEBSITE_INSTANCE_ID: randomUUID().replaceAll('-', ''),
    ...(hasAuth ? { WEBSITE_AUTH_ENABLED: 'True' } : {}),
  };
}

export interface SettingsSource {
  appDirectory: string;
  /** Given by whoever starts the host; they win over the environment. */
  settings?: Readonly<Record<string, string>>;
  hasAuth: boolean;
  port: number;
}

/** All settings; the platform's variables win over everything. */
export function readAppSettings({ appDirectory, settings, hasAuth, port }: SettingsSource): Record<string, string> {
  const environment = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return {
    ...readLocalSettings(appDirectory),
    ...environment,
    ...settings,
    ...platformSettings(port, hasAuth),
  };
}
