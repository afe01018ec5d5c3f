// Every setting of a mobile device mailbox policy: its Exchange name, its form and its limits, in one table that reads and writes share.
// Not the 36 settings of the classic groups and their units; those are laid over this table.
// Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-mobiledevicemailboxpolicy

/** The form of one setting. Units are in the setting's key. */
export type SettingForm =
  | { readonly kind: 'switch' }
  /** A whole number; also 'unlimited', or null for "not set", where that is allowed. */
  | {
      readonly kind: 'number';
      readonly min: number;
      readonly max: number;
      readonly canBeUnlimited: boolean;
      readonly canBeBlank: boolean;
    }
  /** Whole seconds, or 'unlimited'. */
  | { readonly kind: 'duration'; readonly minSeconds: number; readonly maxSeconds: number }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'list' };

const DAY_SECONDS = 86_400;
const toggle = { kind: 'switch' } as const;
const list = { kind: 'list' } as const;

function number<const U extends boolean, const B extends boolean>(min: number, max: number, canBeUnlimited: U, canBeBlank: B) {
  return { kind: 'number', min, max, canBeUnlimited, canBeBlank } as const;
}

const choice = <const V extends readonly string[]>(...values: V) => ({ kind: 'choice', values }) as const;
const duration = (minSeconds: number, maxSeconds: number) => ({ kind: 'duration', minSeconds, maxSeconds }) as const;

/** Exchange's parameter for each setting, and its form. */
export const policySettings = {
  isDefault: { parameter: 'IsDefault', form: toggle },
  allowNonProvisionableDevices: { parameter: 'AllowNonProvisionableDevices', form: toggle },
  // The page gives no limits for the refresh interval: these are the least and the most that a time span of whole seconds in days can say.
  devicePolicyRefreshIntervalSeconds: { parameter: 'DevicePolicyRefreshInterval', form: duration(1, 10_675_199 * DAY_SECONDS) },
  passwordEnabled: { parameter: 'PasswordEnabled', form: toggle },
  alphanumericPasswordRequired: { parameter: 'AlphanumericPasswordRequired', form: toggle },
  allowSimplePassword: { parameter: 'AllowSimplePassword', form: toggle },
  minPasswordLength: { parameter: 'MinPasswordLength', form: number(1, 16, false, true) },
  minPasswordComplexCharacters: { parameter: 'MinPasswordComplexCharacters', form: number(1, 4, false, false) },
  maxPasswordFailedAttempts: { parameter: 'MaxPasswordFailedAttempts', form: number(4, 16, true, false) },
  maxInactivityTimeLockSeconds: { parameter: 'MaxInactivityTimeLock', form: duration(60, 3600) },
  passwordExpirationSeconds: { parameter: 'PasswordExpiration', form: duration(DAY_SECONDS, 730 * DAY_SECONDS) },
  passwordHistory: { parameter: 'PasswordHistory', form: number(0, 50, false, false) },
  passwordRecoveryEnabled: { parameter: 'PasswordRecoveryEnabled', form: toggle },
  deviceEncryptionEnabled: { parameter: 'DeviceEncryptionEnabled', form: toggle },
  requireDeviceEncryption: { parameter: 'RequireDeviceEncryption', form: toggle },
  requireStorageCardEncryption: { parameter: 'RequireStorageCardEncryption', form: toggle },
  attachmentsEnabled: { parameter: 'AttachmentsEnabled', form: toggle },
  maxAttachmentSizeBytes: { parameter: 'MaxAttachmentSize', form: number(0, 2_147_482_624, true, false) },
  maxCalendarAgeFilter: {
    parameter: 'MaxCalendarAgeFilter',
    form: choice('All', 'TwoWeeks', 'OneMonth', 'ThreeMonths', 'SixMonths'),
  },
  maxEmailAgeFilter: {
    parameter: 'MaxEmailAgeFilter',
    form: choice('All', 'OneDay', 'ThreeDays', 'OneWeek', 'TwoWeeks', 'OneMonth'),
  },
  maxEmailBodyTruncationSizeBytes: { parameter: 'MaxEmailBodyTruncationSize', form: number(0, 2_147_483_647, true, false) },
  maxEmailHtmlBodyTruncationSizeBytes: { parameter: 'MaxEmailHTMLBodyTruncationSize', form: number(0, 2_147_483_647, true, false) },
  allowHtmlEmail: { parameter: 'AllowHTMLEmail', form: toggle },
  requireManualSyncWhenRoaming: { parameter: 'RequireManualSyncWhenRoaming', form: toggle },
  allowBluetooth: { parameter: 'AllowBluetooth', form: choice('Disable', 'HandsfreeOnly', 'Allow') },
  allowBrowser: { parameter: 'AllowBrowser', form: toggle },
  allowCamera: { parameter: 'AllowCamera', form: toggle },
  allowConsumerEmail: { parameter: 'AllowConsumerEmail', form: toggle },
  allowDesktopSync: { parameter: 'AllowDesktopSync', form: toggle },
  allowInternetSharing: { parameter: 'AllowInternetSharing', form: toggle },
  allowIrDA: { parameter: 'AllowIrDA', form: toggle },
  allowPopImapEmail: { parameter: 'AllowPOPIMAPEmail', form: toggle },
  allowRemoteDesktop: { parameter: 'AllowRemoteDesktop', form: toggle },
  allowStorageCard: { parameter: 'AllowStorageCard', form: toggle },
  allowTextMessaging: { parameter: 'AllowTextMessaging', form: toggle },
  allowUnsignedApplications: { parameter: 'AllowUnsignedApplications', form: toggle },
  allowUnsignedInstallationPackages: { parameter: 'AllowUnsignedInstallationPackages', form: toggle },
  allowWifi: { parameter: 'AllowWiFi', form: toggle },
  allowMobileOtaUpdate: { parameter: 'AllowMobileOTAUpdate', form: toggle },
  allowExternalDeviceManagement: { parameter: 'AllowExternalDeviceManagement', form: toggle },
  allowApplePushNotifications: { parameter: 'AllowApplePushNotifications', form: toggle },
  allowGooglePushNotifications: { parameter: 'AllowGooglePushNotifications', form: toggle },
  allowMicrosoftPushNotifications: { parameter: 'AllowMicrosoftPushNotifications', form: toggle },
  irmEnabled: { parameter: 'IrmEnabled', form: toggle },
  approvedApplicationList: { parameter: 'ApprovedApplicationList', form: list },
  unapprovedInRomApplicationList: { parameter: 'UnapprovedInROMApplicationList', form: list },
  allowSmimeSoftCerts: { parameter: 'AllowSMIMESoftCerts', form: toggle },
  allowSmimeEncryptionAlgorithmNegotiation: {
    parameter: 'AllowSMIMEEncryptionAlgorithmNegotiation',
    form: choice('BlockNegotiation', 'OnlyStrongAlgorithmNegotiation', 'AllowAnyAlgorithmNegotiation'),
  },
  requireSignedSmimeMessages: { parameter: 'RequireSignedSMIMEMessages', form: toggle },
  requireEncryptedSmimeMessages: { parameter: 'RequireEncryptedSMIMEMessages', form: toggle },
  requireSignedSmimeAlgorithm: { parameter: 'RequireSignedSMIMEAlgorithm', form: choice('SHA1', 'MD5') },
  requireEncryptionSmimeAlgorithm: {
    parameter: 'RequireEncryptionSMIMEAlgorithm',
    form: choice('DES', 'TripleDES', 'RC240bit', 'RC264bit', 'RC2128bit'),
  },
  uncAccessEnabled: { parameter: 'UNCAccessEnabled', form: toggle },
  wssAccessEnabled: { parameter: 'WSSAccessEnabled', form: toggle },
} as const satisfies Record<string, { readonly parameter: string; readonly form: SettingForm }>;

