// Device access rules, the organization's ActiveSync settings, and the device classes seen.
// https://learn.microsoft.com/powershell/module/exchangepowershell/new-activesyncdeviceaccessrule and https://learn.microsoft.com/powershell/module/exchangepowershell/set-activesyncorganizationsettings
import { ruleName } from '../../world/access.ts';
import { configurationDn } from '../../world/identity.ts';
import type { OrganizationWorld } from '../../world/organization.ts';
import type { AccessLevel, AccessRule, OrganizationSettings, RuleCharacteristic } from '../../world/types.ts';
import type { Call, ReadCmdlet, WriteCmdlet } from '../cmdlet.ts';
import { boolColumn, dateColumn, guidColumn, listColumn, textColumn, type Column } from '../columns.ts';
import { errors } from '../exchange-error.ts';
import { listSource } from '../row-source.ts';
import { editedList } from './mailboxes.ts';

const LEVELS = { choices: ['Allow', 'Block', 'Quarantine'] };
const CHARACTERISTICS = { choices: ['DeviceModel', 'DeviceType', 'DeviceOS', 'UserAgent', 'XMSWLHeader'] };

const RULE_COLUMNS: readonly Column<AccessRule>[] = [
  textColumn('QueryString', ({ queryString }) => queryString),
  textColumn('Characteristic', ({ characteristic }) => characteristic),
  textColumn('AccessLevel', ({ accessLevel }) => accessLevel),
  textColumn('Name', ruleName),
  textColumn('Identity', ruleName),
  textColumn('Id', ruleName),
  guidColumn('Guid', ({ guid }) => guid),
  dateColumn('WhenCreated', ({ createdMs }) => createdMs),
  dateColumn('WhenChanged', ({ changedMs }) => changedMs),
  dateColumn('WhenCreatedUTC', ({ createdMs }) => createdMs),
  dateColumn('WhenChangedUTC', ({ changedMs }) => changedMs),
];

function findRule(call: Call, key: string): AccessRule {
  const text = key.trim().toLowerCase();
  const rule = call.organization.access.rules.find((one) => one.guid === text || ruleName(one).toLowerCase() === text);
  if (!rule) throw errors.notFound(key, call.switches.notFoundStatus);
  return rule;
}

export const getActiveSyncDeviceAccessRule: ReadCmdlet = {
  kind: 'read',
  parameters: { Identity: 'text' },
  run(call) {
    const identity = call.parameters.text('Identity');
    return listSource(RULE_COLUMNS, identity ? [findRule(call, identity)] : call.organization.access.rules);
  },
};

export const newActiveSyncDeviceAccessRule: WriteCmdlet = {
  kind: 'write',
  parameters: { AccessLevel: LEVELS, Characteristic: CHARACTERISTICS, QueryString: 'text' },
  run(call) {
    const { parameters, organization, nowMs } = call;
    for (const name of ['AccessLevel', 'Characteristic', 'QueryString']) parameters.required(name);
    const rule: AccessRule = {
      guid: organization.nextGuid('rule'),
      queryString: parameters.required('QueryString'),
      characteristic: parameters.choice('Characteristic') as RuleCharacteristic,
      accessLevel: parameters.choice('AccessLevel') as AccessLevel,
      createdMs: nowMs,
      changedMs: nowMs,
    };
    const isTaken = organization.access.rules.some((one) => ruleName(one).toLowerCase() === ruleName(rule).toLowerCase());
    if (isTaken) throw errors.exists(ruleName(rule));
    return {
      changes: [{ kind: 'access.configure', change: { rules: [...organization.access.rules, rule] } }],
      rows: () => listSource(RULE_COLUMNS, [rule]),
    };
  },
};

export const setActiveSyncDeviceAccessRule: WriteCmdlet = {
  kind: 'write',
  parameters: { Identity: 'text', AccessLevel: LEVELS },
  run(call) {
    const rule = findRule(call, call.parameters.required('Identity'));
    const accessLevel = (call.parameters.choice('AccessLevel') ?? rule.accessLevel) as AccessLevel;
    if (accessLevel === rule.accessLevel) {
      call.warn(`The command completed successfully but no settings of '${ruleName(rule)}' have been modified.`);
      return { changes: [] };
    }
    const changed = { ...rule, accessLevel, changedMs: call.nowMs };
    const rules = call.organization.access.rules.map((one) => (one.guid === rule.guid ? changed : one));
    return { changes: [{ kind: 'access.configure', change: { rules } }] };
  },
};

export const removeActiveSyncDeviceAccessRule: WriteCmdlet = {
  kind: 'write',
  parameters: { Identity: 'text' },
  run(call) {
    const rule = findRule(call, call.parameters.required('Identity'));
    const rules = call.organization.access.rules.filter((one) => one.guid !== rule.guid);
    return { changes: [{ kind: 'access.configure', change: { rules } }] };
  },
};

const SETTINGS_NAME = 'Mobile Mailbox Settings';

