// Every app setting, read, checked and frozen. The only reader of the environment; setting-tables.ts says what each may hold.
// What happens when settings are wrong is decided in app.ts (docs/decisions/0006-settings-failures.md).
import * as z from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { AppError } from './domain/errors.ts';
import {
  checkCredential,
  connectionShape,
  deploymentShape,
  namesAuditKey,
  namesStorage,
  settingDescriptions,
  storageShape,
} from './setting-tables.ts';
import type { SettingDescription } from './setting-tables.ts';

/** The settings of a connection alone, for a program that has no task hub. */
export const ConnectionSettings = z.object(connectionShape).check(checkCredential);
export type ConnectionSettings = Readonly<z.infer<typeof ConnectionSettings>>;

/** The settings of this app. A schema with a default or `optional` may be absent, every other one is required. */
export const AppSettings = z
  .object({
    // The form that Azure Storage allows: https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-task-hubs
    TASK_HUB: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9]{2,44}$/)
      .register(settingDescriptions, {
        what: 'Name of the durable task hub, which holds all running work; under a new name none of it is found.',
        expected: '3 to 45 letters and digits, a letter first',
        example: 'ExchangeConnector',
      }),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').register(settingDescriptions, {
      what: 'The least level of the log entries that this app writes; host.json can drop more, never add any.',
      expected: 'debug, info, warn or error',
      example: 'info',
    }),
    BUILD_COMMIT: z
      .string()
      .regex(/^[0-9a-f]{7,40}$/i)
      .optional()
      .register(settingDescriptions, {
        what: 'The commit that the deployed bundle was built from; /api/health shows it after the version.',
        expected: '7 to 40 hexadecimal digits',
        example: '',
      }),
    ...storageShape,
    ...deploymentShape,
    ...connectionShape,
  })
  .check(checkCredential)
  .refine(namesStorage, {
    path: ['AzureWebJobsStorage'],
    error: 'needed unless AzureWebJobsStorage__accountName is set, or the addresses of the table and the blob service',
    // Also beside other faults: all are named at once.
    when: () => true,
  })
  .refine(namesAuditKey, { path: ['AUDIT_KEY'], error: 'needed unless AUDIT_KEY_FILE is set', when: () => true });

/** The settings that only the Functions host reads, listed here so that one place names them all. */
export const HOST_SETTINGS: Readonly<Record<string, SettingDescription>> = {
  FUNCTIONS_WORKER_RUNTIME: {
    what: 'The language of this app, for the Functions host. In Azure the plan sets it.',
    expected: 'node',
    example: 'node',
  },
  AzureWebJobsStorage__credential: {
    what: 'How the Functions host signs in to storage without a key, beside AzureWebJobsStorage__clientId.',
    expected: 'managedidentity',
    example: '',
  },
  AzureWebJobsStorage__queueServiceUri: {
    what: 'Address of the queue service, for the Functions host, where the other two are set as well.',
    expected: 'an https address without a path',
    example: '',
  },
};

/** This app's settings, checked and frozen, under the names they have outside. */
export type Settings = Readonly<z.infer<typeof AppSettings>>;

/** What an absent setting means: `required`, `may be left out` or `default info`. */
export function absenceOf(schema: z.core.$ZodType): string {
  const absent = z.safeParse(schema, undefined);
  if (!absent.success) return 'required';
  if (absent.data === undefined) return 'may be left out';
  return `default ${typeof absent.data === 'string' ? absent.data : JSON.stringify(absent.data)}`;
}

function problemOf(name: string, schema: z.core.$ZodType, text: string | undefined, need = absenceOf(schema)): string {
  const { expected = '', example = '', isSecret } = settingDescriptions.get(schema) ?? {};
  const fault =
    text === undefined ? 'is missing' : `has ${isSecret ? 'a wrong value (not shown)' : `the wrong value '${text.slice(0, 100)}'`}`;
  const hints = [
    `expected ${expected}`,
    need,
    ...(example === '' ? [] : [`example ${example}`]),
    // App Service hands over the reference itself when it could not follow it:
    // https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
    ...(text?.startsWith('@Microsoft.KeyVault(')
      ? ['the Key Vault reference was not followed: check vault, secret and access of the app']
      : []),
  ];
  return `${name} ${fault}: ${hints.join('; ')}.`;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The values that `table` finds in `environment`, frozen; throws one `settings.invalid` error that lists everything missing or wrong. */
export function parseSettings<T extends z.ZodObject>(table: T, environment: Environment): Readonly<z.infer<T>> {
  // An app setting without a value arrives as an empty text: both mean "not set".
  const isSet = ([name, text]: [string, string | undefined]): boolean => Object.hasOwn(table.shape, name) && Boolean(text);
  const texts = Object.fromEntries(Object.entries(environment).filter(isSet));
  const parsed = table.safeParse(texts);
  if (parsed.success) return Object.freeze(parsed.data);
  const issues = new Map(parsed.error.issues.map((issue) => [String(issue.path[0]), issue]));
  const problems = Object.entries<z.core.$ZodType>(table.shape).flatMap(([name, schema]) => {
    const issue = issues.get(name);
    if (!issue) return [];
    // A setting that is absent and may be, unless another one needs it.
    const isNeeded = issue.code === 'custom' && texts[name] === undefined;
    return [problemOf(name, schema, texts[name], isNeeded ? issue.message : undefined)];
  });
  throw new AppError('settings.invalid', { problems: problems.join('\n') });
}

/** The settings in the environment of this process, or the error of parseSettings. */
export function readSettings(): Settings {
  return parseSettings(AppSettings, process.env);
}

/** The settings of a connection in the environment of this process, or the error of parseSettings. */
export function readConnectionSettings(): ConnectionSettings {
  return parseSettings(ConnectionSettings, process.env);
}

/** The value of a setting that a credential names; undefined when it is not set, and for every other setting. */
export function readCredentialSetting(name: string): string | undefined {
  return /^CONNECTOR_(?:CERTIFICATE|SECRET|TOKEN_FILE)_/.test(name) ? process.env[name] : undefined;
}

/** The version of this package, with the commit it was built from where that is known: `0.1.0` or `0.1.0+1a2b3c4`. */
export function versionText(commit?: string): string {
  return commit === undefined ? packageJson.version : `${packageJson.version}+${commit.slice(0, 7)}`;
}
