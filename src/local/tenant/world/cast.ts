// The people every organization starts with: the seeded sign-in people, then the odd ones that break careless code, some of them
// sentinels that the Exchange endpoint answers with a fault. A table; nothing is decided here.
import type { DeviceStrings } from './device-profiles.ts';
import type { MailboxSettings, RecipientTypeDetails } from './types.ts';

/** How a phone behaves, beyond what it says about itself. */
export interface DeviceTraits {
  /** `live` syncs many times a day, `daily` about once, `dormant` stopped long ago, `never` has no successful sync on record. */
  readonly life: 'live' | 'daily' | 'dormant' | 'never';
  /** What happens to a wipe that reached it. */
  readonly wipe: 'acknowledges' | 'never-acknowledges' | 'fails';
  /** Applies mailbox policies. */
  readonly provisionable: boolean;
}

export interface CastDevice {
  readonly profile:
    | 'iphone'
    | 'ipad'
    | 'android'
    | 'samsung'
    | 'outlook-ios'
    | 'outlook-android'
    | 'rest'
    | 'eas14'
    | 'windows-mail'
    | 'mowa';
  readonly strings?: Partial<DeviceStrings>;
  readonly traits?: Partial<DeviceTraits>;
  /** The same phone as the first device of the mailbox with this alias. */
  readonly sameAs?: string;
}

export interface CastMember {
  readonly alias: string;
  readonly displayName: string;
  readonly department: string;
  readonly language?: string;
  readonly type?: RecipientTypeDetails;
  readonly accountEnabled?: boolean;
  readonly settings?: Partial<MailboxSettings>;
  readonly devices: readonly CastDevice[] | number;
  /** Why this one is here. */
  readonly why: string;
}

const outlook: CastDevice = { profile: 'outlook-ios', traits: { life: 'live' } };
const iphone: CastDevice = { profile: 'iphone', traits: { life: 'live', wipe: 'acknowledges' } };

/** The sign-in people, in the order of their mailboxes; names and ids come from the local host's list where an organization has it. */
const SEEDED_PEOPLE: readonly CastMember[] = [
  { alias: 'admin', displayName: 'Ada Admin', department: 'Operations', devices: [iphone], why: 'Full Administrator' },
  { alias: 'operator', displayName: 'Otto Operator', department: 'Operations', devices: [outlook], why: 'Operations Administrator' },
  { alias: 'operator-sales', displayName: 'Olga Sales-Operator', department: 'Sales', devices: [iphone], why: 'limited to one collection' },
  { alias: 'approver', displayName: 'April Approver', department: 'Operations', devices: [outlook], why: 'Access Approver' },
  { alias: 'analyst', displayName: 'Anna Analyst', department: 'Finance', devices: [outlook], why: 'Read-only Analyst' },
  { alias: 'auditor', displayName: 'Austin Auditor', department: 'Legal', devices: [], why: 'Auditor, without any phone' },
  {
    alias: 'alice',
    displayName: 'Alice Martin',
    department: 'Sales',
    language: 'en-US',
    devices: [{ ...iphone, strings: { friendlyName: "Alice's iPhone" } }, outlook, { profile: 'eas14', traits: { life: 'dormant' } }],
    why: 'employee with a phone, Outlook and a left-over',
  },
  {
    alias: 'bob',
    displayName: 'Bob Baker',
    department: 'Sales',
    language: 'en-GB',
    devices: [
      { profile: 'samsung', traits: { life: 'live', wipe: 'acknowledges' } },
      { profile: 'android', traits: { life: 'live', wipe: 'acknowledges' } },
    ],
    why: 'employee whose type of phone no rule knows',
  },
  {
    alias: 'chloe',
    displayName: 'Chloé Dubois',
    department: 'Marketing',
    language: 'fr-FR',
    devices: [{ profile: 'ipad', traits: { life: 'live', wipe: 'acknowledges' } }, outlook],
    why: 'employee who reads French',
  },
];

