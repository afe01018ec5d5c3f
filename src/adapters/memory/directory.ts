// The Directory port in memory, for tests of operations and workflows: the same promises as on Graph, bound by the same contract suite.
import type {
  Directory,
  DirectoryCallOptions,
  DirectoryChange,
  DirectoryChangePage,
  DirectoryGroup,
  DirectoryUser,
  ManagedDevice,
} from '../../domain/directory-port.ts';
import { AppError } from '../../domain/errors.ts';

/** A group with its direct members: ids of users and of groups. */
export interface MemoryGroup extends DirectoryGroup {
  readonly members: readonly string[];
}

/** Where a read of changes stands. */
interface Position {
  readonly isWhole: boolean;
  /** Changes after this number are told, up to `until`. */
  readonly from: number;
  readonly until: number;
  readonly skip: number;
}

/** A directory that tests can change. */
export class MemoryDirectory implements Directory {
  private readonly pageSize: number;
  private readonly known = new Map<string, DirectoryUser>();
  private readonly managers = new Map<string, string>();
  private readonly groups = new Map<string, MemoryGroup>();
  private readonly devices = new Map<string, ManagedDevice>();
  private readonly changed: { id: string; isManager: boolean }[] = [];
  private generation = 0;
  private isIntuneLicensed = true;

  /** Empty; pages are small, so that a test with few users reads several. */
  constructor(pageSize = 2) {
    this.pageSize = pageSize;
  }

  /** Adds a user or replaces the one with this id. */
  putUser(user: DirectoryUser): void {
    this.known.set(user.id, user);
    this.changed.push({ id: user.id, isManager: false });
  }

  removeUser(id: string): void {
    this.known.delete(id);
    this.changed.push({ id, isManager: false });
  }

  setManager(userId: string, managerId: string | undefined): void {
    if (managerId === undefined) this.managers.delete(userId);
    else this.managers.set(userId, managerId);
    this.changed.push({ id: userId, isManager: true });
  }

  putGroup(group: MemoryGroup): void {
    this.groups.set(group.id, group);
  }

  putManagedDevice(device: ManagedDevice): void {
    this.devices.set(device.id, device);
  }

  setIntune(isLicensed: boolean): void {
    this.isIntuneLicensed = isLicensed;
  }

  /** Makes every cursor handed out so far too old. */
  expireCursors(): void {
    this.generation += 1;
  }

  async *users(options: DirectoryCallOptions = {}): AsyncGenerator<readonly DirectoryUser[]> {
    yield* this.pagesOf([...this.known.values()], options);
  }

  async usersById(ids: readonly string[]): Promise<DirectoryUser[]> {
    return [...new Set(ids)].map((id) => this.known.get(id)).filter((user) => user !== undefined);
  }

  async *userChanges(cursor: string | undefined, options: DirectoryCallOptions = {}): AsyncGenerator<DirectoryChangePage> {
    let position = this.positionOf(cursor);
    for (let isLast = false; !isLast;) {
      options.signal?.throwIfAborted();
      const all = this.changesAt(position);
      const next: Position = { ...position, skip: position.skip + this.pageSize };
      isLast = next.skip >= all.length;
      const { isWhole, skip, until } = position;
      const rest = isLast ? this.seal({ from: until }) : this.seal(next);
      yield { changes: all.slice(skip, next.skip), cursor: rest, isLast, isWhole };
      position = next;
    }
  }

  async managersOf(ids: readonly string[]): Promise<Map<string, DirectoryUser>> {
    const found = new Map<string, DirectoryUser>();
    for (const id of ids) {
      const manager = this.known.get(this.managers.get(id) ?? '');
      if (manager && this.known.has(id)) found.set(id, manager);
    }
    return found;
  }

  async group(id: string): Promise<DirectoryGroup | undefined> {
    const group = this.groups.get(id);
    if (!group) return undefined;
    const { members: _, ...facts } = group;
    return facts;
  }

  async *groupMembers(id: string, options: DirectoryCallOptions = {}): AsyncGenerator<readonly string[]> {
    if (!this.groups.has(id)) throw new AppError('group.missing', { group: id });
    yield* this.pagesOf([...this.usersIn(id)], options);
  }

  async groupsAmong(objectId: string, groupIds: readonly string[]): Promise<string[]> {
    return groupIds.filter((id) => this.usersIn(id).has(objectId));
  }

  async *managedDevices(options: DirectoryCallOptions = {}): AsyncGenerator<readonly ManagedDevice[]> {
    if (!this.isIntuneLicensed) throw new AppError('intune.unlicensed');
    yield* this.pagesOf([...this.devices.values()], options);
  }

  private usersIn(groupId: string, seen = new Set<string>()): Set<string> {
    const found = new Set<string>();
    if (seen.has(groupId)) return found;
    seen.add(groupId);
    for (const member of this.groups.get(groupId)?.members ?? []) {
      if (this.known.has(member)) found.add(member);
      for (const nested of this.usersIn(member, seen)) found.add(nested);
    }
    return found;
  }

  /** At least one page, so that an empty list is a list. */
  private *pagesOf<Row>(rows: readonly Row[], { signal }: DirectoryCallOptions): Generator<readonly Row[]> {
    for (let start = 0; start === 0 || start < rows.length; start += this.pageSize) {
      signal?.throwIfAborted();
      yield rows.slice(start, start + this.pageSize);
    }
  }

  private changesAt({ isWhole, from, until }: Position): DirectoryChange[] {
    if (isWhole) return [...this.known.keys()].map((id) => this.changeOf(id, this.managers.has(id)));
    const told = new Map<string, boolean>();
    for (const { id, isManager } of this.changed.slice(from, until)) {
      const isManagerTold = isManager || told.get(id) === true;
      told.delete(id);
      told.set(id, isManagerTold);
    }
    return [...told].map(([id, isManager]) => this.changeOf(id, isManager));
  }

  private changeOf(id: string, isManagerTold: boolean): DirectoryChange {
    const user = this.known.get(id);
    if (!user) return { kind: 'removed', id, isRestorable: true };
    return isManagerTold ? { kind: 'changed', user, managerId: this.managers.get(id) ?? null } : { kind: 'changed', user };
  }

  private seal(position: Partial<Position>): string {
    return JSON.stringify({ generation: this.generation, ...position });
  }

  private positionOf(cursor: string | undefined): Position {
    const until = this.changed.length;
    const kept: Partial<Position> & { generation?: number } = cursor === undefined ? {} : JSON.parse(cursor);
    if (kept.generation !== this.generation) return { isWhole: true, from: 0, until, skip: 0 };
    return { isWhole: false, from: 0, until, skip: 0, ...kept };
  }
}
