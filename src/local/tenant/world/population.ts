// Mailboxes and their people as the seed makes them: facts that follow from (seed, index), before anybody changed anything.
// Not the present state (mailboxes.ts keeps the changes) and not the phones (device-facts.ts).
import { CAST, type CastMember } from './cast.ts';
import type { Draw } from './hash.ts';
import { aliasFor, DEPARTMENTS, FIRST_NAMES, JOB_TITLES, LANGUAGES, LAST_NAMES } from './names.ts';
import type { InstantMs, MailboxSettings, Organization, RecipientTypeDetails } from './types.ts';

/** What the seed says about one mailbox and its user. */
export interface MailboxFacts {
  readonly guid: string;
  readonly userId: string;
  readonly name: string;
  readonly alias: string;
  readonly displayName: string;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly userPrincipalName: string;
  readonly primarySmtpAddress: string;
  readonly emailAddresses: readonly string[];
  readonly type: RecipientTypeDetails;
  readonly department: string | null;
  readonly jobTitle: string | null;
  readonly language: string | null;
  readonly accountEnabled: boolean;
  readonly managerId: string | null;
  readonly createdMs: InstantMs;
  readonly settings: MailboxSettings;
}

/** A sign-in person as the directory shows them. */
export interface SignInPerson {
  readonly id: string;
  readonly displayName: string;
  readonly jobTitle: string;
  readonly department: string;
  readonly language: string | null;
  readonly groups: readonly string[];
}

/** What the population of one organization is made from. */
export interface PopulationPlan {
  readonly organization: Organization;
  readonly draw: Draw;
  readonly startMs: InstantMs;
  readonly mailboxCount: number;
  /** The sign-in people with their fixed ids, by alias; an organization without them has generated ids in their places. */
  readonly people: ReadonlyMap<string, SignInPerson>;
  /** Guids of the seeded policies, the default one first. */
  readonly policyIds: readonly string[];
}

const DAY_MS = 86_400_000;

export const DEFAULT_SETTINGS: MailboxSettings = {
  activeSyncEnabled: true,
  allowedDeviceIds: [],
  blockedDeviceIds: [],
  policyId: null,
  suppressReadReceipt: false,
  debugLoggingUntilMs: null,
  outlookMobileEnabled: true,
  owaForDevicesEnabled: true,
  universalOutlookEnabled: true,
  oneWinNativeOutlookEnabled: true,
  macOutlookEnabled: true,
  statedHasPartnership: null,
};

/** Partnerships per mailbox in thousandths: 0 to 8 of them. */
const DEVICE_COUNTS = [80, 170, 210, 200, 150, 90, 50, 30, 20];

type Owned = Pick<MailboxFacts, 'guid' | 'userId' | 'managerId' | 'createdMs'>;

/** The cast member at this position, if it is not a generated person. */
export function castMember(plan: PopulationPlan, index: number): CastMember | undefined {
  return index < plan.mailboxCount ? CAST[index] : undefined;
}

/** Entra object id of the user at this position. */
export function userIdAt(plan: PopulationPlan, index: number): string {
  return plan.people.get(castMember(plan, index)?.alias ?? '')?.id ?? plan.draw.guid('user', index);
}

/** Whether a generated user cannot sign in from the start: a leaver whose phones stay in the list. */
export function isSeededLeaver(plan: PopulationPlan, index: number): boolean {
  return !castMember(plan, index) && index < plan.mailboxCount && plan.draw.below(100, 'mailbox', index, 10) < 3;
}

function nameOf(index: number): { first: string; last: string; round: number } {
  const combinations = FIRST_NAMES.length * LAST_NAMES.length;
  const position = index - CAST.length;
  // 1237 is prime and no factor of the number of combinations, so every pair of names comes up once a round.
  const mixed = (position * 1237) % combinations;
  const first = FIRST_NAMES[mixed % FIRST_NAMES.length] ?? 'Jane';
  const last = LAST_NAMES[Math.floor(mixed / FIRST_NAMES.length)] ?? 'Doe';
  return { first, last, round: Math.floor(position / combinations) };
}

function ownedFacts(plan: PopulationPlan, index: number): Owned {
  return {
    guid: plan.draw.guid('mailbox', index),
    userId: userIdAt(plan, index),
    // A tree nine wide with the first person at its top.
    managerId: index === 0 ? null : userIdAt(plan, Math.floor((index - 1) / 9)),
    createdMs: Math.floor(plan.startMs / 1000) * 1000 - (900 + plan.draw.below(1500, 'mailbox', index, 1)) * DAY_MS,
  };
}

