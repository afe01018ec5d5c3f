// Every way in which the world changes from outside, as data: what the journal keeps and replays.
// Guids of new objects are part of the change, so that a replay makes the same objects. Applying them: organization.ts.
import type { DeviceFacts } from './device-facts.ts';
import type { NewMailbox } from './mailboxes.ts';
import type { WipeScope } from './phones.ts';
import type {
  AccessConfiguration,
  Application,
  ApplicationChange,
  GroupMember,
  MailboxSettings,
  MobilePolicy,
  OrganizationSettings,
  SentMail,
  UserChange,
} from './types.ts';

/** Behaviour of the cloud that nobody knows for sure, as switches (differences.md). */
export interface CloudSwitches {
  /** Wipes are carried out, but their state stays pending for ever. */
  readonly cloudNeverReports: boolean;
}

/** A change that is about one device. */
export type DeviceChangeRequest =
  | { readonly kind: 'device.remove'; readonly device: number }
  | { readonly kind: 'device.wipe'; readonly device: number; readonly scope: WipeScope; readonly requestor: string }
  | { readonly kind: 'device.cancel-wipe'; readonly device: number }
  | { readonly kind: 'device.change'; readonly device: number; readonly facts: Partial<DeviceFacts> }
  | { readonly kind: 'device.power'; readonly device: number; readonly isOn: boolean }
  | { readonly kind: 'device.connect'; readonly device: number }
  | { readonly kind: 'device.reset'; readonly device: number }
  | { readonly kind: 'device.add'; readonly mailbox: number; readonly facts: Partial<DeviceFacts>; readonly guid?: string };

/** A change of the directory. */
export type DirectoryChangeRequest =
  | { readonly kind: 'user.update'; readonly id: string; readonly change: UserChange }
  | { readonly kind: 'user.delete'; readonly id: string }
  | { readonly kind: 'member.add'; readonly group: string; readonly member: GroupMember }
  | { readonly kind: 'member.remove'; readonly group: string; readonly member: string }
  | { readonly kind: 'application.add'; readonly application: Application }
  | { readonly kind: 'application.update'; readonly appId: string; readonly change: ApplicationChange }
  | { readonly kind: 'mail.record'; readonly mail: Omit<SentMail, 'atMs'> };

export type Change =
  | DeviceChangeRequest
  | DirectoryChangeRequest
  | { readonly kind: 'mailbox.add'; readonly mailbox: NewMailbox }
  | { readonly kind: 'mailbox.settings'; readonly mailbox: number; readonly change: Partial<MailboxSettings> }
  | { readonly kind: 'access.configure'; readonly change: Partial<AccessConfiguration> }
  | { readonly kind: 'settings.change'; readonly change: Partial<OrganizationSettings> }
  | { readonly kind: 'policy.save'; readonly policy: MobilePolicy }
  | { readonly kind: 'policy.remove'; readonly guid: string }
  | { readonly kind: 'cloud.switch'; readonly switches: Partial<CloudSwitches> };
