// The Entra side of an organization: users behind the mailboxes, groups, Intune's phones, applications, sent mail, and what changed.
// Not Graph's wire shapes. Changes go through the organization's commit, so that they are dated, written down and replayed.
import type { Change, DirectoryChangeRequest } from './changes.ts';
import type { DeviceStore } from './devices.ts';
import { seededGroups, type SeededGroup } from './groups.ts';
import { managedDeviceOf } from './managed-devices.ts';
import type { MailboxStore } from './mailboxes.ts';
import type { PopulationPlan } from './population.ts';
import type {
  Application,
  ApplicationChange,
  Directory,
  DirectoryChange,
  Group,
  GroupMember,
  InstantMs,
  ManagedDevice,
  SentMail,
  User,
  UserChange,
} from './types.ts';

interface Membership {
  readonly added: Map<string, GroupMember>;
  readonly removed: Set<string>;
}

/** The part of its organization that a directory works with. */
export interface DirectoryNeeds {
  readonly plan: PopulationPlan;
  readonly mailboxes: MailboxStore;
  readonly devices: DeviceStore;
  readonly applications: readonly Application[];
  now(): InstantMs;
  commit(change: Change): void;
}

export class OrganizationDirectory implements Directory {
  private readonly needs: DirectoryNeeds;
  private readonly seeded: readonly SeededGroup[];
  private readonly memberships = new Map<string, Membership>();
  private readonly apps = new Map<string, Application>();
  private readonly changes: DirectoryChange[] = [];
  private readonly mails: SentMail[] = [];
  private deletedUsers = 0;

  constructor(needs: DirectoryNeeds) {
    this.needs = needs;
    this.seeded = seededGroups(needs.plan);
    for (const application of needs.applications) this.apps.set(application.appId, application);
  }

  get userCount(): number {
    return this.needs.mailboxes.count - this.deletedUsers;
  }

  *users(from = 0): Iterable<User> {
    const { mailboxes } = this.needs;
    let skipped = 0;
    for (let index = this.deletedUsers === 0 ? from : 0; index < mailboxes.count; index += 1) {
      if (mailboxes.isDeleted(index)) continue;
      if (this.deletedUsers > 0 && skipped < from) skipped += 1;
      else yield mailboxes.user(index);
    }
  }

  user(idOrName: string): User | undefined {
    const index = this.indexOf(idOrName);
    return index === undefined ? undefined : this.needs.mailboxes.user(index);
  }

  updateUser(id: string, change: UserChange): User {
    this.needs.commit({ kind: 'user.update', id, change });
    return this.expectUser(id);
  }

  deleteUser(id: string): void {
    this.expectUser(id);
    this.needs.commit({ kind: 'user.delete', id });
  }

  *directReports(id: string): Iterable<User> {
    for (const user of this.users()) if (user.managerId === id) yield user;
  }

  *groups(): Iterable<Group> {
    for (const { group } of this.seeded) yield group;
  }

  group(id: string): Group | undefined {
    return this.seededGroup(id)?.group;
  }

  *members(groupId: string): Iterable<GroupMember> {
    const seeded = this.seededGroup(groupId);
    if (!seeded) return;
    const { mailboxes } = this.needs;
    const { added, removed } = this.membership(groupId);
    for (const nested of seeded.nested) if (!removed.has(nested)) yield { kind: 'group', id: nested };
    for (let index = 0; index < mailboxes.count; index += 1) {
      if (mailboxes.isDeleted(index) || !seeded.holds(mailboxes.facts(index), index)) continue;
      const { userId } = mailboxes.facts(index);
      if (!removed.has(userId) && !added.has(userId)) yield { kind: 'user', id: userId };
    }
    for (const member of added.values()) if (member.kind === 'group' || this.user(member.id)) yield member;
  }

  *transitiveUsers(groupId: string): Iterable<User> {
    const seen = new Set<string>();
    for (const group of this.groupAndNested(groupId, new Set())) {
      for (const member of this.members(group)) {
        const user = member.kind === 'user' && !seen.has(member.id) ? this.user(member.id) : undefined;
        if (!user) continue;
        seen.add(member.id);
        yield user;
      }
    }
  }

