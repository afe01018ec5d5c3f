// Every read of the Exchange port as one cheap try each, for the diagnosis of a connection. What one read finds, the next ones use as a sample.
import type { DeviceGuid, MailboxReference } from '../domain/device-identity.ts';
import { mailboxNameOfDevice, parseDeviceGuid, parseMailboxGuid } from '../domain/device-identity.ts';
import type { ObservedDevice } from '../domain/device.ts';
import type { ConnectionRead } from '../domain/diagnosis.ts';
import type { ExchangePage, ExchangePort } from '../domain/exchange-port.ts';
import type { MailboxAccess } from '../domain/mailbox.ts';
import { takeFirst } from './take-first.ts';

/** What was found so far. */
interface Samples {
  device?: ObservedDevice;
  mailbox?: MailboxAccess;
  policyGuid?: string;
}

/** An id that no object has: "no such object" proves the right as well as an object does. */
const NOBODY = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

type How = { readonly signal?: AbortSignal };

/** All reads, in an order in which each finds the samples it needs. */
export function listExchangeReads(exchange: ExchangePort): readonly ConnectionRead[] {
  const samples: Samples = {};
  return [
    ...listReads(exchange, samples),
    ...deviceReads(exchange, samples),
    ...mailboxReads(exchange, samples),
    ...settingReads(exchange),
  ];
}

function read(ability: ConnectionRead['ability'], check: string, run: (how: How) => Promise<string>): ConnectionRead {
  return { check, ability, run: (signal) => run(signal ? { signal } : {}) };
}

function listReads(exchange: ExchangePort, samples: Samples): ConnectionRead[] {
  return [
    read('organization.read', 'Organization', async (how) => {
      const { displayName, name } = await exchange.getOrganization(how);
      return displayName ?? name ?? 'without a name';
    }),
    read('devices.read', 'List of devices', async (how) => {
      const page = await takeFirst(exchange.listDevices({}, how));
      const sample = page?.rows.find(({ distinguishedName }) => distinguishedName !== undefined) ?? page?.rows[0];
      if (sample) samples.device = sample;
      return onFirstPage(page);
    }),
    read('mailboxes.read', 'List of mailboxes', async (how) => {
      const page = await takeFirst(exchange.listMailboxAccess({}, how));
      const owner = mailboxNameOfDevice(samples.device?.distinguishedName ?? '')?.toLowerCase();
      const sample = page?.rows.find((row) => row.distinguishedName?.toLowerCase() === owner) ?? page?.rows[0];
      if (sample) samples.mailbox = sample;
      return onFirstPage(page);
    }),
  ];
}

function deviceReads(exchange: ExchangePort, samples: Samples): ConnectionRead[] {
  const mailbox = (): MailboxReference => mailboxOf(samples);
  const device = (): DeviceGuid => samples.device?.guid ?? known(parseDeviceGuid(NOBODY));
  return [
    read('devices.read', 'Count of devices', async (how) => {
      const { count, isExact } = await exchange.countDevices({}, 1, how);
      return isExact ? String(count) : `at least ${count}`;
    }),
    read('devices.read', 'One device', async (how) => found(await exchange.getDevice(device(), how))),
    read('devices.read', 'Devices of a mailbox', async (how) => counted(await exchange.devicesOfMailbox(mailbox(), how))),
    read('statistics.read', 'Statistics of a mailbox', async (how) => counted(await exchange.mailboxStatistics(mailbox(), how))),
    read('statistics.read', 'Statistics of several mailboxes', async (how) => {
      const answers = await exchange.statisticsOfMailboxes([mailbox(), known(parseMailboxGuid(NOBODY))], how);
      for (const answer of answers) if ('error' in answer) throw answer.error;
      return `${answers.length} mailboxes in one request`;
    }),
    read('statistics.read', 'Statistics of one device', async (how) => found(await exchange.deviceStatistics(device(), how))),
  ];
}

function mailboxReads(exchange: ExchangePort, samples: Samples): ConnectionRead[] {
  return [
    read('mailboxes.read', 'Access of one mailbox', async (how) => found(await exchange.getMailboxAccess(mailboxOf(samples), how))),
    read('recipients.read', 'Kind of one mailbox', async (how) => found(await exchange.getMailbox(mailboxOf(samples), how))),
    read('recipients.read', 'Recipients', async (how) =>
      counted(await exchange.findRecipients({ by: 'object', id: mailboxOf(samples) }, how)),
    ),
  ];
}

function settingReads(exchange: ExchangePort): ConnectionRead[] {
  let policyGuid = NOBODY;
  return [
    read('access.read', 'Access settings', async (how) => {
      const { defaultAccessLevel } = await exchange.getAccessSettings(how);
      return defaultAccessLevel === undefined ? 'without a default level' : `default ${defaultAccessLevel}`;
    }),
    read('access.read', 'Access rules', async (how) => counted(await exchange.listAccessRules(how))),
    read('access.read', 'Device classes', async (how) => counted(await exchange.listDeviceClasses(how))),
    read('policies.read', 'Policies', async (how) => {
      const policies = await exchange.listPolicies(how);
      policyGuid = policies.find(({ guid }) => guid !== undefined)?.guid ?? NOBODY;
      return counted(policies);
    }),
    read('policies.read', 'One policy', async (how) => found(await exchange.getPolicy(policyGuid, how))),
  ];
}

function mailboxOf({ mailbox }: Samples): MailboxReference {
  return mailbox?.guid ?? known(parseMailboxGuid(NOBODY));
}

function known<Id>(id: Id | undefined): Id {
  if (id === undefined) throw new RangeError(`${NOBODY} is no GUID.`);
  return id;
}

function onFirstPage(page: ExchangePage<unknown> | undefined): string {
  return `${page?.rows.length ?? 0} on the first page`;
}

function counted(rows: readonly unknown[] | undefined): string {
  return rows === undefined ? NOTHING : `${rows.length} found`;
}

function found(object: unknown): string {
  return object === undefined ? NOTHING : 'read';
}

const NOTHING = 'allowed; there was nothing to read';
