// The access and policies parts of the Exchange port, over the client: the organization's settings, rules, device classes and policies.
import type { AccessSettings, AccessSettingsChange } from '../../domain/access.ts';
import { AppError } from '../../domain/errors.ts';
import type { ExchangeAccess, ExchangeCallOptions } from '../../domain/exchange-port.ts';
import { AccessRuleRow, AccessSettingsRow, DeviceClassRow } from './access-rows.ts';
import type { CmdletCall } from './cmdlet-parameters.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { listEdit } from './parameter-values.ts';
import { removeObject } from './port-calls.ts';
import { known, readRow } from './row-fields.ts';
import type * as z from 'zod';

/** The access part of the port. */
export function createExchangeAccess(client: ExchangeClient): ExchangeAccess {
  return {
    getAccessSettings: (options = {}) => getAccessSettings(client, options),
    setAccessSettings: (change, options = {}) => setAccessSettings(client, change, options),
    listAccessRules: (options = {}) =>
      readList(client, { cmdlet: 'Get-ActiveSyncDeviceAccessRule', parameters: {} }, AccessRuleRow, options),
    createAccessRule: ({ accessLevel, characteristic, queryString }, options = {}) =>
      client.write(
        {
          cmdlet: 'New-ActiveSyncDeviceAccessRule',
          parameters: { AccessLevel: accessLevel, Characteristic: characteristic, QueryString: queryString, Confirm: false },
        },
        options,
      ),
    setAccessRuleLevel: (ruleGuid, level, options = {}) =>
      client.write(
        { cmdlet: 'Set-ActiveSyncDeviceAccessRule', parameters: { Identity: ruleGuid, AccessLevel: level, Confirm: false } },
        options,
      ),
    removeAccessRule: (ruleGuid, options = {}) => removeObject(client, 'Remove-ActiveSyncDeviceAccessRule', ruleGuid, options),
    listDeviceClasses: (options = {}) => readList(client, { cmdlet: 'Get-ActiveSyncDeviceClass', parameters: {} }, DeviceClassRow, options),
  };
}

/** All rows of a short list; a row that is no object is an error, because a list with a hole in it decides wrongly. */
export async function readList<T>(
  client: ExchangeClient,
  call: CmdletCall,
  schema: z.ZodType<T>,
  options: ExchangeCallOptions,
): Promise<readonly T[]> {
  const rows = await client.readAll(call, options);
  return rows.map((row) => {
    const read = readRow(schema, row);
    if (read === undefined) throw new AppError('exchange.unexpected', { request: call.cmdlet, reason: 'a row of another kind' });
    return read;
  });
}

async function getAccessSettings(client: ExchangeClient, options: ExchangeCallOptions): Promise<AccessSettings> {
  const call = { cmdlet: 'Get-ActiveSyncOrganizationSettings', parameters: {} } as const;
  const [settings] = await readList(client, call, AccessSettingsRow, options);
  if (settings === undefined) throw new AppError('exchange.unexpected', { request: call.cmdlet, reason: 'no row' });
  return settings;
}

async function setAccessSettings(client: ExchangeClient, change: AccessSettingsChange, options: ExchangeCallOptions): Promise<void> {
  const values = known({
    DefaultAccessLevel: change.defaultAccessLevel,
    AdminMailRecipients: listEdit(change.adminMailRecipients),
    UserMailInsert: change.userMailInsert,
    OtaNotificationMailInsert: change.otaNotificationMailInsert,
    AllowAccessForUnSupportedPlatform: change.allowAccessForUnsupportedPlatform,
    AllowRMSSupportForUnenlightenedApps: change.allowRmsSupportForUnenlightenedApps,
    EnableMobileMailboxPolicyWhenCAInplace: change.enableMobileMailboxPolicyWhenCaInPlace,
  });
  if (Object.keys(values).length === 0) return;
  await client.write({ cmdlet: 'Set-ActiveSyncOrganizationSettings', parameters: { ...values, Confirm: false } }, options);
}
