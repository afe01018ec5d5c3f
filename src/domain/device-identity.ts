// The ids by which Exchange names devices and mailboxes, checked once where they enter; inside, a device has one id, its Guid.
// Not here: Exchange's `DeviceId`, which is an attribute; the same phone in two mailboxes has it twice.
// Forms: https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice

declare const brand: unique symbol;

/** A GUID in lower case that names one kind of object. */
type Guid<Kind extends string> = string & { readonly [brand]: Kind };

/** Exchange's `Guid` of one partnership: the id of a device everywhere inside. */
export type DeviceGuid = Guid<'device'>;
/** Exchange's `Guid` of a mailbox. */
export type MailboxGuid = Guid<'mailbox'>;
/** Object id in Microsoft Entra; Exchange calls it ExternalDirectoryObjectId. */
export type EntraObjectId = Guid<'entra-object'>;
/** What a mailbox may be asked for by: an id that no rename changes. */
export type MailboxReference = MailboxGuid | EntraObjectId;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NO_GUID = '00000000-0000-0000-0000-000000000000';

/** Whether `text` is a GUID that can name something, in any case: Exchange writes all zeros for "none". */
export function isGuid(text: string): boolean {
  return isGuidOf(text.toLowerCase());
}

function isGuidOf<Kind extends string>(text: string): text is Guid<Kind> {
  return GUID.test(text) && text !== NO_GUID;
}

function parse<Kind extends string>(text: string): Guid<Kind> | undefined {
  const guid = text.toLowerCase();
  return isGuidOf<Kind>(guid) ? guid : undefined;
}

/** The device id that `text` holds; undefined when it is no GUID. */
export function parseDeviceGuid(text: string): DeviceGuid | undefined {
  return parse<'device'>(text);
}

/** The mailbox id that `text` holds; undefined when it is no GUID. */
export function parseMailboxGuid(text: string): MailboxGuid | undefined {
  return parse<'mailbox'>(text);
}

/** The directory id that `text` holds; undefined when it is no GUID. */
export function parseEntraObjectId(text: string): EntraObjectId | undefined {
  return parse<'entra-object'>(text);
}

/** The parts of a device's `Identity`, `<mailbox name>\ExchangeActiveSyncDevices\<object name>`. */
export interface DeviceIdentityParts {
  /** The mailbox's Name attribute: a display name, an alias or an id; never to be taken for a user name. */
  readonly mailboxName: string;
  /** The pieces of the object name: `['iPhone', 'ApplDNQX…']`, or `['REST', 'Outlook', '…']`. */
  readonly objectName: readonly string[];
}

/** Takes a device's `Identity` apart; undefined when it has another form. */
export function parseDeviceIdentity(identity: string): DeviceIdentityParts | undefined {
  const match = /^(.+)\\ExchangeActiveSyncDevices\\([^\\]+)$/s.exec(identity);
  if (!match) return undefined;
  const [, mailboxName = '', objectName = ''] = match;
  return { mailboxName, objectName: objectName.split('§') };
}

/**
 * The distinguished name of the mailbox that a device belongs to: the grandparent of the device's own.
 * Undefined when the device is not kept the usual way, below a container of its mailbox. Compare without case.
 */
export function mailboxNameOfDevice(distinguishedName: string): string | undefined {
  const container = parentName(distinguishedName);
  if (container === undefined || !/^CN=ExchangeActiveSyncDevices,/i.test(container)) return undefined;
  return parentName(container);
}

/** What follows the first component; a comma that is part of a value is escaped as `\,` or `\2C` (RFC 4514). */
function parentName(distinguishedName: string): string | undefined {
  const first = /^(?:[^,\\]|\\.)*,(?=.)/s.exec(distinguishedName)?.[0];
  return first === undefined ? undefined : distinguishedName.slice(first.length);
}
