// The mailbox policies for mobile devices: Get, New, Set and Remove, and the old names with their old property names.
// Settings, ranges and defaults: https://learn.microsoft.com/powershell/module/exchangepowershell/new-mobiledevicemailboxpolicy
import { configurationDn } from '../../world/identity.ts';
import { POLICY_DEFAULTS } from '../../world/seed-settings.ts';
import type { MobilePolicy, PolicyValue } from '../../world/types.ts';
import type { Call, ReadCmdlet, WriteCmdlet } from '../cmdlet.ts';
import { boolColumn, dateColumn, guidColumn, intColumn, listColumn, textColumn, type Column } from '../columns.ts';
import { errors } from '../exchange-error.ts';
import { editList, type ParameterKind, type ParameterTable } from '../parameters.ts';
import { listSource, type RowSource } from '../row-source.ts';

interface PolicyRow {
  readonly policy: MobilePolicy;
  readonly initialDomain: string;
}

type SettingKind =
  | 'bool'
  | 'span'
  | 'list'
  | { readonly choices: readonly string[] }
  | { readonly min: number; readonly max: number; readonly unlimited?: boolean };

const BYTES = { min: 0, max: 2_147_483_647, unlimited: true };

const KINDS: Readonly<Record<string, SettingKind>> = {
  DevicePolicyRefreshInterval: 'span',
  MinPasswordLength: { min: 1, max: 16 },
  MinPasswordComplexCharacters: { min: 1, max: 4 },
  MaxPasswordFailedAttempts: { min: 4, max: 16, unlimited: true },
  MaxInactivityTimeLock: 'span',
  PasswordExpiration: 'span',
  PasswordHistory: { min: 0, max: 50 },
  MaxAttachmentSize: BYTES,
  MaxCalendarAgeFilter: { choices: ['All', 'TwoWeeks', 'OneMonth', 'ThreeMonths', 'SixMonths'] },
  MaxEmailAgeFilter: { choices: ['All', 'OneDay', 'ThreeDays', 'OneWeek', 'TwoWeeks', 'OneMonth'] },
  MaxEmailBodyTruncationSize: BYTES,
  MaxEmailHTMLBodyTruncationSize: BYTES,
  AllowBluetooth: { choices: ['Disable', 'HandsfreeOnly', 'Allow'] },
  ApprovedApplicationList: 'list',
  UnapprovedInROMApplicationList: 'list',
  AllowSMIMEEncryptionAlgorithmNegotiation: {
    choices: ['BlockNegotiation', 'OnlyStrongAlgorithmNegotiation', 'AllowAnyAlgorithmNegotiation'],
  },
  RequireSignedSMIMEAlgorithm: { choices: ['SHA1', 'MD5'] },
  RequireEncryptionSMIMEAlgorithm: { choices: ['DES', 'TripleDES', 'RC240bit', 'RC264bit', 'RC2128bit'] },
};

const kindOf = (name: string): SettingKind => KINDS[name] ?? 'bool';

/** Old names differ where the new ones lost the word Device or gained a prefix. */
function oldName(name: string): string {
  if (name === 'MaxInactivityTimeLock') return 'MaxInactivityTimeDeviceLock';
  if (name.startsWith('Password') && name !== 'PasswordRecoveryEnabled') return `Device${name}`;
  return name.replace(/Password/, 'DevicePassword');
}

function parameterKind(kind: SettingKind): ParameterKind {
  if (typeof kind === 'string') return kind;
  return 'choices' in kind ? kind : kind.unlimited ? 'size' : 'int';
}

function settingParameters(rename: (name: string) => string): ParameterTable {
  return Object.fromEntries(Object.keys(POLICY_DEFAULTS).map((name) => [rename(name), parameterKind(kindOf(name))]));
}

