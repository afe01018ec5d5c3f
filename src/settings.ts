// Every app setting: what it is for, what it may hold, its default. The only reader of the environment.
// It checks and freezes; what happens when settings are wrong is decided in app.ts (docs/decisions/0006-settings-failures.md).
import * as z from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { settingOf } from './domain/credential.ts';
import type { Credential } from './domain/credential.ts';
import { isGuid } from './domain/device-identity.ts';
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

const Guid = z.string().refine(isGuid).toLowerCase();

/** Part of the names of the settings that hold credentials. */
const CredentialName = z.string().refine((name) => settingOf({ kind: 'secret', clientId: '', name }) !== undefined);

/** Tokens are sent to these addresses: https only, and nothing but a host. */
const Endpoint = z
  .string()
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.protocol === 'https:' && `${url.origin}/` === url.href;
  })
  .transform((text) => new URL(text).origin);

// As Exchange's own hosts are listed in domain/cloud.ts: a leading dot stands for the hosts below, a port only behind a whole name.
const HOSTS = /^(?:\.[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?)$/;

const Hosts = z
  .string()
  .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
  .refine((hosts) => hosts.every((host) => HOSTS.test(host)));

/** What a connector needs to reach its organization. Each may be left out: then it is the function app's own identity in Microsoft's worldwide cloud. */
const connectionShape = {
  CONNECTOR_CLOUD: z.enum(['global', 'usgov', 'usgovdod', 'china']).default('global').register(settingDescriptions, {
    what: 'The Microsoft cloud of the organization: worldwide with GCC, GCC High, DoD, or the one that 21Vianet operates.',
    expected: 'global, usgov, usgovdod or china',
    example: 'global',
  }),
  CONNECTOR_CREDENTIAL: z
    .enum(['managed-identity', 'certificate', 'secret', 'federated-identity', 'federated-file'])
    .default('managed-identity')
    .register(settingDescriptions, {
      what: 'How the connector proves to Microsoft Entra who it is; anything but the first needs an app registration.',
      expected: 'managed-identity, certificate, secret, federated-identity or federated-file',
      example: 'managed-identity',
    }),
  CONNECTOR_CLIENT_ID: Guid.optional().register(settingDescriptions, {
    what: 'Client id of the app registration, or of a user-assigned managed identity; left out, the system-assigned identity is used.',
    expected: 'a GUID',
    example: '',
  }),
  CONNECTOR_CREDENTIAL_NAME: CredentialName.optional().register(settingDescriptions, {
    what: 'Says which setting holds the credential: CONNECTOR_CERTIFICATE_, CONNECTOR_SECRET_ or CONNECTOR_TOKEN_FILE_ with this name behind it.',
    expected: 'upper-case letters, digits and underscores, a letter first',
    example: '',
  }),
  CONNECTOR_VOUCHER_CLIENT_ID: Guid.optional().register(settingDescriptions, {
    what: 'Client id of the user-assigned managed identity that vouches for a federated-identity credential; left out, the system-assigned one.',
    expected: 'a GUID',
    example: '',
  }),
  AUTHORITY: Endpoint.optional().register(settingDescriptions, {
    what: "Address of Microsoft Entra instead of the cloud's own, for a stand-in.",
    expected: 'an https address without a path',
    example: '',
  }),
  GRAPH_ENDPOINT: Endpoint.optional().register(settingDescriptions, {
    what: "Address of Microsoft Graph instead of the cloud's own, for a stand-in.",
    expected: 'an https address without a path',
    example: '',
  }),
  EXCHANGE_ENDPOINT: Endpoint.optional().register(settingDescriptions, {
    what: "Address of Exchange Online instead of the cloud's own, for a stand-in; the cloud's hosts are then not trusted any more.",
    expected: 'an https address without a path',
    example: '',
  }),
  EXCHANGE_TRUSTED_HOSTS: Hosts.optional().register(settingDescriptions, {
    what: 'Further hosts to which Exchange may redirect: the token goes there. A leading dot stands for all hosts below a domain.',
    expected: "host names separated by commas, each with its port if that is not the endpoint's",
    example: '',
  }),
} as const;

/** What each kind of credential cannot do without. */
const NEEDED = {
  'managed-identity': [],
  certificate: ['CONNECTOR_CLIENT_ID', 'CONNECTOR_CREDENTIAL_NAME'],
  secret: ['CONNECTOR_CLIENT_ID', 'CONNECTOR_CREDENTIAL_NAME'],
  'federated-identity': ['CONNECTOR_CLIENT_ID'],
  'federated-file': ['CONNECTOR_CLIENT_ID', 'CONNECTOR_CREDENTIAL_NAME'],
} as const satisfies Record<Credential['kind'], readonly (keyof typeof connectionShape)[]>;

function checkCredential({ value, issues }: z.core.ParsePayload<z.infer<z.ZodObject<typeof connectionShape>>>): void {
  for (const name of NEEDED[value.CONNECTOR_CREDENTIAL]) {
    if (value[name] !== undefined) continue;
    issues.push({
      code: 'custom',
      path: [name],
      input: undefined,
      message: `needed for CONNECTOR_CREDENTIAL ${value.CONNECTOR_CREDENTIAL}`,
    });
  }
}

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
    ...connectionShape,
  })
  .check(checkCredential);

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
