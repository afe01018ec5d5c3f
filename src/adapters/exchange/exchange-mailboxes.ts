// The mailboxes part of the Exchange port, over the client: personal lists, switches, policies, recipients.
import type { DeviceListsEdit } from '../../domain/access.ts';
import type { EntraObjectId, MailboxReference } from '../../domain/device-identity.ts';
import type { ExchangeCallOptions, ExchangeMailboxes, ExchangePage } from '../../domain/exchange-port.ts';
import { hasAddress } from '../../domain/mailbox.ts';
import type { Mailbox, MailboxAccess, MailboxQuery, MailboxSwitches, Recipient, RecipientKey } from '../../domain/mailbox.ts';
import { mailboxFilter, quoted } from './query-filter.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { CasMailboxRow, MailboxRow, RecipientRow, casMailboxColumns } from './mailbox-rows.ts';
import { listEdit } from './parameter-values.ts';
import { EVERYTHING, FEW, pagesOf, unlessMissing } from './port-calls.ts';
import { known, readRow } from './row-fields.ts';

/** The mailboxes part of the port. */
export function createExchangeMailboxes(client: ExchangeClient): ExchangeMailboxes {
  return {
    listMailboxAccess: (query, options = {}) => listMailboxAccess(client, query, options),
    getMailboxAccess: (mailbox, options = {}) => getMailboxAccess(client, mailbox, options),
    getMailbox: (mailbox, options = {}) => getMailbox(client, mailbox, options),
    findRecipients: (key, options = {}) => findRecipients(client, key, options),
    editDeviceLists: (mailbox, edit, options = {}) => editDeviceLists(client, mailbox, edit, options),
    setMailboxSwitches: (mailbox, switches, options = {}) => setMailboxSwitches(client, mailbox, switches, options),
    assignPolicy: (mailbox, policyGuid, options = {}) =>
      client.write(
        { cmdlet: 'Set-CASMailbox', parameters: { Identity: mailbox, ActiveSyncMailboxPolicy: policyGuid, Confirm: false } },
        options,
      ),
  };
}

/** That Get-CASMailbox filters by DisplayName is shown in https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevicestatistics, example 2. */
async function* listMailboxAccess(
  client: ExchangeClient,
  query: MailboxQuery,
  options: ExchangeCallOptions,
): AsyncGenerator<ExchangePage<MailboxAccess>, void, undefined> {
  const call = { cmdlet: 'Get-CASMailbox', parameters: listing(query), columns: casMailboxColumns } as const;
  yield* pagesOf(client.pages(call, options), (row) => readRow(CasMailboxRow, row));
}

function listing(query: MailboxQuery): { ResultSize: 'Unlimited'; Filter?: string } {
  const filter = mailboxFilter(query);
  return filter === undefined ? { ResultSize: EVERYTHING } : { ResultSize: EVERYTHING, Filter: filter };
}

/** Whether a row is the object asked for, and not one of all there are. */
function isAsked(row: { readonly guid?: string; readonly entraObjectId?: EntraObjectId } | undefined, id: string): boolean {
  return row?.guid === id || row?.entraObjectId === id;
}

async function getMailboxAccess(
  client: ExchangeClient,
  mailbox: MailboxReference,
  options: ExchangeCallOptions,
): Promise<MailboxAccess | undefined> {
  const found = await unlessMissing(() =>
    client.lookUp({ cmdlet: 'Get-CASMailbox', parameters: { Identity: mailbox, ResultSize: FEW } }, options),
  );
  return found?.map((row) => readRow(CasMailboxRow, row)).find((row) => isAsked(row, mailbox));
}

async function getMailbox(client: ExchangeClient, mailbox: MailboxReference, options: ExchangeCallOptions): Promise<Mailbox | undefined> {
  const found = await unlessMissing(() =>
    client.lookUp({ cmdlet: 'Get-Mailbox', parameters: { Identity: mailbox, ResultSize: FEW } }, options),
  );
  return found?.map((row) => readRow(MailboxRow, row)).find((row) => isAsked(row, mailbox));
}

async function findRecipients(client: ExchangeClient, key: RecipientKey, options: ExchangeCallOptions): Promise<readonly Recipient[]> {
  const found = key.by === 'name' ? await recipientsByName(client, key.name, options) : await recipientsById(client, idOf(key), options);
  return found
    .map((row) => readRow(RecipientRow, row))
    .filter((recipient) => recipient !== undefined)
    .filter((recipient) => fits(recipient, key));
}

/** By a filter: a name as identity also matches aliases, and is an error when two objects share it. */
function recipientsByName(client: ExchangeClient, name: string, options: ExchangeCallOptions): Promise<readonly unknown[]> {
  return client.readAll({ cmdlet: 'Get-Recipient', parameters: { Filter: `Name -eq ${quoted(name)}`, ResultSize: EVERYTHING } }, options);
}

async function recipientsById(client: ExchangeClient, id: string, options: ExchangeCallOptions): Promise<readonly unknown[]> {
  const call = { cmdlet: 'Get-Recipient', parameters: { Identity: id, ResultSize: FEW } } as const;
  return (await unlessMissing(() => client.lookUp(call, options))) ?? [];
}

function idOf(key: Exclude<RecipientKey, { by: 'name' }>): string {
  if (key.by === 'address') return key.address;
  return key.by === 'object' ? key.id : key.distinguishedName;
}

function fits(recipient: Recipient, key: RecipientKey): boolean {
  if (key.by === 'address') return hasAddress(recipient, key.address);
  if (key.by === 'object') return isAsked(recipient, key.id);
  if (key.by === 'name') return recipient.name?.toLowerCase() === key.name.toLowerCase();
  return recipient.distinguishedName?.toLowerCase() === key.distinguishedName.toLowerCase();
}

async function editDeviceLists(
  client: ExchangeClient,
  mailbox: MailboxReference,
  edit: DeviceListsEdit,
  options: ExchangeCallOptions,
): Promise<void> {
  const edits = known({ ActiveSyncAllowedDeviceIDs: listEdit(edit.allowed), ActiveSyncBlockedDeviceIDs: listEdit(edit.blocked) });
  if (Object.keys(edits).length === 0) return;
  await client.write({ cmdlet: 'Set-CASMailbox', parameters: { Identity: mailbox, ...edits, Confirm: false } }, options);
}

async function setMailboxSwitches(
  client: ExchangeClient,
  mailbox: MailboxReference,
  switches: MailboxSwitches,
  options: ExchangeCallOptions,
): Promise<void> {
  const values = known({
    ActiveSyncEnabled: switches.activeSyncEnabled,
    OutlookMobileEnabled: switches.outlookMobileEnabled,
    OWAforDevicesEnabled: switches.owaForDevicesEnabled,
    UniversalOutlookEnabled: switches.universalOutlookEnabled,
  });
  if (Object.keys(values).length === 0) return;
  await client.write({ cmdlet: 'Set-CASMailbox', parameters: { Identity: mailbox, ...values, Confirm: false } }, options);
}
