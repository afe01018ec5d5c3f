// A device as Exchange lists it: one partnership of one mailbox. An observation only; annotations and intents are other rows.
// Fields: https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice
import type { AccessState } from './access.ts';
import type { DeviceGuid } from './device-identity.ts';
import type { Instant } from './instant.ts';

/** What Exchange said about a device. A field that was absent, blank or of an odd form is left out: unknown, not empty. */
export interface ObservedDevice {
  /** The only field that never changes. */
  readonly guid: DeviceGuid;
  /** `<mailbox name>\ExchangeActiveSyncDevices\<object name>`; its first part is no user name. */
  readonly identity?: string;
  readonly name?: string;
  /** Its grandparent is the mailbox (see device-identity.ts). */
  readonly distinguishedName?: string;
  /** The id the client chose. The same phone in two mailboxes has it twice; a reset gives another. */
  readonly deviceId?: string;
  readonly deviceType?: string;
  readonly model?: string;
  readonly os?: string;
  readonly osLanguage?: string;
  readonly userAgent?: string;
  readonly friendlyName?: string;
  readonly imei?: string;
  readonly mobileOperator?: string;
  readonly phoneNumber?: string;
  /** `EAS`, `Outlook`, `REST`, `MOWA`; others may come. */
  readonly clientType?: string;
  /** The protocol version only when the client type is `EAS`. */
  readonly clientVersion?: string;
  readonly accessState?: AccessState;
  /** Exchange's own word, opaque: `Global`, `Individual`, `DeviceRule`, … */
  readonly accessStateReason?: string;
  /** The identity of the rule that decided. */
  readonly accessRule?: string;
  readonly firstSyncAt?: Instant;
  /** For people; no key. */
  readonly userDisplayName?: string;
  readonly isManaged?: boolean;
  readonly isCompliant?: boolean;
  readonly isDisabled?: boolean;
  readonly createdAt?: Instant;
  readonly changedAt?: Instant;
}

/** Which devices of the organization to list; all given conditions must hold. */
export interface DeviceQuery {
  /** First sync in [from, before), each end open when left out; or devices without that time. */
  readonly firstSync?: { readonly from?: Instant; readonly before?: Instant } | 'missing';
  readonly accessState?: AccessState;
  /** Letters and digits with which the DeviceId starts, without regard to case. */
  readonly deviceIdPrefix?: string;
  /** The same form; the DeviceId starts with none of these. A device without DeviceId starts with nothing. */
  readonly deviceIdWithout?: readonly string[];
}