/** The key of one policy setting. */
export type PolicySettingKey = keyof typeof policySettings;

type ValueOf<F extends SettingForm> = F extends { kind: 'switch' }
  ? boolean
  : F extends { kind: 'number' }
    ? number | (F['canBeUnlimited'] extends true ? 'unlimited' : never) | (F['canBeBlank'] extends true ? null : never)
    : F extends { kind: 'duration' }
      ? number | 'unlimited'
      : F extends { kind: 'choice'; values: readonly (infer V)[] }
        ? V
        : F extends { kind: 'list' }
          ? readonly string[]
          : never;

/** Values of policy settings; a setting that is absent is unknown when read and stays when written. */
export type PolicySettings = {
  readonly [K in PolicySettingKey]?: ValueOf<(typeof policySettings)[K]['form']>;
};

function isWholeNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Whether `value` has the form of the setting, whatever its limits: Exchange may hold values that it no longer accepts. */
export function hasForm(form: SettingForm, value: unknown): boolean {
  if (form.kind === 'switch') return typeof value === 'boolean';
  if (form.kind === 'choice') return typeof value === 'string' && form.values.includes(value);
  if (form.kind === 'list') return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  if (form.kind === 'duration') return isWholeNumber(value) || value === 'unlimited';
  return isWholeNumber(value) || (value === 'unlimited' && form.canBeUnlimited) || (value === null && form.canBeBlank);
}

/** Whether every entry is a setting of the table in its form. */
export function isPolicySettings(values: Readonly<Record<string, unknown>>): values is PolicySettings {
  return Object.entries(values).every(([key, value]) => isSettingKey(key) && hasForm(policySettings[key].form, value));
}

function isSettingKey(key: string): key is PolicySettingKey {
  return Object.hasOwn(policySettings, key);
}