function settingColumn(name: string, shown: string): Column<PolicyRow> {
  const read = ({ policy }: PolicyRow): PolicyValue => policy.settings[name] ?? null;
  const kind = kindOf(name);
  if (kind === 'bool') return boolColumn(shown, (row) => read(row) as boolean | null);
  if (kind === 'list') return listColumn(shown, (row) => read(row) as readonly string[]);
  if (typeof kind === 'object' && 'min' in kind && !kind.unlimited) return intColumn(shown, (row) => read(row) as number | null);
  return textColumn(shown, (row) => String(read(row)));
}

function policyColumns(rename: (name: string) => string, isDefaultName: string): readonly Column<PolicyRow>[] {
  return [
    ...Object.keys(POLICY_DEFAULTS).map((name) => settingColumn(name, rename(name))),
    boolColumn(isDefaultName, ({ policy }) => policy.isDefault),
    textColumn('Name', ({ policy }) => policy.name),
    textColumn('Identity', ({ policy }) => policy.name),
    textColumn('Id', ({ policy }) => policy.name),
    guidColumn('Guid', ({ policy }) => policy.guid),
    textColumn('DistinguishedName', ({ policy, initialDomain }) => configurationDn(policy.name, 'Mobile Mailbox Policies', initialDomain)),
    dateColumn('WhenCreated', ({ policy }) => policy.createdMs),
    dateColumn('WhenChanged', ({ policy }) => policy.changedMs),
    dateColumn('WhenCreatedUTC', ({ policy }) => policy.createdMs),
    dateColumn('WhenChangedUTC', ({ policy }) => policy.changedMs),
  ];
}

const COLUMNS = policyColumns((name) => name, 'IsDefault');
const OLD_COLUMNS = policyColumns(oldName, 'IsDefaultPolicy');

/** A policy by name, guid or distinguished name. */
export function findPolicy(call: Call, key: string): MobilePolicy {
  const text = key.trim().toLowerCase();
  const dn = /^cn=([^,]+),/.exec(text)?.[1];
  for (const policy of call.organization.policies.values()) {
    if (policy.guid === text || policy.name.toLowerCase() === (dn ?? text)) return policy;
  }
  throw errors.notFound(key, call.switches.notFoundStatus);
}

function rowsOf(call: Call, policies: readonly MobilePolicy[], columns: readonly Column<PolicyRow>[]): RowSource {
  const { initialDomain } = call.organization.organization;
  return listSource(
    columns,
    policies.map((policy) => ({ policy, initialDomain })),
  );
}

function readPolicies(call: Call, columns: readonly Column<PolicyRow>[]): RowSource {
  const identity = call.parameters.text('Identity');
  return rowsOf(call, identity ? [findPolicy(call, identity)] : [...call.organization.policies.values()], columns);
}

/** The value a call sets; undefined where it does not name the setting. */
function readSetting(call: Call, name: string, parameter: string, current: PolicyValue): PolicyValue | undefined {
  const { parameters } = call;
  const kind = kindOf(name);
  if (!parameters.has(parameter)) return undefined;
  if (kind === 'bool') return parameters.flag(parameter);
  if (kind === 'span') return parameters.span(parameter);
  if (kind === 'list') {
    if (parameters.isNull(parameter)) return [];
    const edit = parameters.list(parameter);
    return edit && editList(Array.isArray(current) ? current : [], edit);
  }
  if ('choices' in kind) return parameters.choice(parameter);
  if (kind.unlimited && parameters.size(parameter) === Infinity) return 'Unlimited';
  if (parameters.isNull(parameter)) return name === 'MinPasswordLength' ? null : undefined;
  return parameters.integer(parameter, kind.min, kind.max);
}

function changedSettings(call: Call, current: MobilePolicy['settings'], rename: (name: string) => string): MobilePolicy['settings'] {
  const changed: Record<string, PolicyValue> = { ...current };
  for (const name of Object.keys(POLICY_DEFAULTS)) {
    const value = readSetting(call, name, rename(name), current[name] ?? null);
    if (value !== undefined) changed[name] = value;
  }
  if (changed['RequireStorageCardEncryption'] === true) changed['DeviceEncryptionEnabled'] = true;
  return changed;
}