const SETTINGS_COLUMNS: readonly Column<OrganizationWorld>[] = [
  textColumn('DefaultAccessLevel', ({ access }) => access.defaultAccessLevel),
  textColumn('UserMailInsert', ({ settings }) => settings.userMailInsert),
  boolColumn('AllowAccessForUnSupportedPlatform', ({ settings }) => settings.allowAccessForUnSupportedPlatform),
  boolColumn('AllowRMSSupportForUnenlightenedApps', ({ settings }) => settings.allowRmsSupportForUnenlightenedApps),
  boolColumn('EnableMobileMailboxPolicyWhenCAInplace', ({ settings }) => settings.enableMobileMailboxPolicyWhenCaInplace),
  listColumn('AdminMailRecipients', ({ settings }) => settings.adminMailRecipients),
  textColumn('OtaNotificationMailInsert', ({ settings }) => settings.otaNotificationMailInsert),
  textColumn('TenantAdminPreference', ({ settings }) => settings.tenantAdminPreference),
  textColumn('Name', () => SETTINGS_NAME),
  textColumn('Identity', () => SETTINGS_NAME),
  textColumn('Id', () => SETTINGS_NAME),
  guidColumn('Guid', ({ plan }) => plan.draw.guid('organization', 1)),
  textColumn('DistinguishedName', ({ organization }) =>
    configurationDn(SETTINGS_NAME, 'Mobile Mailbox Settings', organization.initialDomain),
  ),
  dateColumn('WhenChanged', ({ settings }) => settings.changedMs),
  dateColumn('WhenChangedUTC', ({ settings }) => settings.changedMs),
];

export const getActiveSyncOrganizationSettings: ReadCmdlet = {
  kind: 'read',
  parameters: { Identity: 'text' },
  run: (call) => listSource(SETTINGS_COLUMNS, [call.organization]),
};

const TEXT_SETTINGS = { UserMailInsert: 'userMailInsert', OtaNotificationMailInsert: 'otaNotificationMailInsert' } as const;

const FLAG_SETTINGS = {
  AllowAccessForUnSupportedPlatform: 'allowAccessForUnSupportedPlatform',
  AllowRMSSupportForUnenlightenedApps: 'allowRmsSupportForUnenlightenedApps',
  EnableMobileMailboxPolicyWhenCAInplace: 'enableMobileMailboxPolicyWhenCaInplace',
} as const;

function settingsChange(call: Call): Partial<OrganizationSettings> {
  const { parameters, organization } = call;
  const change: { -readonly [Key in keyof OrganizationSettings]?: OrganizationSettings[Key] } = {};
  for (const [name, field] of Object.entries(TEXT_SETTINGS)) {
    const text = parameters.text(name);
    if (text !== undefined && text.length > 256) throw errors.validation(`The property ${name} has at most 256 characters.`);
    if (parameters.isNull(name)) change[field] = null;
    else if (text !== undefined) change[field] = text;
  }
  for (const [name, field] of Object.entries(FLAG_SETTINGS)) {
    const flag = parameters.flag(name);
    if (flag !== undefined) change[field] = flag;
  }
  const recipients = editedList(call, 'AdminMailRecipients', organization.settings.adminMailRecipients);
  const wrong = recipients?.find((address) => !/^[^@\s]+@[^@\s]+$/.test(address));
  if (wrong !== undefined) throw errors.transformation('AdminMailRecipients', wrong, 'an SMTP address is expected.');
  if (recipients) change.adminMailRecipients = recipients;
  const preference = parameters.text('TenantAdminPreference');
  if (preference !== undefined) change.tenantAdminPreference = preference;
  return change;
}

export const setActiveSyncOrganizationSettings: WriteCmdlet = {
  kind: 'write',
  parameters: {
    Identity: 'text',
    DefaultAccessLevel: LEVELS,
    AdminMailRecipients: 'list',
    UserMailInsert: 'text',
    OtaNotificationMailInsert: 'text',
    TenantAdminPreference: 'text',
    ...Object.fromEntries(Object.keys(FLAG_SETTINGS).map((name) => [name, 'bool' as const])),
  },
  run(call) {
    const level = call.parameters.choice('DefaultAccessLevel') as AccessLevel | undefined;
    const change = settingsChange(call);
    const isNewLevel = level !== undefined && level !== call.organization.access.defaultAccessLevel;
    return {
      changes: [
        ...(isNewLevel ? [{ kind: 'access.configure', change: { defaultAccessLevel: level } } as const] : []),
        ...(Object.keys(change).length > 0 ? [{ kind: 'settings.change', change } as const] : []),
      ],
    };
  },
};

interface DeviceClass {
  readonly type: string;
  readonly model: string;
  readonly guid: string;
  readonly updatedMs: number;
}

const className = ({ type, model }: DeviceClass): string => `${type}§${model}`;

const CLASS_COLUMNS: readonly Column<DeviceClass>[] = [
  textColumn('DeviceType', ({ type }) => type),
  textColumn('DeviceModel', ({ model }) => model),
  dateColumn('LastUpdateTime', ({ updatedMs }) => updatedMs),
  textColumn('Name', className),
  textColumn('Identity', className),
  textColumn('Id', className),
  guidColumn('Guid', ({ guid }) => guid),
];

/** One row for each type and model ever seen: removed devices leave theirs behind. */
export const getActiveSyncDeviceClass: ReadCmdlet = {
  kind: 'read',
  parameters: { Identity: 'text', Filter: 'text', SortBy: 'text', ResultSize: 'size' },
  run(call) {
    const { devices, plan } = call.organization;
    const classes = new Map<string, DeviceClass>();
    for (let index = 0; index < devices.extent; index += 1) {
      const { deviceType: type, deviceModel: model, bornMs } = devices.facts(index);
      const key = `${type}§${model}`;
      const known = classes.get(key);
      const guid = known?.guid ?? plan.draw.guid('organization', 100 + classes.size);
      classes.set(key, { type, model, guid, updatedMs: Math.max(known?.updatedMs ?? 0, bornMs) });
    }
    return listSource(CLASS_COLUMNS, [...classes.values()]);
  },
};
