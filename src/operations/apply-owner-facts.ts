// Brings what devices say of their owners up to date with the directory: departments and domains as the users are stored, and the members of
// the groups that collections name as the directory tells them now. Safe to repeat: what is right already is not written again.
// One at a time in an organization: what a group's members are counts as known only after one went through all devices.
import type { AppliedGroups } from '../domain/collection-store-port.ts';
import { watchedGroups } from '../domain/collection-guard.ts';
import type { Connector } from '../domain/connector.ts';
import type { OwnerFacts } from '../domain/device-record.ts';
import type { DeviceAmendment, DeviceOwnership } from '../domain/device-store-port.ts';
import { AppError } from '../domain/errors.ts';
import { addMs, compareInstants, msBetween } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import { areSameFacts, sharedFactsOf } from '../domain/owner-facts.ts';
import type { Ports } from '../domain/ports.ts';
import { partitionDigits } from '../domain/store-page.ts';
import type { Versioned } from '../domain/store-page.ts';
import { createUserIndex } from '../domain/user-index.ts';
import type { UserObservation } from '../domain/user-store-port.ts';
import { readCatalogue } from './decide-access.ts';
import { readGroupMembers } from './read-group-members.ts';
import type { GroupMembers } from './read-group-members.ts';

type Needs = Pick<Ports, 'collections' | 'connectors' | 'users' | 'devices' | 'connections' | 'clock' | 'ids' | 'log'>;

/** What became of it. */
export type AppliedOwnerFacts =
  /** All devices are right; groups that could not be read are as they were. */
  | { readonly kind: 'applied'; readonly changed: number; readonly unreadGroups: number }
  /** Time was up: asked again, it goes on with what is left. */
  | { readonly kind: 'unfinished'; readonly changed: number }
  /** Somebody else does it now. */
  | { readonly kind: 'busy' };

/** An activity may take five minutes. */
const LONGEST_MS = 4 * 60_000;
/** Longer than one can take; afterwards whoever holds it is dead. */
const LEASE_MS = 10 * 60_000;

/** How long a pass may take, and for which full run it is made, if for one. */
export interface OwnerFactsPass {
  readonly limitMs?: number;
  readonly afterRun?: string;
}

/** Applies what is known of users and groups to all devices of the organization. */
export async function applyOwnerFacts(needs: Needs, connector: Connector, pass: OwnerFactsPass = {}): Promise<AppliedOwnerFacts> {
  const { organization } = connector;
  const startedAt = needs.clock.now();
  const watched = watchedGroups(await readCatalogue(needs, organization));
  const claim = await claimGroups(needs, connector, watched, startedAt);
  if (!claim) return { kind: 'busy' };
  const { busy: _, ...before } = claim.value;
  const release = async (applied: AppliedGroups): Promise<void> =>
    void (await needs.collections.keepAppliedGroups(organization, applied, claim.version));
  try {
    // Before the users: what the directory tells meanwhile makes another version, and the next pass follows.
    const usersVersion = (await needs.connectors.discoveryState(organization))?.value.usersVersion;
    const people = await readPeople(needs, connector, watched);
    const { limitMs = LONGEST_MS, afterRun = before.afterRun } = pass;
    const isTimeUp = (): boolean => msBetween(startedAt, needs.clock.now()) >= limitMs;
    const { changed, isWhole } = await amendDevices(needs, connector, people, isTimeUp);
    if (!isWhole) {
      await release(before);
      return { kind: 'unfinished', changed };
    }
    const groups = watched.filter((group) => !people.unread.has(group) || before.groups.includes(group));
    const basis = { watched, members: people.members, ...(usersVersion !== undefined && { usersVersion }) };
    await release({ groups, appliedAt: startedAt, basis, ...(afterRun !== undefined && { afterRun }) });
    return { kind: 'applied', changed, unreadGroups: people.unread.size };
  } catch (error) {
    // Whoever tries again need not wait for the claim to end; if this fails as well, it ends by itself.
    await release(before).catch((also: unknown) => needs.log.warn('owner-facts.not-released', { organization, error: also }));
    throw error;
  }
}

/** Nobody else may begin now, and of groups that are not watched any more nothing is known from here on. */
async function claimGroups(
  { collections, ids }: Needs,
  { organization }: Connector,
  watched: readonly string[],
  now: Instant,
): Promise<Versioned<AppliedGroups> | undefined> {
  const current = await collections.appliedGroups(organization);
  const { groups, busy, ...applied }: AppliedGroups = current?.value ?? { groups: [] };
  if (busy && compareInstants(busy.until, now) > 0) return undefined;
  const value: AppliedGroups = {
    ...applied,
    groups: groups.filter((group) => watched.includes(group)),
    busy: { by: ids.next(), until: addMs(now, LEASE_MS) },
  };
  try {
    return { value, version: await collections.keepAppliedGroups(organization, value, current?.version) };
  } catch (error) {
    if (error instanceof AppError && (error.code === 'store.stale' || error.code === 'store.exists')) return undefined;
    throw error;
  }
}

/** The users of the organization, compactly, with the groups that they are in. */
interface People extends GroupMembers {
  readonly watched: readonly string[];
  factsOf(ownership: DeviceOwnership): OwnerFacts | undefined;
}

type SharedFacts = ReturnType<typeof sharedFactsOf>;

async function readPeople(needs: Needs, connector: Connector, watched: readonly string[]): Promise<People> {
  const index = createUserIndex();
  // Few departments and domains are shared by many users.
  const shared: SharedFacts[] = [];
  const places = new Map<string, number>();
  const add = ({ user }: UserObservation): void => {
    const facts = sharedFactsOf(user);
    const key = JSON.stringify([facts.department, facts.domain]);
    const place = places.get(key) ?? shared.push(facts) - 1;
    places.set(key, place);
    index.add(user.id, place);
  };
  for (const digit of partitionDigits) {
    for await (const page of needs.users.pages(connector.organization, digit)) page.forEach(add);
  }
  const { unread, members } = await readGroupMembers(needs, connector, watched, (id, bit) => index.mark(id, bit));
  return {
    watched,
    unread,
    members,
    factsOf({ user, facts }) {
      const found = user === undefined ? undefined : index.find(user);
      if (user === undefined || !found) return undefined;
      const kept = facts?.user === user ? facts.groups : [];
      const groups = watched.filter((group, bit) => (unread.has(group) ? kept.includes(group) : found.has(bit)));
      return { user, ...shared[found.value], groups };
    },
  };
}

async function amendDevices(
  { devices }: Needs,
  { organization }: Connector,
  people: People,
  isTimeUp: () => boolean,
): Promise<{ changed: number; isWhole: boolean }> {
  let changed = 0;
  for (const digit of partitionDigits) {
    for await (const page of devices.owners(organization, digit)) {
      const amendments = page.map((each) => amendmentOf(each, people.factsOf(each))).filter((each) => each !== undefined);
      // Devices that are gone by now, or have another owner, need none of it.
      await devices.amend(organization, amendments);
      changed += amendments.length;
      if (isTimeUp()) return { changed, isWhole: false };
    }
  }
  return { changed, isWhole: true };
}

function amendmentOf({ id, facts }: DeviceOwnership, wanted: OwnerFacts | undefined): DeviceAmendment | undefined {
  return areSameFacts(facts, wanted) ? undefined : { id, ownerFacts: wanted ?? null };
}