function newPolicy(rename: (name: string) => string, isDefaultName: string, columns: readonly Column<PolicyRow>[]): WriteCmdlet {
  return {
    kind: 'write',
    parameters: { Name: 'text', [isDefaultName]: 'bool', ...settingParameters(rename) },
    run(call) {
      const name = call.parameters.required('Name');
      if (name.length > 64) throw errors.validation('The name of a policy has at most 64 characters.');
      const isTaken = [...call.organization.policies.values()].some((policy) => policy.name.toLowerCase() === name.toLowerCase());
      if (isTaken) throw errors.exists(name);
      const times = { createdMs: call.nowMs, changedMs: call.nowMs };
      const isDefault = call.parameters.flag(isDefaultName) ?? false;
      const settings = changedSettings(call, POLICY_DEFAULTS, rename);
      const policy: MobilePolicy = { guid: call.organization.nextGuid('policy'), name, isDefault, ...times, settings };
      return { changes: [{ kind: 'policy.save', policy }], rows: () => rowsOf(call, [policy], columns) };
    },
  };
}

/** A policy of this name refuses its changes: a sentinel for people who try the console. */
const DENIED = 'denied';

function setPolicy(rename: (name: string) => string, isDefaultName: string): WriteCmdlet {
  return {
    kind: 'write',
    parameters: { Identity: 'text', Name: 'text', [isDefaultName]: 'bool', ...settingParameters(rename) },
    run(call) {
      const policy = findPolicy(call, call.parameters.required('Identity'));
      if (policy.name === DENIED) throw errors.roleDefinition('Identity', call.cmdlet);
      const isDefault = call.parameters.flag(isDefaultName) ?? policy.isDefault;
      const name = call.parameters.text('Name') ?? policy.name;
      const settings = changedSettings(call, policy.settings, rename);
      const changed: MobilePolicy = { ...policy, name, isDefault, settings, changedMs: call.nowMs };
      if (JSON.stringify({ ...changed, changedMs: 0 }) !== JSON.stringify({ ...policy, changedMs: 0 })) {
        return { changes: [{ kind: 'policy.save', policy: changed }] };
      }
      call.warn(`The command completed successfully but no settings of '${policy.name}' have been modified.`);
      return { changes: [] };
    },
  };
}

const removePolicy: WriteCmdlet = {
  kind: 'write',
  parameters: { Identity: 'text', Force: 'switch' },
  run(call) {
    const policy = findPolicy(call, call.parameters.required('Identity'));
    const { mailboxes } = call.organization;
    if (policy.isDefault) throw errors.validation(`The policy '${policy.name}' is the default policy and cannot be removed.`);
    for (let index = 0; index < mailboxes.count; index += 1) {
      if (mailboxes.settings(index).policyId === policy.guid)
        throw errors.validation(`The policy '${policy.name}' is assigned to one or more users.`);
    }
    return { changes: [{ kind: 'policy.remove', guid: policy.guid }] };
  },
};

const plain = (name: string): string => name;

export const getMobileDeviceMailboxPolicy: ReadCmdlet = {
  kind: 'read',
  parameters: { Identity: 'text' },
  run: (call) => readPolicies(call, COLUMNS),
};
export const newMobileDeviceMailboxPolicy = newPolicy(plain, 'IsDefault', COLUMNS);
export const setMobileDeviceMailboxPolicy = setPolicy(plain, 'IsDefault');
export const removeMobileDeviceMailboxPolicy = removePolicy;

export const getActiveSyncMailboxPolicy: ReadCmdlet = {
  kind: 'read',
  parameters: { Identity: 'text' },
  run: (call) => readPolicies(call, OLD_COLUMNS),
};
export const newActiveSyncMailboxPolicy = newPolicy(oldName, 'IsDefaultPolicy', OLD_COLUMNS);
export const setActiveSyncMailboxPolicy = setPolicy(oldName, 'IsDefaultPolicy');