  groupsOf(userId: string): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const { group } of this.seeded) {
      const inside = [...this.groupAndNested(group.id, new Set())];
      if (inside.some((id) => this.isDirectMember(id, userId))) ids.add(group.id);
    }
    return ids;
  }

  addMember(groupId: string, member: GroupMember): void {
    if (!this.group(groupId)) throw new RangeError(`There is no group ${groupId}`);
    this.needs.commit({ kind: 'member.add', group: groupId, member });
  }

  removeMember(groupId: string, memberId: string): void {
    if (!this.group(groupId)) throw new RangeError(`There is no group ${groupId}`);
    this.needs.commit({ kind: 'member.remove', group: groupId, member: memberId });
  }

  *managedDevices(): Iterable<ManagedDevice> {
    const { devices } = this.needs;
    for (let index = 0; index < devices.extent; index += 1) {
      const managed = devices.isRemoved(index) || !devices.facts(index).isManaged ? undefined : this.makeManaged(index);
      if (managed) yield managed;
    }
  }

  managedDevice(id: string): ManagedDevice | undefined {
    const { devices, plan } = this.needs;
    const index = plan.draw.indexOf('managed-device', id);
    if (index === undefined || index >= devices.extent || devices.isRemoved(index) || !devices.facts(index).isManaged) return undefined;
    return this.makeManaged(index);
  }

  applications(): Iterable<Application> {
    return this.apps.values();
  }

  application(appIdOrObjectId: string): Application | undefined {
    const id = appIdOrObjectId.toLowerCase();
    return this.apps.get(id) ?? [...this.apps.values()].find((application) => application.objectId === id);
  }

  addApplication(application: Application): void {
    this.needs.commit({ kind: 'application.add', application });
  }

  updateApplication(appId: string, change: ApplicationChange): Application {
    this.needs.commit({ kind: 'application.update', appId, change });
    const application = this.application(appId);
    if (!application) throw new RangeError(`There is no application ${appId}`);
    return application;
  }

  get changeSequence(): number {
    return this.changes.length;
  }

  *changesAfter(sequence: number): Iterable<DirectoryChange> {
    for (let position = Math.max(0, sequence); position < this.changes.length; position += 1) {
      const change = this.changes[position];
      if (change) yield change;
    }
  }

  recordMail(mail: Omit<SentMail, 'atMs'>): SentMail {
    this.needs.commit({ kind: 'mail.record', mail });
    return { ...mail, atMs: this.mails.at(-1)?.atMs ?? this.needs.now() };
  }

  sentMail(): readonly SentMail[] {
    return this.mails;
  }

  /** The position of a user that is not deleted. */
  indexOf(idOrName: string): number | undefined {
    const index = this.needs.mailboxes.find(idOrName);
    return index === undefined || this.needs.mailboxes.isDeleted(index) ? undefined : index;
  }

  /** Carries out a committed change; answers the mailbox whose access it touches. */
  apply(change: DirectoryChangeRequest, atMs: InstantMs): number | undefined {
    if (change.kind === 'user.update' || change.kind === 'user.delete') return this.applyUser(change, atMs);
    if (change.kind === 'member.add' || change.kind === 'member.remove') this.applyMember(change, atMs);
    else if (change.kind === 'mail.record') this.mails.push({ ...change.mail, atMs });
    else this.applyApplication(change);
    return undefined;
  }

  private applyApplication(change: Extract<DirectoryChangeRequest, { readonly kind: 'application.add' | 'application.update' }>): void {
    if (change.kind === 'application.add') this.apps.set(change.application.appId, change.application);
    else {
      const old = this.application(change.appId);
      if (!old) throw new RangeError(`There is no application ${change.appId}`);
      this.apps.set(old.appId, { ...old, ...change.change });
    }
  }

  private applyUser(change: DirectoryChangeRequest & { readonly id: string }, atMs: InstantMs): number {
    const index = this.indexOf(change.id);
    if (index === undefined) throw new RangeError(`There is no user ${change.id}`);
    const { userId } = this.needs.mailboxes.facts(index);
    if (change.kind === 'user.update') this.needs.mailboxes.changeUser(index, change.change);
    else {
      this.needs.mailboxes.deleteUser(index);
      this.deletedUsers += 1;
    }
    this.note({ atMs, kind: 'user', id: userId, change: change.kind === 'user.update' ? 'updated' : 'deleted' });
    return index;
  }

  private applyMember(change: Extract<DirectoryChangeRequest, { readonly kind: 'member.add' | 'member.remove' }>, atMs: InstantMs): void {
    const { added, removed } = this.membership(change.group);
    if (change.kind === 'member.add') {
      removed.delete(change.member.id);
      added.set(change.member.id, change.member);
      return this.note({ atMs, kind: 'member', id: change.group, change: 'created', member: change.member });
    }
    const kind = added.get(change.member)?.kind ?? (this.group(change.member) ? 'group' : 'user');
    added.delete(change.member);
    removed.add(change.member);
    return this.note({ atMs, kind: 'member', id: change.group, change: 'deleted', member: { kind, id: change.member } });
  }

  /** A new user, seen by delta queries. */
  noteCreated(index: number, atMs: InstantMs): void {
    this.note({ atMs, kind: 'user', id: this.needs.mailboxes.facts(index).userId, change: 'created' });
  }

  private note(change: Omit<DirectoryChange, 'sequence'>): void {
    this.changes.push({ ...change, sequence: this.changes.length + 1 });
  }

  private expectUser(id: string): User {
    const user = this.user(id);
    if (!user) throw new RangeError(`There is no user ${id}`);
    return user;
  }

  private seededGroup(id: string): SeededGroup | undefined {
    return this.seeded.find(({ group }) => group.id === id.toLowerCase());
  }

  private membership(groupId: string): Membership {
    const known = this.memberships.get(groupId) ?? { added: new Map(), removed: new Set() };
    this.memberships.set(groupId, known);
    return known;
  }

  private *groupAndNested(groupId: string, seen: Set<string>): Iterable<string> {
    if (seen.has(groupId)) return;
    seen.add(groupId);
    yield groupId;
    const { added, removed } = this.membership(groupId);
    const nested = (this.seededGroup(groupId)?.nested ?? []).filter((id) => !removed.has(id));
    for (const member of added.values()) if (member.kind === 'group') nested.push(member.id);
    for (const id of nested) yield* this.groupAndNested(id, seen);
  }

  private isDirectMember(groupId: string, userId: string): boolean {
    const { added, removed } = this.membership(groupId);
    if (added.has(userId)) return true;
    const index = removed.has(userId) ? undefined : this.indexOf(userId);
    return index !== undefined && (this.seededGroup(groupId)?.holds(this.needs.mailboxes.facts(index), index) ?? false);
  }

  private makeManaged(index: number): ManagedDevice {
    const { devices, mailboxes, plan } = this.needs;
    const device = devices.read(index, this.needs.now());
    return managedDeviceOf(plan.draw, device, mailboxes.user(device.mailboxIndex), plan.startMs);
  }
}
