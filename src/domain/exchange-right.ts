// What our credential may do in Exchange Online, right by right, so that an installation can say what is missing and what works without it.
// Which cmdlet serves which ability is the adapter's knowledge; a right carries the cmdlet's name for the person who grants it.

/** A thing the connector does in Exchange. */
export type ExchangeAbility =
  | 'devices.read'
  | 'statistics.read'
  | 'mailboxes.read'
  | 'recipients.read'
  | 'organization.read'
  | 'access.read'
  | 'policies.read'
  | 'device-lists.write'
  | 'devices.wipe'
  | 'devices.remove'
  | 'access.write'
  | 'policies.write';

/** Whether one cmdlet may be run. `unknown`: Exchange does not tell, and trying it would change something. */
export interface ExchangeRight {
  readonly ability: ExchangeAbility;
  readonly cmdlet: string;
  readonly state: 'granted' | 'missing' | 'unknown';
  /** Management roles that hold the cmdlet, as far as our credential can see them: one of these cures a missing right. */
  readonly roles?: readonly string[];
}

/** All rights of our credential, and how they were found. */
export interface ExchangeRights {
  /** `list`: Exchange's own list of the cmdlets we may run. `probe`: that list could not be read, so harmless reads were tried. */
  readonly source: 'list' | 'probe';
  readonly rights: readonly ExchangeRight[];
}
