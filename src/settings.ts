// Every app setting: what it is for, what it may hold, its default. The only reader of the environment.
// It checks and freezes; what happens when settings are wrong is decided in app.ts (docs/decisions/0006-settings-failures.md).
import * as z from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { AppError } from './domain/errors.ts';

/** What an operator needs to know about a setting; local.settings.sample.json shows it beside the example. */
export interface SettingDescription {
  /** What it is for, in one sentence. */
  readonly what: string;
  /** What it may hold, in words. */
  readonly expected: string;
  /** A value to copy; empty where a setting is best left out. */
  readonly example: string;
  /** The value is never printed. */
  readonly isSecret?: true;
}

/** The description of each schema in a table of settings. */
export const settingDescriptions = z.registry<SettingDescription>();

/** The settings of this app. A schema with a default or `optional` may be absent, every other one is required. */
export const AppSettings = z.object({
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
});

/** The settings that only the Functions host reads, listed here so that one place names them all. */
export const HOST_SETTINGS: Readonly<Record<string, SettingDescription>> = {
  AzureWebJobsStorage: {
    what: 'Storage of the Functions host and of the task hub. In Azure set AzureWebJobsStorage__accountName instead, which needs no key.',
    expected: 'a connection string',
    example: 'UseDevelopmentStorage=true',
    isSecret: true,
  },
  FUNCTIONS_WORKER_RUNTIME: {
    what: 'The language of this app, for the Functions host. In Azure the plan sets it.',
    expected: 'node',
    example: 'node',
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

function problemOf(name: string, schema: z.core.$ZodType, text: string | undefined): string {
  const { expected = '', example = '', isSecret } = settingDescriptions.get(schema) ?? {};
  const fault =
    text === undefined ? 'is missing' : `has ${isSecret ? 'a wrong value (not shown)' : `the wrong value '${text.slice(0, 100)}'`}`;
  const hints = [
    `expected ${expected}`,
    absenceOf(schema),
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
  const names = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
  const problems = Object.entries<z.core.$ZodType>(table.shape)
    .filter(([name]) => names.has(name))
    .map(([name, schema]) => problemOf(name, schema, texts[name]));
  throw new AppError('settings.invalid', { problems: problems.join('\n') });
}

/** The settings in the environment of this process, or the error of parseSettings. */
export function readSettings(): Settings {
  return parseSettings(AppSettings, process.env);
}

/** The version of this package, with the commit it was built from where that is known: `0.1.0` or `0.1.0+1a2b3c4`. */
export function versionText(commit?: string): string {
  return commit === undefined ? packageJson.version : `${packageJson.version}+${commit.slice(0, 7)}`;
}
