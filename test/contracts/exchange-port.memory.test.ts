// Exchange in memory keeps the promises of its port.
import { createMemoryExchange } from '../../src/adapters/memory/exchange.ts';
import { createMemoryWorld } from '../../src/adapters/memory/exchange-world.ts';
import type { MemoryExchangeWorld } from '../../src/adapters/memory/exchange-world.ts';
import type { DeviceGuid, EntraObjectId, MailboxGuid } from '../../src/domain/device-identity.ts';
import type { ObservedDevice } from '../../src/domain/device.ts';
import { exchangeContract } from './exchange-port.ts';
import type { ExchangeContractScene } from './exchange-port.ts';
import { exchangeSettingsContract } from './exchange-settings.ts';

const idOf = (kind: number, index: number): string => `00000000-0000-4000-8000-${kind}${String(index).padStart(11, '0')}`;
const mailboxOf = (index: number): MailboxGuid => idOf(1, index) as MailboxGuid;

function emptyWorld(): MemoryExchangeWorld {
  let next = 0;
  return createMemoryWorld({ clock: { now: () => '2026-11-24T08:00:00.000Z' }, ids: { next: () => idOf(9, (next += 1)) }, pageSize: 3 });
}

function addMailbox(world: MemoryExchangeWorld, index: number): void {
  const guid = mailboxOf(index);
  const names = {
    entraObjectId: idOf(2, index) as EntraObjectId,
    name: `User ${index}`,
    distinguishedName: `CN=User ${index},OU=contoso.onmicrosoft.com`,
    primarySmtpAddress: `user${index}@contoso.example`,
    emailAddresses: [`SMTP:user${index}@contoso.example`],
  };
  world.mailboxes.set(guid, {
    access: { guid, ...names, activeSyncEnabled: true, outlookMobileEnabled: true, isPolicyDefaulted: true },
    mailbox: { guid, ...names, recipientTypeDetails: 'UserMailbox' },
  });
}

function addDevice(world: MemoryExchangeWorld, mailboxIndex: number, index: number, more: Partial<ObservedDevice>): void {
  const guid = idOf(3, index) as DeviceGuid;
  const device: ObservedDevice = {
    guid,
    deviceId: `Appl${index}`,
    distinguishedName: `CN=iPhone§Appl${index},CN=ExchangeActiveSyncDevices,CN=User ${mailboxIndex},OU=contoso.onmicrosoft.com`,
    clientType: 'EAS',
    clientVersion: '16.1',
    accessState: index % 2 === 0 ? 'Allowed' : 'Quarantined',
    ...more,
  };
  world.devices.set(guid, {
    device,
    mailbox: mailboxOf(mailboxIndex),
    statistics: { guid, deviceWipe: {}, accountWipe: {}, status: 'DeviceOk' },
  });
}

async function makeScene(): Promise<ExchangeContractScene> {
  const world = emptyWorld();
  for (const index of [0, 1, 2, 3]) addMailbox(world, index);
  for (const index of [0, 1, 2, 3]) addDevice(world, 0, index, { firstSyncAt: `2026-01-0${index + 1}T00:00:00.000Z` });
  for (const index of [4, 5, 6]) addDevice(world, 1, index, { deviceId: `androidc${index}` });
  return {
    exchange: createMemoryExchange(world),
    mailbox: mailboxOf(0),
    user: idOf(2, 0) as EntraObjectId,
    address: 'user0@contoso.example',
    emptyMailbox: mailboxOf(3),
    deviceCount: 7,
    mailboxCount: 4,
  };
}

exchangeContract('memory', makeScene);
exchangeSettingsContract('memory', async () => createMemoryExchange(emptyWorld()));
