// Which settings there are, in groups: what each is for, what it may hold, its default. Forms only; settings.ts reads and checks them.
import * as z from 'zod';
import { KEEP_AUDIT_DAYS } from './domain/audit.ts';
import { settingOf } from './domain/credential.ts';
import type { Credential } from './domain/credential.ts';
import { isGuid } from './domain/device-identity.ts';

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

const listOf = (text: string): string[] => text.split(',').map((part) => part.trim());

const Hosts = z
  .string()
  .transform((text) => listOf(text.toLowerCase()))
  .refine((hosts) => hosts.every((host) => HOSTS.test(host)));

/** What a token's `aud` can say: a client id or an App ID URI. */
const Audiences = z
  .string()
  .transform(listOf)
  .refine((audiences) => audiences.every((audience) => isGuid(audience) || /^[a-z]+:\/\/\S+$/.test(audience)));

/** What a connector needs to reach its organization. Each may be left out: then it is the function app's own identity in Microsoft's worldwide cloud. */
export const connectionShape = {
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

/** Names what the chosen kind of credential cannot do without. */
export function checkCredential({ value, issues }: z.core.ParsePayload<z.infer<z.ZodObject<typeof connectionShape>>>): void {
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

/** Where everything is kept: the storage of the Functions host, under the names by which the host knows it. */
export const storageShape = {
  AzureWebJobsStorage: z.string().optional().register(settingDescriptions, {
    what: 'Storage of the Functions host, of the task hub and of this app. In Azure set AzureWebJobsStorage__accountName instead, which needs no key.',
    expected: 'a connection string',
    example: 'UseDevelopmentStorage=true',
    isSecret: true,
  }),
  AzureWebJobsStorage__accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/)
    .optional()
    .register(settingDescriptions, {
      what: 'Name of the storage account, which the identity of the app has the data roles for.',
      expected: '3 to 24 lower-case letters and digits',
      example: '',
    }),
  AzureWebJobsStorage__tableServiceUri: Endpoint.optional().register(settingDescriptions, {
    what: 'Address of the table service, where it does not follow from the name of the account: in other clouds than the worldwide one.',
    expected: 'an https address without a path',
    example: '',
  }),
  AzureWebJobsStorage__blobServiceUri: Endpoint.optional().register(settingDescriptions, {
    what: 'Address of the blob service, where it does not follow from the name of the account.',
    expected: 'an https address without a path',
    example: '',
  }),
  AzureWebJobsStorage__clientId: Guid.optional().register(settingDescriptions, {
    what: 'Client id of the user-assigned managed identity for storage and for the key of the audit; left out, the system-assigned one.',
    expected: 'a GUID',
    example: '',
  }),
} as const;

type StorageTexts = Readonly<Partial<Record<keyof typeof storageShape, unknown>>>;

/** Whether the settings say where the storage is. */
export function namesStorage(given: StorageTexts): boolean {
  const { AzureWebJobsStorage: connection, AzureWebJobsStorage__accountName: account } = given;
  const { AzureWebJobsStorage__tableServiceUri: tables, AzureWebJobsStorage__blobServiceUri: blobs } = given;
  return connection !== undefined || account !== undefined || (tables !== undefined && blobs !== undefined);
}

/** Below that, an attacker who may change settings could purge what tells of him. */
const LEAST_AUDIT_DAYS = 90;

/** Who may ask, and how the audit is signed and kept. */
export const deploymentShape = {
  API_AUDIENCES: Audiences.optional().register(settingDescriptions, {
    what: 'For whom bearer tokens of callers must be issued: client id and App ID URI of the app registration of this API. Without any, only sign-ins of App Service count.',
    expected: 'client ids and App ID URIs separated by commas',
    example: '',
  }),
  HOME_TENANT_ID: Guid.optional().register(settingDescriptions, {
    what: 'The tenant of those who run this deployment: its people can be given roles for every organization, and only they can add the first.',
    expected: 'a GUID',
    example: '',
  }),
  FIRST_ADMINISTRATOR: Guid.optional().register(settingDescriptions, {
    what: 'Object id of a user of the home tenant who is Full Administrator everywhere, before anybody is assigned a role.',
    expected: 'a GUID',
    example: '',
  }),
  WEBSITE_AUTH_ENABLED: z.string().optional().register(settingDescriptions, {
    what: 'Whether App Service Authentication is on. The platform sets it; set by hand, it would let anybody pretend to be somebody else.',
    expected: 'True or False',
    example: '',
  }),
  AUDIT_KEY: z
    .string()
    .regex(/^https:\/\/[a-z0-9.-]+\/keys\/[A-Za-z0-9-]{1,127}$/)
    .optional()
    .register(settingDescriptions, {
      what: 'Address of the key in Key Vault that signs the audit, an elliptic-curve key on P-256.',
      expected: 'https://<vault>/keys/<name>',
      example: '',
    }),
  AUDIT_KEY_FILE: z.string().optional().register(settingDescriptions, {
    what: 'File with the key that signs the audit, where there is no Key Vault; it is made when it is not there.',
    expected: 'a path',
    example: '.local/audit-key.json',
  }),
  AUDIT_KEEP_DAYS: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.int().min(LEAST_AUDIT_DAYS))
    .default(KEEP_AUDIT_DAYS)
    .register(settingDescriptions, {
      what: 'For how many days the audit is kept. What is older is removed, as far as signed heads reach, and the removal is audited.',
      expected: `a whole number of days from ${LEAST_AUDIT_DAYS}`,
      example: String(KEEP_AUDIT_DAYS),
    }),
} as const;

type KeyTexts = Readonly<Partial<Record<'AUDIT_KEY' | 'AUDIT_KEY_FILE', unknown>>>;

/** Whether the settings say what signs the audit. */
export function namesAuditKey({ AUDIT_KEY: url, AUDIT_KEY_FILE: path }: KeyTexts): boolean {
  return url !== undefined || path !== undefined;
}
