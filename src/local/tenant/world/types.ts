// What the simulated tenant is made of, as every part of it sees it: people, groups, applications, mailboxes, partnerships and time.
// Not the wire shapes of Exchange or Graph, and not how the rows are kept (see organization.ts).
// Field meanings: https://learn.microsoft.com/powershell/module/exchangepowershell/ and https://learn.microsoft.com/graph/api/resources/user

/** Milliseconds since the epoch on the tenant's own clock. */
export type InstantMs = number;

/** The tenant's time: real, held still, or running faster; it never goes backwards, not even over a restart. */
export interface TenantClock {
  /** The tenant's present. Everything that people and devices do is dated by it. */
  now(): InstantMs;
  /** Time as a caller on the wire feels it: real seconds plus explicit steps, whatever the speed. Lifetimes of cursors and tokens use it. */
  wireNow(): InstantMs;
  readonly held: boolean;
  /** Tenant seconds per real second while the clock runs. */
  readonly speed: number;
  hold(): void;
  run(speed?: number): void;
  /** Moves forward by `ms`; a negative or non-finite step is refused. */
  step(ms: number): void;
}

/** One Exchange Online organization with its Entra directory. */
export interface Organization {
  /** Tenant GUID, lower case. */
  readonly tenantId: string;
  readonly displayName: string;
  /** `contoso.onmicrosoft.com`. */
  readonly initialDomain: string;
  /** The vanity domain that mail addresses use. */
  readonly domain: string;
}

/** A user object of the directory: a person, or the disabled account behind a shared mailbox. */
export interface User {
  /** Entra object id; Exchange calls it ExternalDirectoryObjectId. */
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly mail: string | null;
  readonly jobTitle: string | null;
  readonly department: string | null;
  readonly preferredLanguage: string | null;
  readonly accountEnabled: boolean;
  /** Object id of the manager, or null at the top. */
  readonly managerId: string | null;
  /** When the object was made. */
  readonly createdMs: InstantMs;
}

/** What can be changed on a user; absent keeps. */
export type UserChange = Partial<Omit<User, 'id' | 'createdMs'>>;

export interface Group {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly mail: string | null;
  readonly mailEnabled: boolean;
  readonly securityEnabled: boolean;
  /** `Unified`, `DynamicMembership`. */
  readonly groupTypes: readonly string[];
}

/** A direct member of a group. */
export interface GroupMember {
  readonly kind: 'user' | 'group';
  readonly id: string;
}

/** A phone as Intune knows it; joined to Exchange by `easDeviceId` and `userId`. */
export interface ManagedDevice {
  readonly id: string;
  readonly userId: string;
  readonly userPrincipalName: string;
  readonly deviceName: string;
  readonly operatingSystem: string;
  readonly osVersion: string;
  readonly model: string;
  readonly manufacturer: string;
  readonly serialNumber: string;
  readonly ownerType: 'unknown' | 'company' | 'personal';
  readonly complianceState: 'unknown' | 'compliant' | 'noncompliant' | 'inGracePeriod';
  readonly enrolledMs: InstantMs;
  readonly lastSyncMs: InstantMs;
  readonly easActivated: boolean;
  readonly easDeviceId: string | null;
  readonly exchangeAccessState: 'none' | 'unknown' | 'allowed' | 'blocked' | 'quarantined';
  readonly exchangeAccessStateReason: string;
  readonly exchangeLastSuccessfulSyncMs: InstantMs | null;
  readonly azureADDeviceId: string;
}

/** An application with its service principal in one organization: who may ask for tokens, and what they then may do. */
export interface Application {
  /** Client id. */
  readonly appId: string;
  /** Object id of the service principal (`oid` of its tokens). */
  readonly objectId: string;
  readonly displayName: string;
  /** Accepted client secrets. */
  readonly secrets: readonly string[];
  /** SHA-256 thumbprints (hex, lower case) of accepted certificates. */
  readonly certificateThumbprints: readonly string[];
  /** Federated credentials: an assertion with this issuer and subject is accepted. */
  readonly federatedCredentials: readonly { readonly issuer: string; readonly subject: string; readonly audience: string }[];
  /** Served by the managed-identity endpoint. */
  readonly isManagedIdentity: boolean;
  /** Application permissions on Exchange (`Exchange.ManageAsApp`, `Exchange.ManageAsAppV2`). */
  readonly exchangeAppRoles: readonly string[];
  /** Application permissions on Graph (`User.Read.All`, …). */
  readonly graphAppRoles: readonly string[];
  /** Template ids of Entra directory roles (`wids` of its tokens). */
  readonly directoryRoles: readonly string[];
  /** Exchange role groups it is a member of, by name; not in the token. */
  readonly exchangeRoleGroups: readonly string[];
  /** Cmdlets taken away from whatever the roles allow. */
  readonly deniedCmdlets: readonly string[];
  /** Parameters taken away from a cmdlet that stays allowed: `Set-CASMailbox:ActiveSyncBlockedDeviceIDs`. */
  readonly deniedParameters: readonly string[];
  /** A filter of recipients, as management scopes have one: mailboxes that it does not fit, and their devices, do not exist for the application. */
  readonly recipientFilter: string | null;
}

