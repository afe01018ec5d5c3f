// How Exchange writes the names of directory objects: distinguished names and the Identity of a partnership, both ways.
// Escaping: RFC 4514; the shapes as public scripts meet them.

const DN_SPECIAL = /[,+"\\<>;=]/g;
/** Neither special characters nor a special first or last one. */
const DN_PLAIN = /^(?![ #])[^,+"\\<>;=]*(?<! )$/;
const DN_ROOT = 'OU=Microsoft Exchange Hosted Organizations,DC=EURPR05A005,DC=PROD,DC=OUTLOOK,DC=COM';
const CONTAINER = 'ExchangeActiveSyncDevices';

/** A value as it stands in a distinguished name. */
function escapeDnValue(value: string): string {
  if (DN_PLAIN.test(value)) return value;
  const escaped = value.replaceAll(DN_SPECIAL, String.raw`\$&`);
  const guarded = /^[ #]/.test(escaped) ? `\\${escaped}` : escaped;
  return guarded.endsWith(' ') ? `${guarded.slice(0, -1)}\\ ` : guarded;
}

/** Distinguished name of a recipient. */
export function recipientDn(name: string, initialDomain: string): string {
  return `CN=${escapeDnValue(name)},OU=${initialDomain},${DN_ROOT}`;
}

/** Distinguished name of a partnership under its mailbox. */
export function deviceDn(objectName: string, mailboxDn: string): string {
  return `CN=${escapeDnValue(objectName)},CN=${CONTAINER},${mailboxDn}`;
}

/** Identity of a partnership: mailbox name, container, object name. */
export function deviceIdentity(mailboxName: string, objectName: string): string {
  return `${mailboxName}\\${CONTAINER}\\${objectName}`;
}

/** Distinguished name of something in the organization's configuration. */
export function configurationDn(name: string, container: string, initialDomain: string): string {
  return `CN=${escapeDnValue(name)},CN=${container},CN=Configuration,CN=${initialDomain},CN=ConfigurationUnits,DC=EURPR05A005,DC=PROD,DC=OUTLOOK,DC=COM`;
}

/** The path form that UserDisplayName sometimes has. */
export function canonicalName(name: string, initialDomain: string): string {
  return `EURPR05A005.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/${initialDomain}/${name}`;
}

/** Mailbox and object name in the Identity or distinguished name of a partnership; undefined when it is neither. */
export function parseDeviceIdentity(text: string): { mailbox: string; objectName: string } | undefined {
  const middle = `\\${CONTAINER}\\`;
  const at = text.toLowerCase().indexOf(middle.toLowerCase());
  if (at > 0) return { mailbox: text.slice(0, at), objectName: text.slice(at + middle.length) };
  const dn = /^CN=((?:\\.|[^\\,])+),CN=ExchangeActiveSyncDevices,(CN=.+)$/i.exec(text);
  const [, objectName, mailbox] = dn ?? [];
  return objectName && mailbox ? { mailbox, objectName: objectName.replaceAll(/\\(.)/g, '$1') } : undefined;
}
