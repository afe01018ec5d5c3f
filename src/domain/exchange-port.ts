// What the connector asks of one organization's Exchange, in our words. Only durable activities may call it (design, law 3).
// A read ends in full or throws: never a short list. A write is sent once; when nobody can know whether it was carried out it throws
// `exchange.outcome-unknown`, and the caller reads again before it decides to repeat.
import type { AccessLevel, AccessSettings, AccessSettingsChange, DeviceListsEdit } from './access.ts';
import type { AccessRule, DeviceClass, NewAccessRule } from './access-rule.ts';
import type { DeviceGuid, MailboxReference } from './device-identity.ts';
import type { DeviceQuery, ObservedDevice } from './device.ts';
import type { DeviceStatistics } from './device-statistics.ts';
import type { AppError } from './errors.ts';
import type { ExchangeRights } from './exchange-right.ts';
import type { Mailbox, MailboxAccess, MailboxQuery, MailboxSwitches, Recipient, RecipientKey } from './mailbox.ts';
import type { OrganizationFacts } from './organization.ts';
import type { MailboxPolicy, PolicyChange } from './policy.ts';
import type { PolicySettings } from './policy-settings.ts';

/** Counts what calls cost; hand the same one to every call of an activity. */
interface ExchangeUsage {
  /** Requests sent, repeats included. */
  requests: number;
  /** Answers that asked for fewer requests. */
  throttled: number;
}

export interface ExchangeCallOptions {
  readonly signal?: AbortSignal;
  readonly usage?: ExchangeUsage;
}

/** One page of a list. The list is whole only when the iteration has ended without an error. */
export interface ExchangePage<Row> {
  readonly rows: readonly Row[];
  /** Rows that carry no id and cannot be kept: while there are any, nothing may be concluded from what is missing. */
  readonly unidentified: number;
  /** True on the first page after the read had to begin again: forget what earlier pages counted. Rows may come twice. */
  readonly startsOver: boolean;
}

/** A count that may have stopped early. */
export interface DeviceCount {
  readonly count: number;
  /** False when counting stopped at the limit: there are at least `count`. */
  readonly isExact: boolean;
}

/** Statistics of one mailbox out of several, or why they could not be read; undefined statistics: there is no such mailbox. */
export type MailboxStatistics =
  | { readonly mailbox: MailboxReference; readonly statistics: readonly DeviceStatistics[] | undefined }
  | { readonly mailbox: MailboxReference; readonly error: AppError };

/** Devices: lists, single reads, and the acts on one device. */
export interface ExchangeDevices {
  listDevices(query: DeviceQuery, options?: ExchangeCallOptions): AsyncIterable<ExchangePage<ObservedDevice>>;
  /** Counts devices, reading little of each; stops once it has seen `limit`. */
  countDevices(query: DeviceQuery, limit: number, options?: ExchangeCallOptions): Promise<DeviceCount>;
  /** The devices of a mailbox; undefined when there is no such mailbox. */
  devicesOfMailbox(mailbox: MailboxReference, options?: ExchangeCallOptions): Promise<readonly ObservedDevice[] | undefined>;
  getDevice(device: DeviceGuid, options?: ExchangeCallOptions): Promise<ObservedDevice | undefined>;
  /** Statistics of all devices of a mailbox; undefined when there is no such mailbox. */
  mailboxStatistics(mailbox: MailboxReference, options?: ExchangeCallOptions): Promise<readonly DeviceStatistics[] | undefined>;
  /** The same for several mailboxes in few requests, in the order given; one that fails does not spoil the others. */
  statisticsOfMailboxes(mailboxes: readonly MailboxReference[], options?: ExchangeCallOptions): Promise<readonly MailboxStatistics[]>;
  deviceStatistics(device: DeviceGuid, options?: ExchangeCallOptions): Promise<DeviceStatistics | undefined>;
  /** Asks for a wipe. Without `accountOnly` a native mail app resets the whole phone. Asking again for the same wipe changes nothing. */
  clearDevice(device: DeviceGuid, wipe: { readonly accountOnly: boolean }, options?: ExchangeCallOptions): Promise<void>;
  /** Asks Exchange to take back a wipe of that kind; whether it did shows in the statistics. */
  cancelClear(device: DeviceGuid, wipe: { readonly accountOnly: boolean }, options?: ExchangeCallOptions): Promise<void>;
  /** Forgets the partnership; data on the phone stays. `missing`: it was gone already. */
  removeDevice(device: DeviceGuid, options?: ExchangeCallOptions): Promise<'removed' | 'missing'>;
}

