// What the control API can do, one call a line: look at the tenant, turn its clock, arm faults, handle phones and grants.
import { EXCHANGE_SWITCHES } from '../exchange/switches.ts';
import type { FaultOrder } from '../fault-board.ts';
import { FAULTS } from '../faults.ts';
import { ExchangeError } from '../exchange/exchange-error.ts';
import { mailboxFields } from '../exchange/mailbox-rows.ts';
import { compileFilter } from '../exchange/opath.ts';
import { readGraphEffect } from '../graph/graph-faults.ts';
import { setLoad } from '../load-model.ts';
import { isoTime } from '../world/instants.ts';
import { writeLog } from '../world/journal.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { AccessConfiguration, Application, WriteLogEntry } from '../world/types.ts';
import {
  durationMs,
  flagIn,
  mailboxIn,
  neededText,
  numberIn,
  objectIn,
  organizationIn,
  textIn,
  type ControlInput,
} from './control-input.ts';
import type { ControlTenant } from './control-tenant.ts';
import { addPhone, handlePhone, listPhones } from './phone-calls.ts';

type ControlCall = (tenant: ControlTenant, input: ControlInput) => unknown;

function clockOf({ world: { clock } }: ControlTenant): Record<string, unknown> {
  return { now: isoTime(clock.now()), held: clock.held, speed: clock.speed };
}

function getState(tenant: ControlTenant): unknown {
  const organizations = tenant.world.organizations().map(({ organization, mailboxes, devices, access, cloud }) => {
    const { defaultAccessLevel, conditionalAccess } = access;
    return { ...organization, mailboxes: mailboxes.count, devices: devices.extent, defaultAccessLevel, conditionalAccess, ...cloud };
  });
  return {
    clock: clockOf(tenant),
    organizations,
    faults: tenant.faults.list(),
    switches: tenant.switches(),
    load: tenant.load.settings,
  };
}

function turnClock(tenant: ControlTenant, input: ControlInput): unknown {
  const { clock } = tenant.world;
  const speed = numberIn(input, 'speed');
  if (flagIn(input, 'hold')) clock.hold();
  if (flagIn(input, 'run') || speed !== undefined) clock.run(speed);
  if (input['step'] !== undefined) clock.step(durationMs(input['step']));
  return clockOf(tenant);
}

function listFaults({ faults }: ControlTenant): unknown {
  const table = Object.entries(FAULTS).map(([name, { stage, kind, text, times, argument }]) => ({
    name,
    stage,
    kind,
    text,
    times,
    argument,
  }));
  return { armed: faults.list(), table };
}

function armFault({ faults }: ControlTenant, input: ControlInput): unknown {
  const count = input['count'] === undefined || input['count'] === 'always' ? input['count'] : numberIn(input, 'count');
  const order: Record<string, unknown> = { name: neededText(input, 'name') };
  for (const name of ['argument', 'cmdlet', 'route', 'tenantId', 'subject'])
    if (textIn(input, name) !== undefined) order[name] = input[name];
  const skip = numberIn(input, 'skip');
  // The name is checked by the board, every other member above.
  return faults.arm({
    ...order,
    ...(count === undefined ? {} : { count }),
    ...(skip === undefined ? {} : { skip }),
  } as unknown as FaultOrder);
}

function getSwitches(tenant: ControlTenant): unknown {
  const now: Readonly<Record<string, unknown>> = { ...tenant.switches() };
  return Object.entries(EXCHANGE_SWITCHES).map(([name, { kind, text, initial }]) => ({ name, value: now[name], initial, kind, text }));
}

/** Writes after a sequence number, oldest first. */
function getWrites({ world }: ControlTenant, input: ControlInput): { value: WriteLogEntry[] } {
  const after = numberIn(input, 'after') ?? 0;
  const limit = numberIn(input, 'limit') ?? 1000;
  const cmdlet = textIn(input, 'cmdlet')?.toLowerCase();
  const tenantId = textIn(input, 'tenantId') === undefined ? undefined : organizationIn(world, input).organization.tenantId;
  const value: WriteLogEntry[] = [];
  for (const entry of writeLog(world.journal)) {
    const isMeant =
      entry.sequence > after && (!cmdlet || entry.cmdlet.toLowerCase() === cmdlet) && (!tenantId || entry.tenantId === tenantId);
    if (isMeant && value.length < limit) value.push(entry);
  }
  return { value };
}

const CONDITIONAL_ACCESS = ['off', 'outlook', 'all'] as const;

function switchCloud({ world }: ControlTenant, input: ControlInput): unknown {
  const organization = organizationIn(world, input);
  const { tenantId } = organization.organization;
  const cloudNeverReports = flagIn(input, 'cloudNeverReports');
  const conditionalAccess = textIn(input, 'conditionalAccess');
  if (cloudNeverReports !== undefined) {
    world.commit(tenantId, [{ kind: 'cloud.switch', switches: { cloudNeverReports } }]);
  }
  if (conditionalAccess !== undefined) {
    const value = CONDITIONAL_ACCESS.find((one) => one === conditionalAccess);
    if (!value) throw new RangeError(`conditionalAccess is one of ${CONDITIONAL_ACCESS.join(', ')}.`);
    const change: Partial<AccessConfiguration> = { conditionalAccess: value };
    world.commit(tenantId, [{ kind: 'access.configure', change }]);
  }
  return { ...organization.cloud, conditionalAccess: organization.access.conditionalAccess };
}

