// The connector as it is sent and answered. Bounds are those of the schedule and of what Exchange bears; defaults are the domain's.
import * as z from 'zod';
import { defaultConnectorSettings } from '../../domain/connector.ts';
import type { ConnectorSettings } from '../../domain/connector.ts';
import { settingOf } from '../../domain/credential.ts';
import { isGuid } from '../../domain/device-identity.ts';
import type { LeftInExchange } from '../../domain/left-in-exchange.ts';
import type { Timetable } from '../../domain/timetable-port.ts';
import { Time } from './answers.ts';
import { connectorStateShape } from './installation-schema.ts';

const Guid = z.string().refine(isGuid, 'Not a GUID.').toLowerCase().meta({ format: 'uuid' });
const CredentialName = z
  .string()
  .refine(
    (name) => settingOf({ kind: 'secret', clientId: '', name }) !== undefined,
    'Not a name: up to 64 upper-case letters, digits and underscores, a letter first.',
  )
  .meta({
    description: 'Behind CONNECTOR_CERTIFICATE_, CONNECTOR_SECRET_ or CONNECTOR_TOKEN_FILE_, the name of the app setting that holds it.',
  });

const Credential = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('managed-identity'), clientId: Guid.exactOptional() }),
  z.strictObject({ kind: z.literal('certificate'), clientId: Guid, name: CredentialName }),
  z.strictObject({ kind: z.literal('secret'), clientId: Guid, name: CredentialName }),
  z.strictObject({ kind: z.literal('federated-identity'), clientId: Guid, managedIdentityClientId: Guid.exactOptional() }),
  z.strictObject({ kind: z.literal('federated-file'), clientId: Guid, name: CredentialName }),
]);

// Host names as RFC 1123 has them, at least two labels; names beyond ASCII in the form that Exchange keeps, which is punycode.
const Domain = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/, 'Not a domain.');

const unique = (values: readonly string[]): string[] => [...new Set(values)];

const Scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everything') }),
  z.strictObject({ kind: z.literal('groups'), groupIds: z.array(Guid).min(1).max(50).overwrite(unique) }),
  z.strictObject({ kind: z.literal('domains'), domains: z.array(Domain).min(1).max(200).overwrite(unique) }),
]);

// No control characters: names are shown in lines of logs and mail.
const DisplayName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}*$/u, 'Has control characters.');

function bounded(least: number, most: number, usual: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(least).max(most).default(usual);
}

/** A text that the timetable finds nothing wrong with. */
function timed(problemWith: (text: string) => string | undefined, usual: string): z.ZodDefault<z.ZodString> {
  return z
    .string()
    .max(200)
    .superRefine((text, context) => {
      const message = problemWith(text);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .default(usual);
}

const usual = defaultConnectorSettings;

function settingsShape(timetable: Timetable) {
  const Schedule = z.strictObject({
    // Each is tried with a partner that is right, so that both can be named.
    full: timed((expression) => timetable.problemWith(expression, usual.schedule.timeZone), usual.schedule.full),
    timeZone: timed((zone) => timetable.problemWith(usual.schedule.full, zone), usual.schedule.timeZone),
    deltaMinutes: bounded(5, 1440, usual.schedule.deltaMinutes),
  });
  return {
    displayName: DisplayName.exactOptional(),
    cloud: z.enum(['global', 'usgov', 'usgovdod', 'china']).default(usual.cloud),
    credential: Credential.default({ kind: 'managed-identity' }),
    schedule: Schedule.default(usual.schedule),
    scope: Scope.default({ kind: 'everything' }),
    ignoreInactiveDays: z.int().min(1).max(3650).exactOptional(),
    notificationMailbox: z.email().max(254).exactOptional(),
    allowExternalDeviceManagement: z.boolean().default(usual.allowExternalDeviceManagement),
    statisticsParallel: bounded(1, 10, usual.statisticsParallel),
    statisticsMinutes: bounded(1, 60, usual.statisticsMinutes),
    readingParallel: bounded(1, 20, usual.readingParallel),
    keepGoneDays: bounded(1, 3650, usual.keepGoneDays),
  };
}

/** What an administrator sends. What is left out is set to its default. */
export function connectorBody(timetable: Timetable): z.ZodType<ConnectorSettings> {
  return z.strictObject(settingsShape(timetable)).meta({ id: 'ConnectorSettings' });
}

const uncheckedTimetable: Timetable = { problemWith: () => undefined, lastDue: () => undefined, nextDue: () => undefined };

/** A connector as it is answered: its settings, how it stands, and how it came to them. */
export const ConnectorView = z
  .strictObject({
    ...settingsShape(uncheckedTimetable),
    ...connectorStateShape,
    organization: z.guid(),
    generation: z.int().meta({ description: 'How often a connector of this organization was added.' }),
    createdAt: Time,
    changedAt: Time,
    changedBy: z.string().meta({ description: 'Object id of whoever changed it last.' }),
  })
  .meta({ id: 'Connector' });

/** What stays in Exchange when a connector is removed. */
export const RemovedConnectorView = z
  .strictObject({
    organization: z.guid(),
    left: z.array(
      z.strictObject({
        what: z.enum(['app-rights', 'access-rules', 'policies', 'device-lists', 'wipes']),
        detail: z.string(),
        count: z.int().optional().meta({ description: 'As last read; left out where it is not known.' }),
      }),
    ),
  })
  .meta({ id: 'RemovedConnector' });

/** What the removal of the app's link leaves in Exchange, so that nobody takes it for undone. */
export function leftInExchange({ accessRules, policies }: LeftInExchange): z.output<typeof RemovedConnectorView>['left'] {
  return [
    {
      what: 'app-rights',
      detail: 'The rights of the app in Microsoft Entra and its role in Exchange Online. Take them away if no other connector uses them.',
    },
    {
      what: 'access-rules',
      detail: 'Device access rules and the default access level go on deciding about new devices.',
      count: accessRules,
    },
    { what: 'policies', detail: 'Mobile device mailbox policies go on applying.', count: policies },
    { what: 'device-lists', detail: 'Devices that were allowed or blocked one by one stay so.' },
    { what: 'wipes', detail: 'A wipe that was asked for still happens when the device connects. Cancel it in Exchange if it must not.' },
  ];
}
