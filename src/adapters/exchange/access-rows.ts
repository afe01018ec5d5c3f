// Rows of Get-ActiveSyncOrganizationSettings, Get-ActiveSyncDeviceAccessRule and Get-ActiveSyncDeviceClass, turned into the domain's words.
import * as z from 'zod';
import { accessLevels } from '../../domain/access.ts';
import type { AccessSettings } from '../../domain/access.ts';
import { ruleCharacteristics } from '../../domain/access-rule.ts';
import type { AccessRule, DeviceClass } from '../../domain/access-rule.ts';
import { choice, flag, guid, instant, known, list, text } from './row-fields.ts';

/** The row of Get-ActiveSyncOrganizationSettings. */
export const AccessSettingsRow = z
  .object({
    DefaultAccessLevel: choice(accessLevels),
    AdminMailRecipients: list,
    UserMailInsert: text,
    OtaNotificationMailInsert: text,
    AllowAccessForUnSupportedPlatform: flag,
    AllowRMSSupportForUnenlightenedApps: flag,
    EnableMobileMailboxPolicyWhenCAInplace: flag,
  })
  .transform((row): AccessSettings =>
    known({
      defaultAccessLevel: row.DefaultAccessLevel,
      adminMailRecipients: row.AdminMailRecipients,
      userMailInsert: row.UserMailInsert,
      otaNotificationMailInsert: row.OtaNotificationMailInsert,
      allowAccessForUnsupportedPlatform: row.AllowAccessForUnSupportedPlatform,
      allowRmsSupportForUnenlightenedApps: row.AllowRMSSupportForUnenlightenedApps,
      enableMobileMailboxPolicyWhenCaInPlace: row.EnableMobileMailboxPolicyWhenCAInplace,
    }),
  );

/** A row of Get-ActiveSyncDeviceAccessRule. */
export const AccessRuleRow = z
  .object({
    Guid: guid,
    Name: text,
    Characteristic: choice(ruleCharacteristics),
    QueryString: text,
    AccessLevel: choice(accessLevels),
  })
  .transform((row): AccessRule =>
    known({
      guid: row.Guid,
      name: row.Name,
      characteristic: row.Characteristic,
      queryString: row.QueryString,
      accessLevel: row.AccessLevel,
    }),
  );

/** A row of Get-ActiveSyncDeviceClass. */
export const DeviceClassRow = z
  .object({ Guid: guid, Name: text, DeviceType: text, DeviceModel: text, LastUpdateTime: instant })
  .transform((row): DeviceClass =>
    known({
      guid: row.Guid,
      name: row.Name,
      deviceType: row.DeviceType,
      deviceModel: row.DeviceModel,
      updatedAt: row.LastUpdateTime,
    }),
  );