/** Sentinels and odd names. */
const ODD_CAST: readonly CastMember[] = [
  {
    alias: 'throttled',
    displayName: 'Theo Throttled',
    department: 'Support',
    devices: [iphone],
    why: 'two of three calls for this mailbox are throttled',
  },
  {
    alias: 'busy',
    displayName: 'Bea Busy',
    department: 'Support',
    devices: [iphone],
    why: 'every other call for this mailbox is answered 503',
  },
  {
    alias: 'stats-missing',
    displayName: 'Nora Missing',
    department: 'Support',
    devices: [iphone],
    why: 'listed devices without statistics',
  },
  {
    alias: 'notfound-404',
    displayName: 'Ned Notfound',
    department: 'Support',
    devices: [iphone],
    why: 'calls for this mailbox answer 404 not found',
  },
  {
    alias: 'notfound-500',
    displayName: 'Nell Notfound',
    department: 'Support',
    devices: [iphone],
    why: 'calls for this mailbox answer 500 not found',
  },
  { alias: 'denied', displayName: 'Dennis Denied', department: 'Legal', devices: [iphone], why: 'writes to this mailbox are refused' },
  { alias: 'slow', displayName: 'Sam Slow', department: 'Support', devices: [iphone], why: 'calls for this mailbox take five seconds' },
  {
    alias: 'never-acks',
    displayName: 'Nick Neveracks',
    department: 'Sales',
    devices: [{ profile: 'iphone', strings: { friendlyName: 'never-acks' }, traits: { life: 'live', wipe: 'never-acknowledges' } }],
    why: 'a wipe stays pending',
  },
  {
    alias: 'fails-wipe',
    displayName: 'Fay Fails',
    department: 'Sales',
    devices: [{ profile: 'android', strings: { friendlyName: 'fails-wipe' }, traits: { life: 'live', wipe: 'fails' } }],
    why: 'the phone answers the wipe with status 2',
  },
  { alias: 'miles.obrien', displayName: "Miles O'Brien", department: 'Engineering', devices: [iphone], why: 'single quote' },
  { alias: 'the.rock', displayName: 'Dwayne "The Rock" Johnson', department: 'Marketing', devices: [iphone], why: 'double quotes' },
  { alias: 'back.slash', displayName: 'Back\\Slash, Comma', department: 'Engineering', devices: [iphone], why: 'backslash and comma' },
  { alias: 'paragraph', displayName: 'Para§graph Sign', department: 'Legal', devices: [iphone], why: 'the separator of device names' },
  { alias: 'juergen', displayName: 'Jürgen Größe-Müller', department: 'Finance', language: 'de-DE', devices: [iphone], why: 'non-ASCII' },
  { alias: 'li.xiaolong', displayName: '李小龙', department: 'Engineering', language: 'zh-CN', devices: [outlook], why: 'non-Latin' },
  { alias: 'fox', displayName: 'Fenna 🦊 Fox', department: 'Marketing', devices: [outlook], why: 'outside the basic plane' },
  {
    alias: 'script',
    displayName: '<script>alert(1)</script>',
    department: 'Marketing',
    devices: [{ ...iphone, strings: { friendlyName: '<img src=x onerror=alert(1)>' } }],
    why: 'markup',
  },
  {
    alias: 'formula',
    displayName: '=HYPERLINK("https://example.com","open")',
    department: 'Finance',
    devices: [{ ...iphone, strings: { friendlyName: '@SUM(1+1)*cmd' } }],
    why: 'spreadsheet formula',
  },
  {
    alias: 'reception',
    displayName: 'Reception',
    department: 'Operations',
    type: 'SharedMailbox',
    accountEnabled: false,
    devices: [{ profile: 'iphone', sameAs: 'alice' }],
    why: "shared mailbox on Alice's phone",
  },
  {
    alias: 'warehouse',
    displayName: 'Warehouse',
    department: 'Operations',
    type: 'SharedMailbox',
    accountEnabled: false,
    devices: 1,
    why: 'shared mailbox',
  },
  {
    alias: 'room.1.01',
    displayName: 'Room 1.01',
    department: 'Operations',
    type: 'RoomMailbox',
    accountEnabled: false,
    devices: [],
    why: 'room',
  },
  { alias: 'collector', displayName: 'Cora Collector', department: 'Engineering', devices: 64, why: 'more than sixty partnerships' },
  {
    alias: 'lena.left',
    displayName: 'Lena Left',
    department: 'Sales',
    accountEnabled: false,
    devices: [iphone, outlook],
    why: 'disabled user',
  },
  {
    alias: 'no.sync',
    displayName: 'Norman Nosync',
    department: 'Legal',
    settings: { activeSyncEnabled: false },
    devices: [iphone],
    why: 'ActiveSync is switched off',
  },
];

/** Everybody with a mailbox of their own before the generated people begin. */
export const CAST: readonly CastMember[] = [...SEEDED_PEOPLE, ...ODD_CAST];