export type ApplicationChange = Partial<Omit<Application, 'appId' | 'objectId'>>;

/** Claims of a verified access token. */
export interface TokenClaims {
  readonly tenantId: string;
  readonly appId: string;
  readonly objectId: string;
  readonly roles: readonly string[];
  readonly wids: readonly string[];
}

/** Verifies a bearer token that this tenant's own token endpoint issued; undefined when it is not acceptable for `audience`. */
export type VerifyToken = (token: string, audience: string) => Promise<TokenClaims | undefined>;

/** One entry of the directory's change list, which Graph's delta queries read. */
export interface DirectoryChange {
  readonly sequence: number;
  readonly atMs: InstantMs;
  readonly kind: 'user' | 'group' | 'member';
  /** Of the user or group. */
  readonly id: string;
  readonly change: 'created' | 'updated' | 'deleted';
  /** For `member`: the user or group that came or went. */
  readonly member?: GroupMember;
}

/** A message that an application sent through Graph. */
export interface SentMail {
  readonly atMs: InstantMs;
  readonly senderId: string;
  readonly appId: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** The Entra side of an organization. */
export interface Directory {
  /** All users in a stable order; `from` skips that many without making them. Deleted ones are left out. */
  users(from?: number): Iterable<User>;
  readonly userCount: number;
  /** By object id or user principal name, in any case. */
  user(idOrName: string): User | undefined;
  /** The manager chain ends at null; undefined when the user is unknown. */
  updateUser(id: string, change: UserChange): User;
  deleteUser(id: string): void;
  directReports(id: string): Iterable<User>;
  groups(): Iterable<Group>;
  group(id: string): Group | undefined;
  members(groupId: string): Iterable<GroupMember>;
  /** Users of the group and of the groups inside it, each once. */
  transitiveUsers(groupId: string): Iterable<User>;
  /** Group ids that the user is in, nested ones included. */
  groupsOf(userId: string): ReadonlySet<string>;
  addMember(groupId: string, member: GroupMember): void;
  removeMember(groupId: string, memberId: string): void;
  managedDevices(): Iterable<ManagedDevice>;
  managedDevice(id: string): ManagedDevice | undefined;
  applications(): Iterable<Application>;
  /** By client id or by object id of the service principal. */
  application(appIdOrObjectId: string): Application | undefined;
  addApplication(application: Application): void;
  updateApplication(appId: string, change: ApplicationChange): Application;
  /** Sequence number of the newest change; 0 in a fresh organization. */
  readonly changeSequence: number;
  /** Changes after `sequence`, oldest first. */
  changesAfter(sequence: number): Iterable<DirectoryChange>;
  recordMail(mail: Omit<SentMail, 'atMs'>): SentMail;
  sentMail(): readonly SentMail[];
}

export type RecipientTypeDetails = 'UserMailbox' | 'SharedMailbox' | 'RoomMailbox';

/** A mailbox with its client access settings, as it is now. */
export interface Mailbox {
  /** Position in the organization; stable. */
  readonly index: number;
  /** The directory attribute that device identities begin with: not unique across domains, may hold any character. */
  readonly name: string;
  readonly alias: string;
  readonly displayName: string;
  readonly distinguishedName: string;
  /** ExchangeGuid's object: `Guid` of the mailbox rows. */
  readonly guid: string;
  /** Entra object id of its user. */
  readonly externalDirectoryObjectId: string;
  readonly userPrincipalName: string;
  readonly primarySmtpAddress: string;
  readonly emailAddresses: readonly string[];
  readonly recipientTypeDetails: RecipientTypeDetails;
  readonly createdMs: InstantMs;
  readonly changedMs: InstantMs;
  readonly settings: MailboxSettings;
}

/** What Set-CASMailbox changes. */
export interface MailboxSettings {
  readonly activeSyncEnabled: boolean;
  readonly allowedDeviceIds: readonly string[];
  readonly blockedDeviceIds: readonly string[];
  /** Policy guid; null follows the organization's default. */
  readonly policyId: string | null;
  readonly suppressReadReceipt: boolean;
  /** Debug logging ends at this time; null when off. */
  readonly debugLoggingUntilMs: InstantMs | null;
  readonly outlookMobileEnabled: boolean | null;
  readonly owaForDevicesEnabled: boolean | null;
  readonly universalOutlookEnabled: boolean | null;
  readonly oneWinNativeOutlookEnabled: boolean | null;
  readonly macOutlookEnabled: boolean | null;
  /** Exchange's possibly stale idea of whether there is a partnership; null means it is right. */
  readonly statedHasPartnership: boolean | null;
}

export type AccessState = 'Unknown' | 'Allowed' | 'Blocked' | 'Quarantined' | 'DeviceDiscovery';

/** Outcome of one access decision. */
export interface AccessDecision {
  readonly state: AccessState;
  readonly reason: string;
  /** Identity of the rule that decided, else null. */
  readonly rule: string | null;
}

/** Times of one kind of wipe, full or account-only. */
export interface WipeTimes {
  readonly requestedMs: InstantMs;
  readonly requestor: string;
  readonly sentMs: InstantMs | null;
  readonly acknowledgedMs: InstantMs | null;
  /** The phone answered with status 2: it could not. */
  readonly failedMs: InstantMs | null;
}

/** One partnership: what Get-MobileDevice and Get-MobileDeviceStatistics are read from. */
export interface Device {
  /** Position in the organization; stable, never used again. */
  readonly index: number;
  readonly mailboxIndex: number;
  /** The partnership's key. */
  readonly guid: string;
  readonly deviceId: string;
  readonly deviceType: string;
  readonly deviceModel: string;
  readonly deviceOs: string;
  readonly deviceOsLanguage: string | null;
  readonly userAgent: string | null;
  readonly friendlyName: string | null;
  readonly imei: string | null;
  readonly telephoneNumber: string | null;
  readonly mobileOperator: string | null;
  readonly clientType: string;
  readonly clientVersion: string;
  /** Object name, the last part of Identity: `iPhone§ApplDNQX…`. */
  readonly objectName: string;
  /** Null for the rows that Exchange has without one. */
  readonly firstSyncMs: InstantMs | null;
  /** Ten-millionths of a second on top of `firstSyncMs` (0–9999). */
  readonly firstSyncTicks: number;
  readonly changedMs: InstantMs;
  readonly access: AccessDecision;
  readonly isManaged: boolean;
  readonly isCompliant: boolean;
  readonly isDisabled: boolean;
  readonly lastSuccessSyncMs: InstantMs | null;
  readonly lastSyncAttemptMs: InstantMs | null;
  readonly lastPolicyUpdateMs: InstantMs | null;
  /** `NotApplied`, `AppliedInFull`, `PartiallyApplied`, `ExternallyManaged`. */
  readonly policyStatus: string;
  readonly deviceWipe: WipeTimes | null;
  readonly accountWipe: WipeTimes | null;
  /** Exchange's word for the row: `DeviceOk`, `AccountOnlyDeviceWipePending`, … */
  readonly status: string;
  readonly foldersSynced: number;
  readonly pingHeartbeatSeconds: number | null;
}

export type AccessLevel = 'Allow' | 'Block' | 'Quarantine';
export type RuleCharacteristic = 'DeviceModel' | 'DeviceType' | 'DeviceOS' | 'UserAgent' | 'XMSWLHeader';

export interface AccessRule {
  readonly guid: string;
  readonly queryString: string;
  readonly characteristic: RuleCharacteristic;
  readonly accessLevel: AccessLevel;
  readonly createdMs: InstantMs;
  readonly changedMs: InstantMs;
}

/** How conditional access stands in the way: not at all, Outlook skips the rules, or every client is judged by Intune. */
type ConditionalAccess = 'off' | 'outlook' | 'all';

/** What decides access in the whole organization; a change makes a new version, so that devices are judged by what held when they connected. */
export interface AccessConfiguration {
  readonly defaultAccessLevel: AccessLevel;
  readonly rules: readonly AccessRule[];
  readonly conditionalAccess: ConditionalAccess;
}

export interface OrganizationSettings {
  readonly adminMailRecipients: readonly string[];
  readonly userMailInsert: string | null;
  readonly otaNotificationMailInsert: string | null;
  readonly allowAccessForUnSupportedPlatform: boolean;
  readonly allowRmsSupportForUnenlightenedApps: boolean;
  readonly enableMobileMailboxPolicyWhenCaInplace: boolean;
  readonly tenantAdminPreference: string;
  readonly changedMs: InstantMs;
}

/** A mobile device mailbox policy: `settings` holds Exchange's own names with the values its rows carry. */
export interface MobilePolicy {
  readonly guid: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly createdMs: InstantMs;
  readonly changedMs: InstantMs;
  readonly settings: Readonly<Record<string, PolicyValue>>;
}

export type PolicyValue = string | number | boolean | null | readonly string[];

/** One change that a cmdlet or Graph call made, for assertions and for people. */
export interface WriteLogEntry {
  readonly sequence: number;
  readonly at: string;
  readonly tenantId: string;
  /** Client id and object id of the caller. */
  readonly appId: string;
  readonly objectId: string;
  readonly cmdlet: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Exchange's words where it refused; a refused write changed nothing. */
  readonly refused?: string;
}
