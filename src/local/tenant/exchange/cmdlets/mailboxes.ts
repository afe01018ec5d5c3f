// Get-CASMailbox, Set-CASMailbox, Get-Mailbox and Get-Recipient.
import type { MailboxSettings } from '../../world/types.ts';
import type { Column } from '../columns.ts';
import type { Call, ReadCmdlet, WriteCmdlet } from '../cmdlet.ts';
import { errors } from '../exchange-error.ts';
import { findMailbox, reachedMailbox } from '../find.ts';
import { findPolicy } from './policies.ts';
import { CAS_MAILBOX_COLUMNS, MAILBOX_COLUMNS, mailboxFields, RECIPIENT_COLUMNS, type MailboxRow } from '../mailbox-rows.ts';
import { compareByField, compileFilter } from '../opath.ts';
import { editList, type ParameterTable } from '../parameters.ts';
import { rowSource, type RowSource } from '../row-source.ts';

const RECIPIENT_TYPES = [
  'UserMailbox',
  'SharedMailbox',
  'RoomMailbox',
  'EquipmentMailbox',
  'SchedulingMailbox',
  'LinkedMailbox',
  'TeamMailbox',
];
const OTHER_TYPES = ['GroupMailbox', 'DiscoveryMailbox', 'MailUser', 'GuestMailUser', 'MailContact', 'MailUniversalSecurityGroup'];
const MORE_TYPES = ['MailUniversalDistributionGroup', 'RoomList', 'DynamicDistributionGroup', 'RemoteUserMailbox', 'RemoteSharedMailbox'];
const KNOWN_TYPES = [...RECIPIENT_TYPES, ...OTHER_TYPES, ...MORE_TYPES];

const LIST: ParameterTable = {
  Identity: 'text',
  Anr: 'text',
  Filter: 'text',
  ResultSize: 'size',
  SortBy: 'text',
  RecipientTypeDetails: 'list',
  OrganizationalUnit: 'text',
};

function knownType(text: string): string {
  const matches = KNOWN_TYPES.filter((type) => type.toLowerCase().startsWith(text.toLowerCase()));
  const exact = matches.find((type) => type.toLowerCase() === text.toLowerCase());
  const found = exact ?? (matches.length === 1 ? matches[0] : undefined);
  if (!found) throw errors.transformation('RecipientTypeDetails', text, `one of these is expected: ${KNOWN_TYPES.join(', ')}.`);
  return found;
}

function typeTest(call: Call): ((index: number) => boolean) | undefined {
  const edit = call.parameters.list('RecipientTypeDetails');
  if (!edit || !('replace' in edit)) return undefined;
  const wanted = new Set(edit.replace.map(knownType));
  return (index) => wanted.has(call.organization.mailboxes.facts(index).type);
}

/** Ambiguous name resolution: the beginning of a name or address, at least three characters. */
function anrTest(call: Call): ((index: number) => boolean) | undefined {
  const text = call.parameters.text('Anr')?.toLowerCase();
  if (!text) return undefined;
  if (text.length < 3) throw errors.validation('Anr needs at least three characters.');
  return (index) => {
    const { displayName, alias, primarySmtpAddress, surname } = call.organization.mailboxes.facts(index);
    return [displayName, alias, primarySmtpAddress, surname ?? ''].some((one) => one.toLowerCase().startsWith(text));
  };
}

function positionsOf(call: Call): readonly number[] | undefined {
  const { mailboxes } = call.organization;
  const identity = call.parameters.text('Identity');
  if (identity) {
    const index = reachedMailbox(call, identity);
    if (index !== undefined) return [index];
    if (!call.switches.unknownIdentityReturnsAll) throw errors.notFound(identity, call.switches.notFoundStatus);
  }
  const sortBy = call.parameters.text('SortBy');
  if (!sortBy) return undefined;
  const field = mailboxFields(call.organization).get(sortBy.toLowerCase());
  if (!field) throw errors.validation(`"${sortBy}" is not a property that the results can be sorted by.`);
  const all = Array.from({ length: mailboxes.count }, (_, index) => index);
  return all.toSorted((left, right) => compareByField(field, left, right) || left - right);
}

function mailboxRows(call: Call, columns: readonly Column<MailboxRow>[]): RowSource {
  const { organization, caller, nowMs, parameters } = call;
  const { mailboxes } = organization;
  const listed = positionsOf(call);
  const filterText = parameters.text('Filter');
  const filter = filterText ? compileFilter(filterText, mailboxFields(organization)) : undefined;
  const tests = [typeTest(call), anrTest(call), filter].filter((test) => test !== undefined);
  const recalculates = parameters.flag('RecalculateHasActiveSyncDevicePartnership') === true;
  const showsDebugLogging = parameters.flag('ActiveSyncDebugLogging') === true;
  const indexAt = (position: number): number => (listed ? (listed[position] ?? -1) : position);
  return rowSource<MailboxRow>({
    columns,
    extent: listed ? listed.length : mailboxes.count,
    has(position) {
      const index = indexAt(position);
      return !mailboxes.isDeleted(index) && caller.reaches(index) && tests.every((test) => test(index));
    },
    read(position) {
      const index = indexAt(position);
      return { mailbox: mailboxes.mailbox(index), user: mailboxes.user(index), organization, nowMs, recalculates, showsDebugLogging };
    },
  });
}