/** Mailboxes and recipients. */
export interface ExchangeMailboxes {
  /** Mailboxes with their personal lists, switches and policy. */
  listMailboxAccess(query: MailboxQuery, options?: ExchangeCallOptions): AsyncIterable<ExchangePage<MailboxAccess>>;
  getMailboxAccess(mailbox: MailboxReference, options?: ExchangeCallOptions): Promise<MailboxAccess | undefined>;
  getMailbox(mailbox: MailboxReference, options?: ExchangeCallOptions): Promise<Mailbox | undefined>;
  /** All recipients that the key names; none, one, or several when a name is not unique. */
  findRecipients(key: RecipientKey, options?: ExchangeCallOptions): Promise<readonly Recipient[]>;
  /** Adds and removes DeviceIds of the personal lists; every id not named stays. */
  editDeviceLists(mailbox: MailboxReference, edit: DeviceListsEdit, options?: ExchangeCallOptions): Promise<void>;
  setMailboxSwitches(mailbox: MailboxReference, switches: MailboxSwitches, options?: ExchangeCallOptions): Promise<void>;
  /** Gives the mailbox a policy by its Guid, or the organization's default with null. Read back: Exchange may ignore the null. */
  assignPolicy(mailbox: MailboxReference, policyGuid: string | null, options?: ExchangeCallOptions): Promise<void>;
}

/** Access settings and rules of the organization. */
export interface ExchangeAccess {
  getAccessSettings(options?: ExchangeCallOptions): Promise<AccessSettings>;
  setAccessSettings(change: AccessSettingsChange, options?: ExchangeCallOptions): Promise<void>;
  listAccessRules(options?: ExchangeCallOptions): Promise<readonly AccessRule[]>;
  /** Makes a rule; the error `exchange.exists` when one for the same characteristic and text is there. */
  createAccessRule(rule: NewAccessRule, options?: ExchangeCallOptions): Promise<void>;
  setAccessRuleLevel(ruleGuid: string, level: AccessLevel, options?: ExchangeCallOptions): Promise<void>;
  removeAccessRule(ruleGuid: string, options?: ExchangeCallOptions): Promise<'removed' | 'missing'>;
  listDeviceClasses(options?: ExchangeCallOptions): Promise<readonly DeviceClass[]>;
}

/** Mobile device mailbox policies. Read back after a change: Exchange ties some settings to others. */
export interface ExchangePolicies {
  listPolicies(options?: ExchangeCallOptions): Promise<readonly MailboxPolicy[]>;
  getPolicy(policyGuid: string, options?: ExchangeCallOptions): Promise<MailboxPolicy | undefined>;
  /** Makes a policy; the error `exchange.exists` when one of that name is there. */
  createPolicy(name: string, settings: PolicySettings, options?: ExchangeCallOptions): Promise<void>;
  changePolicy(policyGuid: string, change: PolicyChange & { readonly name?: string }, options?: ExchangeCallOptions): Promise<void>;
  removePolicy(policyGuid: string, options?: ExchangeCallOptions): Promise<'removed' | 'missing'>;
}

/** The organization itself and what we may do in it. */
export interface ExchangeOrganization {
  getOrganization(options?: ExchangeCallOptions): Promise<OrganizationFacts>;
  /** Changes nothing. Throws when Exchange refuses our credential as a whole. */
  checkRights(options?: ExchangeCallOptions): Promise<ExchangeRights>;
}

/** The Exchange of one organization. */
export interface ExchangePort extends ExchangeDevices, ExchangeMailboxes, ExchangeAccess, ExchangePolicies, ExchangeOrganization {}
