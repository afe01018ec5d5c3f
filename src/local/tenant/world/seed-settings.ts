// What an organization is configured like at the start: access rules, organization settings, mailbox policies, groups, applications.
// Policy defaults: https://learn.microsoft.com/powershell/module/exchangepowershell/new-mobiledevicemailboxpolicy
import type { Draw } from './hash.ts';
import type {
  AccessConfiguration,
  AccessLevel,
  AccessRule,
  Application,
  InstantMs,
  MobilePolicy,
  OrganizationSettings,
  PolicyValue,
  RuleCharacteristic,
} from './types.ts';

const DAY_MS = 86_400_000;

const ALLOWED = [
  'AllowNonProvisionableDevices AllowSimplePassword AttachmentsEnabled AllowHTMLEmail AllowBrowser AllowCamera AllowConsumerEmail',
  'AllowDesktopSync AllowInternetSharing AllowIrDA AllowPOPIMAPEmail AllowRemoteDesktop AllowStorageCard AllowTextMessaging',
  'AllowUnsignedApplications AllowUnsignedInstallationPackages AllowWiFi AllowMobileOTAUpdate AllowApplePushNotifications',
  'AllowGooglePushNotifications AllowMicrosoftPushNotifications IrmEnabled AllowSMIMESoftCerts UNCAccessEnabled WSSAccessEnabled',
]
  .join(' ')
  .split(' ');

const DENIED = [
  'PasswordEnabled AlphanumericPasswordRequired PasswordRecoveryEnabled DeviceEncryptionEnabled RequireDeviceEncryption',
  'RequireStorageCardEncryption RequireManualSyncWhenRoaming AllowExternalDeviceManagement RequireSignedSMIMEMessages',
  'RequireEncryptedSMIMEMessages',
]
  .join(' ')
  .split(' ');

/** Every setting of a mailbox policy with its documented default. */
export const POLICY_DEFAULTS: Readonly<Record<string, PolicyValue>> = {
  ...Object.fromEntries(ALLOWED.map((name) => [name, true])),
  ...Object.fromEntries(DENIED.map((name) => [name, false])),
  DevicePolicyRefreshInterval: 'Unlimited',
  MinPasswordLength: null,
  MinPasswordComplexCharacters: 1,
  MaxPasswordFailedAttempts: 'Unlimited',
  MaxInactivityTimeLock: 'Unlimited',
  PasswordExpiration: 'Unlimited',
  PasswordHistory: 0,
  MaxAttachmentSize: 'Unlimited',
  MaxCalendarAgeFilter: 'All',
  MaxEmailAgeFilter: 'All',
  MaxEmailBodyTruncationSize: 'Unlimited',
  MaxEmailHTMLBodyTruncationSize: 'Unlimited',
  AllowBluetooth: 'Allow',
  ApprovedApplicationList: [],
  UnapprovedInROMApplicationList: [],
  AllowSMIMEEncryptionAlgorithmNegotiation: 'AllowAnyAlgorithmNegotiation',
  RequireSignedSMIMEAlgorithm: 'SHA1',
  RequireEncryptionSMIMEAlgorithm: 'TripleDES',
};

const RULES: readonly (readonly [string, RuleCharacteristic, AccessLevel])[] = [
  ['iPhone', 'DeviceType', 'Allow'],
  ['iPad', 'DeviceType', 'Allow'],
  ['Android', 'DeviceType', 'Allow'],
  ['Outlook', 'DeviceType', 'Allow'],
  ['WindowsMail', 'DeviceType', 'Allow'],
  ['BlackBerry', 'DeviceType', 'Allow'],
  ['WP8', 'DeviceType', 'Allow'],
  ['OWA for Devices on iPhone', 'DeviceType', 'Allow'],
  ['iPad8C9', 'DeviceModel', 'Quarantine'],
  ['M2101K6G', 'DeviceModel', 'Block'],
  ['TouchDown', 'DeviceType', 'Block'],
];

export function seededAccess(draw: Draw, startMs: InstantMs): AccessConfiguration {
  const createdMs = startMs - 700 * DAY_MS;
  const rules = RULES.map(([queryString, characteristic, accessLevel], index): AccessRule => {
    return { guid: draw.guid('rule', index), queryString, characteristic, accessLevel, createdMs, changedMs: createdMs };
  });
  return { defaultAccessLevel: 'Quarantine', rules, conditionalAccess: 'off' };
}

export function seededSettings(startMs: InstantMs, domain: string): OrganizationSettings {
  return {
    adminMailRecipients: [`admin@${domain}`],
    userMailInsert: null,
    otaNotificationMailInsert: null,
    allowAccessForUnSupportedPlatform: false,
    allowRmsSupportForUnenlightenedApps: false,
    enableMobileMailboxPolicyWhenCaInplace: false,
    tenantAdminPreference: 'NotSet',
    changedMs: startMs - 700 * DAY_MS,
  };
}

/** The default policy, a strict one, and one whose changes are refused (a sentinel). */
export function seededPolicies(draw: Draw, startMs: InstantMs): MobilePolicy[] {
  const madeMs = startMs - 800 * DAY_MS;
  const times = { createdMs: madeMs, changedMs: madeMs };
  const strict = {
    AllowNonProvisionableDevices: false,
    PasswordEnabled: true,
    MinPasswordLength: 6,
    MaxInactivityTimeLock: '00:05:00',
    MaxPasswordFailedAttempts: 8,
    RequireDeviceEncryption: true,
    DeviceEncryptionEnabled: true,
  };
  return [
    { guid: draw.guid('policy', 0), name: 'Default', isDefault: true, ...times, settings: POLICY_DEFAULTS },
    { guid: draw.guid('policy', 1), name: 'Strict', isDefault: false, ...times, settings: { ...POLICY_DEFAULTS, ...strict } },
    { guid: draw.guid('policy', 2), name: 'denied', isDefault: false, ...times, settings: POLICY_DEFAULTS },
  ];
}

/** Template id of the directory role Exchange Administrator. https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
const EXCHANGE_ADMINISTRATOR = '29232cdf-9323-42fd-ade2-1d097af3e4de';

/** The product's own application, with every grant that it asks for. */
export function seededApplication(draw: Draw): Application {
  return {
    appId: draw.guid('application', 0),
    objectId: draw.guid('application', 1),
    displayName: 'Exchange Connector',
    secrets: [draw.hex(40, 'application', 0, 1)],
    certificateThumbprints: [],
    federatedCredentials: [],
    isManagedIdentity: true,
    exchangeAppRoles: ['Exchange.ManageAsApp'],
    graphAppRoles: ['User.Read.All', 'GroupMember.Read.All', 'DeviceManagementManagedDevices.Read.All', 'Mail.Send'],
    directoryRoles: [EXCHANGE_ADMINISTRATOR],
    exchangeRoleGroups: [],
    deniedCmdlets: [],
    deniedParameters: [],
    recipientFilter: null,
  };
}
