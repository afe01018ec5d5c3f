// The organization's mailboxes and users: seeded facts with what was changed since laid over them.
// Not the phones (devices.ts) and not groups or applications (directory.ts).
import { recipientDn } from './identity.ts';
import { castMember, DEFAULT_SETTINGS, mailboxFacts, userIdAt, type MailboxFacts, type PopulationPlan } from './population.ts';
import type { InstantMs, Mailbox, MailboxSettings, User, UserChange } from './types.ts';

/** A mailbox that somebody adds; what is left out follows from the alias. */
export interface NewMailbox extends Partial<MailboxFacts> {
  readonly alias: string;
  readonly displayName: string;
}

interface Changed {
  settings?: MailboxSettings;
  changedMs?: InstantMs;
  user?: UserChange;
  deleted?: boolean;
}

const CACHE_SIZE = 512;

export class MailboxStore {
  private readonly plan: PopulationPlan;
  private readonly seededDeviceIds: (mailboxIndex: number) => readonly string[];
  private readonly added: MailboxFacts[] = [];
  private readonly changed = new Map<number, Changed>();
  private readonly cache = new Map<number, MailboxFacts>();
  private readonly explicitIds = new Map<string, number>();
  private keys: Map<string, number> | undefined;

  constructor(plan: PopulationPlan, seededDeviceIds: (mailboxIndex: number) => readonly string[]) {
    this.plan = plan;
    this.seededDeviceIds = seededDeviceIds;
    for (let index = 0; castMember(plan, index); index += 1) this.explicitIds.set(userIdAt(plan, index).toLowerCase(), index);
  }

  get count(): number {
    return this.plan.mailboxCount + this.added.length;
  }

  isDeleted(index: number): boolean {
    return this.changed.get(index)?.deleted ?? false;
  }

  facts(index: number): MailboxFacts {
    const known = this.cache.get(index) ?? this.added[index - this.plan.mailboxCount];
    if (known) return known;
    if (index < 0 || index >= this.plan.mailboxCount) throw new RangeError(`There is no mailbox at position ${index}`);
    const made = mailboxFacts(this.plan, index, () => this.seededDeviceIds(index));
    if (this.cache.size >= CACHE_SIZE) this.cache.clear();
    this.cache.set(index, made);
    return made;
  }

  settings(index: number): MailboxSettings {
    return this.changed.get(index)?.settings ?? this.facts(index).settings;
  }

  mailbox(index: number): Mailbox {
    const facts = this.facts(index);
    const changed = this.changed.get(index);
    return {
      index,
      name: facts.name,
      alias: facts.alias,
      displayName: changed?.user?.displayName ?? facts.displayName,
      distinguishedName: recipientDn(facts.name, this.plan.organization.initialDomain),
      guid: facts.guid,
      externalDirectoryObjectId: facts.userId,
      userPrincipalName: changed?.user?.userPrincipalName ?? facts.userPrincipalName,
      primarySmtpAddress: facts.primarySmtpAddress,
      emailAddresses: facts.emailAddresses,
      recipientTypeDetails: facts.type,
      createdMs: facts.createdMs,
      changedMs: changed?.changedMs ?? facts.createdMs,
      settings: changed?.settings ?? facts.settings,
    };
  }

  user(index: number): User {
    const facts = this.facts(index);
    return {
      id: facts.userId,
      userPrincipalName: facts.userPrincipalName,
      displayName: facts.displayName,
      givenName: facts.givenName,
      surname: facts.surname,
      mail: facts.primarySmtpAddress,
      jobTitle: facts.jobTitle,
      department: facts.department,
      preferredLanguage: facts.language,
      accountEnabled: facts.accountEnabled,
      managerId: facts.managerId,
      createdMs: facts.createdMs,
      ...this.changed.get(index)?.user,
    };
  }

  /** Whether the user behind the mailbox can sign in. */
  isEnabled(index: number): boolean {
    const changed = this.changed.get(index);
    if (changed?.deleted) return false;
    const facts = this.facts(index);
    // A shared mailbox is read through its delegates' accounts.
    return facts.type === 'SharedMailbox' || (changed?.user?.accountEnabled ?? facts.accountEnabled);
  }

  changeSettings(index: number, change: Partial<MailboxSettings>, atMs: InstantMs): void {
    this.edit(index, (one) => {
      one.settings = { ...this.settings(index), ...change };
      one.changedMs = atMs;
    });
  }

  changeUser(index: number, change: UserChange): void {
    this.edit(index, (one) => void (one.user = { ...one.user, ...change }));
    this.keys = undefined;
  }

  deleteUser(index: number): void {
    this.edit(index, (one) => void (one.deleted = true));
  }

  add(mailbox: NewMailbox, atMs: InstantMs): number {
    const index = this.count;
    const { organization, draw } = this.plan;
    const mail = `${mailbox.alias}@${organization.domain}`;
    this.added.push({
      guid: draw.guid('mailbox', index),
      userId: draw.guid('user', index),
      name: mailbox.displayName,
      givenName: null,
      surname: null,
      userPrincipalName: mail,
      primarySmtpAddress: mail,
      emailAddresses: [`SMTP:${mail}`],
      type: 'UserMailbox',
      department: null,
      jobTitle: null,
      language: null,
      accountEnabled: true,
      managerId: null,
      createdMs: atMs,
      settings: DEFAULT_SETTINGS,
      ...mailbox,
    });
    const facts = this.facts(index);
    this.explicitIds.set(facts.guid.toLowerCase(), index);
    this.explicitIds.set(facts.userId.toLowerCase(), index);
    this.keys = undefined;
    return index;
  }

  /** By guid of the mailbox or of its user, in any case. */
  byGuid(guid: string): number | undefined {
    const explicit = this.explicitIds.get(guid.toLowerCase());
    if (explicit !== undefined) return explicit;
    const { draw, mailboxCount } = this.plan;
    const index = draw.indexOf('mailbox', guid) ?? draw.indexOf('user', guid);
    if (index === undefined || index >= mailboxCount) return undefined;
    // Seeded people have fixed object ids: the derived one is nobody's.
    return draw.indexOf('user', guid) === index && userIdAt(this.plan, index).toLowerCase() !== guid.toLowerCase() ? undefined : index;
  }

  /** By anything that Exchange takes for a mailbox: guid, address, principal name, alias, name or distinguished name. */
  find(key: string): number | undefined {
    const text = key.trim().toLowerCase();
    const byGuid = this.byGuid(text);
    if (byGuid !== undefined) return byGuid;
    this.keys ??= this.buildKeys();
    const dn = /^cn=((?:\\.|[^\\,])+),ou=/.exec(text);
    return this.keys.get(dn?.[1]?.replaceAll(/\\(.)/g, '$1') ?? text);
  }

  private buildKeys(): Map<string, number> {
    const keys = new Map<string, number>();
    for (let index = this.count - 1; index >= 0; index -= 1) {
      const facts = this.facts(index);
      const name = this.changed.get(index)?.user?.userPrincipalName ?? facts.userPrincipalName;
      keys.set(facts.name.toLowerCase(), index);
      keys.set(facts.alias.toLowerCase(), index);
      keys.set(facts.primarySmtpAddress.toLowerCase(), index);
      keys.set(name.toLowerCase(), index);
    }
    return keys;
  }

  private edit(index: number, apply: (changed: Changed) => void): void {
    const one = this.changed.get(index) ?? {};
    apply(one);
    this.changed.set(index, one);
  }
}