export const getCasMailbox: ReadCmdlet = {
  kind: 'read',
  parameters: {
    ...LIST,
    ProtocolSettings: 'switch',
    RecalculateHasActiveSyncDevicePartnership: 'switch',
    ActiveSyncDebugLogging: 'switch',
    ReadFromDomainController: 'switch',
  },
  perMailbox: ['Identity'],
  run: (call) => mailboxRows(call, CAS_MAILBOX_COLUMNS),
};

export const getMailbox: ReadCmdlet = {
  kind: 'read',
  parameters: {
    ...LIST,
    MailboxPlan: 'text',
    Archive: 'switch',
    GroupMailbox: 'switch',
    InactiveMailboxOnly: 'switch',
    IncludeInactiveMailbox: 'switch',
    SoftDeletedMailbox: 'switch',
  },
  perMailbox: ['Identity'],
  run: (call) => mailboxRows(call, MAILBOX_COLUMNS),
};

export const getRecipient: ReadCmdlet = {
  kind: 'read',
  parameters: { ...LIST, RecipientType: 'list', IncludeSoftDeletedRecipients: 'switch', PropertySet: 'text', Properties: 'list' },
  perMailbox: ['Identity'],
  run: (call) => mailboxRows(call, RECIPIENT_COLUMNS),
};

const SWITCHES = {
  ActiveSyncEnabled: 'activeSyncEnabled',
  ActiveSyncSuppressReadReceipt: 'suppressReadReceipt',
  OutlookMobileEnabled: 'outlookMobileEnabled',
  OWAforDevicesEnabled: 'owaForDevicesEnabled',
  UniversalOutlookEnabled: 'universalOutlookEnabled',
  OneWinNativeOutlookEnabled: 'oneWinNativeOutlookEnabled',
  MacOutlookEnabled: 'macOutlookEnabled',
} as const;

const LISTS = { ActiveSyncAllowedDeviceIDs: 'allowedDeviceIds', ActiveSyncBlockedDeviceIDs: 'blockedDeviceIds' } as const;

/** Debug logging lasts two days in Exchange Online. */
const DEBUG_LOGGING_MS = 48 * 3_600_000;

type Mutable<T> = { -readonly [Key in keyof T]?: T[Key] };

/** The list after the call's edit of it; undefined where it asks for none. */
export function editedList(call: Call, name: string, current: readonly string[]): readonly string[] | undefined {
  if (call.parameters.isNull(name)) return call.switches.nullClears ? [] : undefined;
  const edit = call.parameters.list(name);
  if (!edit) return undefined;
  if ('replace' in edit && edit.replace.length === 0 && !call.switches.emptyListClears) return undefined;
  return editList(current, edit);
}

function settingsChange(call: Call, current: MailboxSettings): Mutable<MailboxSettings> {
  const { parameters } = call;
  const change: Mutable<MailboxSettings> = {};
  for (const [name, field] of Object.entries(SWITCHES)) {
    const value = parameters.flag(name);
    if (value !== undefined && value !== current[field]) change[field] = value;
  }
  for (const [name, field] of Object.entries(LISTS)) {
    const list = editedList(call, name, current[field]);
    if (list && JSON.stringify(list) !== JSON.stringify(current[field])) change[field] = list;
  }
  const debug = parameters.flag('ActiveSyncDebugLogging');
  if (debug !== undefined) change.debugLoggingUntilMs = debug ? call.nowMs + DEBUG_LOGGING_MS : null;
  if (parameters.has('ActiveSyncMailboxPolicy')) {
    const name = parameters.text('ActiveSyncMailboxPolicy');
    const policyId = name ? findPolicy(call, name).guid : null;
    if (policyId !== current.policyId) change.policyId = policyId;
  }
  return change;
}

export const setCasMailbox: WriteCmdlet = {
  kind: 'write',
  parameters: {
    Identity: 'text',
    ...Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, 'bool' as const])),
    ...Object.fromEntries(Object.keys(LISTS).map((name) => [name, 'list' as const])),
    ActiveSyncDebugLogging: 'bool',
    ActiveSyncMailboxPolicy: 'text',
  },
  perMailbox: ['Identity'],
  run(call) {
    const mailbox = findMailbox(call, call.parameters.required('Identity'));
    const { displayName, settings } = call.organization.mailboxes.mailbox(mailbox);
    const change = settingsChange(call, settings);
    if (Object.keys(change).length > 0) return { changes: [{ kind: 'mailbox.settings', mailbox, change }] };
    call.warn(`The command completed successfully but no settings of '${displayName}' have been modified.`);
    return { changes: [] };
  },
};
