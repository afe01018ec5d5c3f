// The organization part of the Exchange port: the organization itself, and what our credential may do there.
// Exchange's own list of allowed cmdlets answers most; where it says nothing, harmless reads are tried and writes stay unknown.
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { ExchangeCallOptions, ExchangeOrganization } from '../../domain/exchange-port.ts';
import type { ExchangeAbility, ExchangeRight, ExchangeRights } from '../../domain/exchange-right.ts';
import type { OrganizationFacts } from '../../domain/organization.ts';
import type { CmdletCall } from './cmdlet-parameters.ts';
import type { CmdletName } from './cmdlets.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { OrganizationRow } from './mailbox-rows.ts';
import { EVERYTHING } from './port-calls.ts';
import { readRow, text } from './row-fields.ts';

/** What each cmdlet is for. Get-ManagementRoleEntry only helps to name a cure and is no ability. */
const ABILITIES: Readonly<Record<Exclude<CmdletName, 'Get-ManagementRoleEntry'>, ExchangeAbility>> = {
  'Get-MobileDevice': 'devices.read',
  'Get-MobileDeviceStatistics': 'statistics.read',
  'Get-CASMailbox': 'mailboxes.read',
  'Get-Mailbox': 'recipients.read',
  'Get-Recipient': 'recipients.read',
  'Get-OrganizationConfig': 'organization.read',
  'Get-ActiveSyncDeviceAccessRule': 'access.read',
  'Get-ActiveSyncDeviceClass': 'access.read',
  'Get-ActiveSyncOrganizationSettings': 'access.read',
  'Get-MobileDeviceMailboxPolicy': 'policies.read',
  'Set-CASMailbox': 'device-lists.write',
  'Clear-MobileDevice': 'devices.wipe',
  'Remove-MobileDevice': 'devices.remove',
  'New-ActiveSyncDeviceAccessRule': 'access.write',
  'Remove-ActiveSyncDeviceAccessRule': 'access.write',
  'Set-ActiveSyncDeviceAccessRule': 'access.write',
  'Set-ActiveSyncOrganizationSettings': 'access.write',
  'New-MobileDeviceMailboxPolicy': 'policies.write',
  'Remove-MobileDeviceMailboxPolicy': 'policies.write',
  'Set-MobileDeviceMailboxPolicy': 'policies.write',
};

// An id that no object has, for reads that need one: "no such object" proves the right as well as an answer does.
const NOBODY = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

/** Reads that cost next to nothing. */
const PROBES: readonly CmdletCall[] = [
  { cmdlet: 'Get-MobileDevice', parameters: { ResultSize: 1 } },
  { cmdlet: 'Get-MobileDeviceStatistics', parameters: { Mailbox: NOBODY } },
  { cmdlet: 'Get-CASMailbox', parameters: { ResultSize: 1 } },
  { cmdlet: 'Get-Mailbox', parameters: { Identity: NOBODY, ResultSize: 1 } },
  { cmdlet: 'Get-Recipient', parameters: { Identity: NOBODY, ResultSize: 1 } },
  { cmdlet: 'Get-OrganizationConfig', parameters: {} },
  { cmdlet: 'Get-ActiveSyncDeviceAccessRule', parameters: {} },
  { cmdlet: 'Get-ActiveSyncDeviceClass', parameters: {} },
  { cmdlet: 'Get-ActiveSyncOrganizationSettings', parameters: {} },
  { cmdlet: 'Get-MobileDeviceMailboxPolicy', parameters: {} },
];

const RoleEntryRow = z.object({ Role: text }).transform((row) => row.Role);

/** The organization part of the port. */
export function createExchangeOrganization(client: ExchangeClient): ExchangeOrganization {
  return {
    getOrganization: (options = {}) => getOrganization(client, options),
    checkRights: (options = {}) => checkRights(client, options),
  };
}

async function getOrganization(client: ExchangeClient, options: ExchangeCallOptions): Promise<OrganizationFacts> {
  const [row] = await client.lookUp({ cmdlet: 'Get-OrganizationConfig', parameters: {} }, options);
  const facts = readRow(OrganizationRow, row);
  if (facts === undefined) throw new AppError('exchange.unexpected', { request: 'Get-OrganizationConfig', reason: 'no row' });
  return facts;
}

async function checkRights(client: ExchangeClient, options: ExchangeCallOptions): Promise<ExchangeRights> {
  const allowed = await allowedCmdlets(client, options);
  const states = allowed ?? (await probe(client, options));
  const rights: ExchangeRight[] = [];
  let canSeeRoles = allowed?.has('Get-ManagementRoleEntry'.toLowerCase()) ?? true;
  for (const [cmdlet, ability] of Object.entries(ABILITIES)) {
    const state = stateOf(states, cmdlet);
    const roles = canSeeRoles && state === 'missing' ? await rolesWith(client, cmdlet, options) : [];
    if (roles === undefined) canSeeRoles = false;
    rights.push({ ability, cmdlet, state, ...(roles !== undefined && roles.length > 0 && { roles }) });
  }
  return { source: allowed ? 'list' : 'probe', rights };
}

/** Undefined also when the route of the list answers in an unknown way: the reads themselves then tell. */
async function allowedCmdlets(client: ExchangeClient, options: ExchangeCallOptions): Promise<ReadonlySet<string> | undefined> {
  try {
    return await client.allowedCmdlets(options);
  } catch (error) {
    if (error instanceof AppError && error.code === 'exchange.unexpected') return undefined;
    throw error;
  }
}

type State = ExchangeRight['state'];

function stateOf(states: ReadonlySet<string> | ReadonlyMap<string, State>, cmdlet: string): State {
  if (states instanceof Map) return states.get(cmdlet) ?? 'unknown';
  return states.has(cmdlet.toLowerCase()) ? 'granted' : 'missing';
}

async function probe(client: ExchangeClient, options: ExchangeCallOptions): Promise<ReadonlyMap<string, State>> {
  const states = new Map<string, State>();
  for (const call of PROBES) states.set(call.cmdlet, await tryRead(client, call, options));
  return states;
}

async function tryRead(client: ExchangeClient, call: CmdletCall, options: ExchangeCallOptions): Promise<State> {
  try {
    await client.lookUp(call, options);
    return 'granted';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'exchange.denied') return 'missing';
    if (error.code === 'exchange.missing') return 'granted';
    throw error;
  }
}

/** Undefined when our credential may not look at roles: then there is no hint, which is no failure. */
async function rolesWith(client: ExchangeClient, cmdlet: string, options: ExchangeCallOptions): Promise<readonly string[] | undefined> {
  try {
    const call = { cmdlet: 'Get-ManagementRoleEntry', parameters: { Identity: `*\\${cmdlet}`, ResultSize: EVERYTHING } } as const;
    const rows = await client.readAll(call, options);
    const roles = rows.map((row) => readRow(RoleEntryRow, row)).filter((role) => role !== undefined);
    return [...new Set(roles)].sort();
  } catch (error) {
    if (error instanceof AppError && error.code === 'exchange.missing') return [];
    if (error instanceof AppError && error.kind === 'refused') return undefined;
    throw error;
  }
}
