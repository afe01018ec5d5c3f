// The policies part of the Exchange port, over the client.
import type { ExchangeCallOptions, ExchangePolicies } from '../../domain/exchange-port.ts';
import type { MailboxPolicy, PolicyChange } from '../../domain/policy.ts';
import { readList } from './exchange-access.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { parametersOfNewPolicy, parametersOfPolicyChange } from './policy-parameters.ts';
import { PolicyRow } from './policy-rows.ts';
import { removeObject, unlessMissing } from './port-calls.ts';

/** The policies part of the port. */
export function createExchangePolicies(client: ExchangeClient): ExchangePolicies {
  return {
    listPolicies: (options = {}) => readList(client, { cmdlet: 'Get-MobileDeviceMailboxPolicy', parameters: {} }, PolicyRow, options),
    getPolicy: (policyGuid, options = {}) => getPolicy(client, policyGuid, options),
    createPolicy: (name, settings, options = {}) =>
      client.write(
        { cmdlet: 'New-MobileDeviceMailboxPolicy', parameters: { Name: name, Confirm: false, ...parametersOfNewPolicy(settings) } },
        options,
      ),
    changePolicy: (policyGuid, change, options = {}) => changePolicy(client, policyGuid, change, options),
    removePolicy: (policyGuid, options = {}) => removeObject(client, 'Remove-MobileDeviceMailboxPolicy', policyGuid, options),
  };
}

async function getPolicy(client: ExchangeClient, policyGuid: string, options: ExchangeCallOptions): Promise<MailboxPolicy | undefined> {
  const call = { cmdlet: 'Get-MobileDeviceMailboxPolicy', parameters: { Identity: policyGuid } } as const;
  const found = await unlessMissing(() => readList(client, call, PolicyRow, options));
  return found?.find((policy) => policy.guid === policyGuid.toLowerCase());
}

async function changePolicy(
  client: ExchangeClient,
  policyGuid: string,
  { name, ...change }: PolicyChange & { readonly name?: string },
  options: ExchangeCallOptions,
): Promise<void> {
  const parameters = { ...parametersOfPolicyChange(change), ...(name !== undefined && { Name: name }) };
  if (Object.keys(parameters).length === 0) return;
  await client.write(
    { cmdlet: 'Set-MobileDeviceMailboxPolicy', parameters: { Identity: policyGuid, Confirm: false, ...parameters } },
    options,
  );
}