function changeGrants({ world }: ControlTenant, input: ControlInput): Application {
  const organization = organizationIn(world, input);
  const { directory } = organization;
  const appId = textIn(input, 'appId') ?? [...directory.applications()][0]?.appId ?? '';
  const application = directory.application(appId);
  if (!application) throw new RangeError(`There is no application "${appId}".`);
  const change = objectIn(input, 'change');
  const wrong = Object.keys(change).find((name) => !Object.hasOwn(application, name) || name === 'appId' || name === 'objectId');
  if (wrong !== undefined) throw new RangeError(`"${wrong}" is nothing that can be changed on an application.`);
  checkFilter(organization, change['recipientFilter']);
  return directory.updateApplication(application.appId, change);
}

function checkFilter(organization: OrganizationWorld, filter: unknown): void {
  try {
    if (typeof filter === 'string') compileFilter(filter, mailboxFields(organization));
  } catch (error) {
    throw error instanceof ExchangeError ? new RangeError(`recipientFilter: ${error.message}`) : error;
  }
}

function changeUser({ world }: ControlTenant, input: ControlInput): unknown {
  const { directory } = organizationIn(world, input);
  const key = neededText(input, 'user');
  const user = directory.user(key);
  if (!user) throw new RangeError(`There is no user "${key}".`);
  if (!flagIn(input, 'delete')) return directory.updateUser(user.id, objectIn(input, 'change'));
  directory.deleteUser(user.id);
  return { deleted: user.id };
}

function changeMember({ world }: ControlTenant, input: ControlInput): unknown {
  const { directory } = organizationIn(world, input);
  const key = neededText(input, 'group');
  const group = [...directory.groups()].find((one) => one.id === key || one.displayName.toLowerCase() === key.toLowerCase());
  if (!group) throw new RangeError(`There is no group "${key}".`);
  const user = directory.user(neededText(input, 'user'));
  if (!user) throw new RangeError(`There is no user "${neededText(input, 'user')}".`);
  if (flagIn(input, 'remove')) directory.removeMember(group.id, user.id);
  else directory.addMember(group.id, { kind: 'user', id: user.id });
  return { group: group.id, user: user.id };
}

function addMailbox({ world }: ControlTenant, input: ControlInput): unknown {
  const organization = organizationIn(world, input);
  const mailbox = { ...objectIn(input, 'facts'), alias: neededText(input, 'alias'), displayName: neededText(input, 'displayName') };
  world.commit(organization.organization.tenantId, [{ kind: 'mailbox.add', mailbox }]);
  return organization.mailboxes.mailbox(mailboxIn(organization, { mailbox: mailbox.alias }));
}

async function issueToken({ world, entra }: ControlTenant, input: ControlInput): Promise<unknown> {
  const { organization } = organizationIn(world, input);
  const audience = textIn(input, 'audience');
  const lifetimeSeconds = numberIn(input, 'lifetimeSeconds');
  return entra.issueUserToken({
    tenantId: organization.tenantId,
    user: neededText(input, 'user'),
    ...(audience === undefined ? {} : { audience }),
    ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }),
  });
}

function armGraphFault({ graph }: ControlTenant, input: ControlInput): unknown {
  const matches = textIn(input, 'matches');
  const times = numberIn(input, 'times');
  const effect = readGraphEffect(objectIn(input, 'effect'));
  graph.faults.add({
    ...(matches === undefined ? {} : { matches: new RegExp(matches, 'i') }),
    ...(times === undefined ? {} : { times }),
    effect,
  });
  return {};
}

/** Every call by method and name. */
export const CONTROL_CALLS: Readonly<Record<string, ControlCall>> = {
  'GET state': getState,
  'GET clock': clockOf,
  'POST clock': turnClock,
  'GET faults': listFaults,
  'POST faults': armFault,
  'DELETE faults': ({ faults }, input) => faults.disarm(textIn(input, 'name')),
  'GET switches': getSwitches,
  'POST switches': (tenant, input) => tenant.setSwitches(input),
  'GET load': ({ load }) => load.settings,
  'POST load': (tenant, input) => tenant.setLoad(setLoad(tenant.load.settings, input)),
  'GET writes': getWrites,
  'GET mail': ({ world }, input) => ({ value: organizationIn(world, input).directory.sentMail() }),
  'GET phones': listPhones,
  'POST phones': addPhone,
  'POST phone': handlePhone,
  'POST cloud': switchCloud,
  'GET applications': ({ world }, input) => ({ value: [...organizationIn(world, input).directory.applications()] }),
  'POST applications': changeGrants,
  'POST users': changeUser,
  'POST members': changeMember,
  'POST mailboxes': addMailbox,
  'POST tokens': issueToken,
  'POST graph-faults': armGraphFault,
  'DELETE graph-faults': ({ graph }) => graph.faults.clear(),
};