function addresses(plan: PopulationPlan, alias: string): Pick<MailboxFacts, 'userPrincipalName' | 'primarySmtpAddress' | 'emailAddresses'> {
  const mail = `${alias}@${plan.organization.domain}`;
  return {
    userPrincipalName: mail,
    primarySmtpAddress: mail,
    emailAddresses: [`SMTP:${mail}`, `smtp:${alias}@${plan.organization.initialDomain}`],
  };
}

function castFacts(plan: PopulationPlan, one: CastMember, index: number): MailboxFacts {
  const person = plan.people.get(one.alias);
  const displayName = person?.displayName ?? one.displayName;
  const [givenName = null, ...rest] = displayName.split(' ');
  return {
    ...ownedFacts(plan, index),
    ...addresses(plan, one.alias),
    name: displayName,
    alias: one.alias,
    displayName,
    givenName,
    surname: rest.length > 0 ? rest.join(' ') : null,
    type: one.type ?? 'UserMailbox',
    department: person?.department ?? one.department,
    jobTitle: person?.jobTitle ?? (one.type ? null : 'Specialist'),
    language: person ? person.language : (one.language ?? 'en-US'),
    accountEnabled: one.accountEnabled ?? true,
    settings: { ...DEFAULT_SETTINGS, ...one.settings },
  };
}

function personalSettings(plan: PopulationPlan, index: number, deviceIds: () => readonly string[]): MailboxSettings {
  const { draw } = plan;
  const policyId = draw.below(100, 'mailbox', index, 2) < 4 ? (plan.policyIds[1] ?? null) : null;
  const list = draw.below(100, 'mailbox', index, 3);
  if (list >= 8) return policyId ? { ...DEFAULT_SETTINGS, policyId } : DEFAULT_SETTINGS;
  const [own = ''] = deviceIds();
  const ids = [...(own ? [own] : []), `OLD${draw.hex(20, 'mailbox', index, 4).toUpperCase()}`];
  return { ...DEFAULT_SETTINGS, policyId, ...(list < 6 ? { allowedDeviceIds: ids } : { blockedDeviceIds: ids }) };
}

function generatedFacts(plan: PopulationPlan, index: number, deviceIds: () => readonly string[]): MailboxFacts {
  const { draw } = plan;
  const { first, last, round } = nameOf(index);
  const suffix = round === 0 ? '' : String(round + 1);
  const alias = `${aliasFor(`${first} ${last}`)}${suffix}`;
  const isShared = draw.below(100, 'mailbox', index, 5) < 3;
  const owned = ownedFacts(plan, index);
  const named = `${first} ${last}${suffix}`;
  return {
    ...owned,
    ...addresses(plan, alias),
    // Name is the display name, the alias or the object id, depending on how a mailbox once was made.
    name: draw.pick([named, named, alias, owned.userId], 'mailbox', index, 6),
    alias,
    displayName: `${first} ${last}`,
    givenName: first,
    surname: last,
    type: isShared ? 'SharedMailbox' : 'UserMailbox',
    department: draw.pick(DEPARTMENTS, 'mailbox', index, 7),
    jobTitle: draw.pick(JOB_TITLES, 'mailbox', index, 8),
    language: draw.pick(LANGUAGES, 'mailbox', index, 9),
    accountEnabled: !isShared && !isSeededLeaver(plan, index),
    settings: personalSettings(plan, index, deviceIds),
  };
}

/** The seeded facts at this position; `deviceIds` are the mailbox's own, for some people have theirs on a personal list. */
export function mailboxFacts(plan: PopulationPlan, index: number, deviceIds: () => readonly string[]): MailboxFacts {
  const one = castMember(plan, index);
  return one ? castFacts(plan, one, index) : generatedFacts(plan, index, deviceIds);
}

/** How many partnerships the mailbox at this position starts with. */
export function seededDeviceCount(plan: PopulationPlan, index: number): number {
  const one = castMember(plan, index);
  if (one) return typeof one.devices === 'number' ? one.devices : one.devices.length;
  if (plan.draw.below(1000, 'mailbox', index, 12) === 0) return 60 + plan.draw.below(36, 'mailbox', index, 13);
  let rest = plan.draw.below(1000, 'mailbox', index, 14);
  for (const [count, weight] of DEVICE_COUNTS.entries()) {
    if (rest < weight) return count;
    rest -= weight;
  }
  return 0;
}
