// The Exchange adapters, over https against the simulated tenant, keep the promises of their port.
import assert from 'node:assert/strict';
import type { EntraObjectId, MailboxGuid } from '../../src/domain/device-identity.ts';
import { parseEntraObjectId, parseMailboxGuid } from '../../src/domain/device-identity.ts';
import { mailboxAt } from '../../src/local/tenant/exchange/find.ts';
import { startTestTenant } from '../support/tenant.ts';
import type { TestOrganization } from '../support/tenant.ts';
import { exchangeContract } from './exchange-port.ts';
import type { ExchangeContractScene } from './exchange-port.ts';
import { exchangeSettingsContract } from './exchange-settings.ts';

function mailboxNamed({ world }: TestOrganization, alias: string): { guid: MailboxGuid; user: EntraObjectId; address: string } {
  const index = mailboxAt(world, alias);
  assert.ok(index !== undefined, `there is no mailbox ${alias}`);
  const mailbox = world.mailboxes.mailbox(index);
  const guid = parseMailboxGuid(mailbox.guid);
  const user = parseEntraObjectId(mailbox.externalDirectoryObjectId);
  assert.ok(guid && user);
  return { guid, user, address: mailbox.primarySmtpAddress };
}

async function makeScene(): Promise<ExchangeContractScene> {
  const { contoso } = await startTestTenant();
  const alice = mailboxNamed(contoso, 'alice');
  const { devices, mailboxes } = contoso.world;
  return {
    exchange: contoso.exchange(),
    mailbox: alice.guid,
    user: alice.user,
    address: alice.address,
    emptyMailbox: mailboxNamed(contoso, 'auditor').guid,
    deviceCount: devices.extent,
    mailboxCount: mailboxes.count,
  };
}

exchangeContract('tenant', makeScene);
exchangeSettingsContract('tenant', async () => (await startTestTenant()).contoso.exchange());
