// The parameters each cmdlet may be sent, checked before every call: nothing unknown, nothing blank, enum values in full.
// Enum texts are closed lists because Exchange takes any unambiguous prefix, so that a typo could select another value.
// Source: https://learn.microsoft.com/powershell/module/exchangepowershell/ (one page per cmdlet).
import * as z from 'zod';
import { accessLevels } from '../../domain/access.ts';
import { AppError } from '../../domain/errors.ts';
import type { CmdletName } from './cmdlets.ts';
import { Identity, ListEditValue, Text } from './parameter-values.ts';
import { changedPolicy, newPolicy } from './policy-parameters.ts';

const ResultSize = z.union([z.literal('Unlimited'), z.int().min(1).max(1000)]);
const Level = z.enum(accessLevels);
const Insert = z.string().max(256);
/** REST never prompts; said all the same, because some cmdlets ask their host. */
const Confirm = z.literal(false);

const listing = { ResultSize, Filter: Text.exactOptional() };

/** Everything, or what a filter lets through. */
const Listed = z.strictObject(listing);
/** One object by its id. `ResultSize` keeps the answer small should Exchange ignore an id that it does not know. */
const ById = z.strictObject({ Identity, ResultSize });
const OnlyId = z.strictObject({ Identity });
const OptionalId = z.strictObject({ Identity: Identity.exactOptional() });
const Removal = z.strictObject({ Identity, Confirm });

/** The parameters of every cmdlet. */
const cmdletParameters = {
  'Clear-MobileDevice': z.strictObject({
    Identity,
    AccountOnly: z.literal(true).exactOptional(),
    Cancel: z.literal(true).exactOptional(),
    Confirm,
  }),
  'Get-ActiveSyncDeviceAccessRule': OptionalId,
  'Get-ActiveSyncDeviceClass': z.strictObject({}),
  'Get-ActiveSyncOrganizationSettings': z.strictObject({}),
  'Get-CASMailbox': z.union([Listed, ById]),
  'Get-Mailbox': ById,
  'Get-ManagementRoleEntry': z.strictObject({ Identity, ResultSize }),
  'Get-MobileDevice': z.union([Listed, ById, z.strictObject({ Mailbox: Identity, ResultSize })]),
  'Get-MobileDeviceMailboxPolicy': OptionalId,
  'Get-MobileDeviceStatistics': z.union([OnlyId, z.strictObject({ Mailbox: Identity })]),
  'Get-OrganizationConfig': z.strictObject({}),
  'Get-Recipient': z.union([ById, z.strictObject({ Filter: Text, ResultSize })]),
  'New-ActiveSyncDeviceAccessRule': z.strictObject({
    AccessLevel: Level,
    Characteristic: z.enum(['DeviceModel', 'DeviceType', 'DeviceOS', 'UserAgent']),
    QueryString: Text,
    Confirm,
  }),
  'New-MobileDeviceMailboxPolicy': z.strictObject({ Name: Text.max(64), Confirm, ...newPolicy }),
  'Remove-ActiveSyncDeviceAccessRule': Removal,
  'Remove-MobileDevice': Removal,
  'Remove-MobileDeviceMailboxPolicy': Removal,
  'Set-ActiveSyncDeviceAccessRule': z.strictObject({ Identity, AccessLevel: Level, Confirm }),
  'Set-ActiveSyncOrganizationSettings': z.strictObject({
    DefaultAccessLevel: Level.exactOptional(),
    AdminMailRecipients: ListEditValue.exactOptional(),
    UserMailInsert: Insert.exactOptional(),
    OtaNotificationMailInsert: Insert.exactOptional(),
    AllowAccessForUnSupportedPlatform: z.boolean().exactOptional(),
    AllowRMSSupportForUnenlightenedApps: z.boolean().exactOptional(),
    EnableMobileMailboxPolicyWhenCAInplace: z.boolean().exactOptional(),
    Confirm,
  }),
  'Set-CASMailbox': z.strictObject({
    Identity,
    ActiveSyncAllowedDeviceIDs: ListEditValue.exactOptional(),
    ActiveSyncBlockedDeviceIDs: ListEditValue.exactOptional(),
    ActiveSyncEnabled: z.boolean().exactOptional(),
    OutlookMobileEnabled: z.boolean().exactOptional(),
    OWAforDevicesEnabled: z.boolean().exactOptional(),
    UniversalOutlookEnabled: z.boolean().exactOptional(),
    ActiveSyncMailboxPolicy: Identity.nullable().exactOptional(),
    Confirm,
  }),
  'Set-MobileDeviceMailboxPolicy': z.strictObject({ Identity, Name: Text.max(64).exactOptional(), Confirm, ...changedPolicy }),
} as const satisfies Record<CmdletName, z.ZodType>;

/** What a caller hands over for a cmdlet. */
type ParametersOf<C extends CmdletName> = z.input<(typeof cmdletParameters)[C]>;

/** One cmdlet with its parameters. */
export interface CmdletCall<C extends CmdletName = CmdletName> {
  readonly cmdlet: C;
  readonly parameters: ParametersOf<C>;
  /** Columns to answer with; all when left out. */
  readonly columns?: readonly string[];
}

/** Whether a cmdlet only reads. */
export function isRead(cmdlet: CmdletName): boolean {
  return cmdlet.startsWith('Get-');
}

/** The JSON body for a call; an `internal` error when a parameter is not allowed, and then nothing is sent. */
export function bodyOf(call: CmdletCall): { readonly CmdletInput: { readonly CmdletName: CmdletName; readonly Parameters: unknown } } {
  const checked = cmdletParameters[call.cmdlet].safeParse(call.parameters);
  if (!checked.success) {
    throw new AppError('internal', { request: call.cmdlet }, { cause: new TypeError(`${call.cmdlet}: ${z.prettifyError(checked.error)}`) });
  }
  return { CmdletInput: { CmdletName: call.cmdlet, Parameters: checked.data } };
}
