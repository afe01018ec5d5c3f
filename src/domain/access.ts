// Access of devices to mail, in Exchange's words: the state a device is in, the levels that rules and settings give, the personal lists.
// Values: https://learn.microsoft.com/previous-versions/office/developer/exchange-server-2010/ff343016(v=exchg.140) (DeviceAccessState)

/** What Exchange decided when the device last connected. `DeviceDiscovery` is the short hold at first contact. */
export const accessStates = ['Unknown', 'Allowed', 'Blocked', 'Quarantined', 'DeviceDiscovery'] as const;
export type AccessState = (typeof accessStates)[number];

/** What a rule, or the organization for devices that no rule covers, gives a device. */
export const accessLevels = ['Allow', 'Block', 'Quarantine'] as const;
export type AccessLevel = (typeof accessLevels)[number];

/** An edit of a list that keeps everything it does not name. Exchange compares entries without case. */
export interface ListEdit {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** An edit of a mailbox's personal lists of DeviceIds: who is let in, and who is kept out, whatever the rules say. */
export interface DeviceListsEdit {
  readonly allowed?: ListEdit;
  readonly blocked?: ListEdit;
}

/** The organization's settings for access. What Exchange does not say is left out. */
export interface AccessSettings {
  /** For devices that no rule and no personal list covers. */
  readonly defaultAccessLevel?: AccessLevel;
  /** Who gets a mail when a device is quarantined. */
  readonly adminMailRecipients?: readonly string[];
  /** Added to the mail that a user gets about a quarantined or blocked device. */
  readonly userMailInsert?: string;
  /** Added to the mail that asks a user to update the device. */
  readonly otaNotificationMailInsert?: string;
  readonly allowAccessForUnsupportedPlatform?: boolean;
  readonly allowRmsSupportForUnenlightenedApps?: boolean;
  /** Whether mailbox policies also apply where conditional access is in place; Microsoft does not describe it further. */
  readonly enableMobileMailboxPolicyWhenCaInPlace?: boolean;
}

/** A change of the access settings: what is absent stays. */
export type AccessSettingsChange = Omit<AccessSettings, 'adminMailRecipients'> & {
  readonly adminMailRecipients?: ListEdit;
};
