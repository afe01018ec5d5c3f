// `directory-read`: the users of the directory into storage, by what changed since the run before; one stretch of it, four minutes at most.
// The cursor is kept with what discovery remembers, once everything up to it is stored: after a crash the same changes are told again.
import pMap from 'p-map';
import type { AnswerOf, DirectoryReadTask } from '../domain/discovery-task.ts';
import type { DirectoryChange, DirectoryChangePage } from '../domain/directory-port.ts';
import type { Ports } from '../domain/ports.ts';
import { partitionDigits } from '../domain/store-page.ts';
import type { ObservationWriter } from '../domain/store-page.ts';
import type { UserObservation } from '../domain/user-store-port.ts';
import { changeDiscoveryState } from './change-discovery-state.ts';
import { formatPosition, parsePosition } from './directory-position.ts';
import type { DirectoryPosition } from './directory-position.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { openSeen, seenWriter } from './seen-set.ts';
import type { SeenWriter } from './seen-set.ts';

type Needs = ProgressNeeds & Pick<Ports, 'connections' | 'files' | 'ids' | 'users'>;

const PARALLEL_READS = 16;

/** Reads on from where the stretch before ended; answers where the next one begins, if there is one. */
export async function readDirectory(needs: Needs, task: DirectoryReadTask): Promise<AnswerOf<'directory-read'>> {
  return doTask(needs, task, 'directory', async (work): Promise<AnswerOf<'directory-read'>> => {
    const { connector, organization, progress } = work;
    const state = await needs.connectors.discoveryState(organization);
    const start = parsePosition(task.cursor) ?? { stretch: 1, ...cursorPart(state?.value.directoryCursor) };
    const stretch = new DirectoryStretch(needs, work, start);
    const directory = needs.connections.directory(connector);
    for await (const page of directory.userChanges(start.cursor, { usage: progress.usage })) {
      await stretch.add(page);
      const reason = await progress.report();
      if (reason !== undefined) return { outcome: 'over', reason };
      if (page.isLast || work.isTimeUp()) break;
    }
    const { users, isWhole, isLast, isTold, position } = await stretch.finish();
    const version = isTold ? { usersVersion: needs.ids.next() } : {};
    if (!isLast) {
      if (isTold) await changeDiscoveryState(needs.connectors, organization, (kept) => ({ ...kept, ...version }));
      const next = formatPosition({ ...position, stretch: position.stretch + 1 });
      return { outcome: 'done', users, isComplete: false, isWhole, cursor: next, counts: await progress.finish() };
    }
    await changeDiscoveryState(needs.connectors, organization, (kept) => ({ ...kept, ...version, ...directoryCursorPart(position) }));
    return { outcome: 'done', users, isComplete: true, isWhole, counts: await progress.finish() };
  });
}

function cursorPart(cursor: string | undefined): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

function directoryCursorPart({ cursor }: DirectoryPosition): { readonly directoryCursor?: string } {
  return cursor === undefined ? {} : { directoryCursor: cursor };
}

/** What one stretch reads and keeps. */
class DirectoryStretch {
  readonly #needs: Needs;
  readonly #work: Work;
  /** Users that the changes took away, unless they were told again afterwards. */
  readonly #removed = new Set<string>();
  /** Managers of the users whose changes were told. */
  readonly #managers = new Map<string, string | null>();
  #position: DirectoryPosition;
  #writer: ObservationWriter<UserObservation> | undefined;
  #told: SeenWriter | undefined;
  #users = 0;
  #isLast = false;
  #isTold = false;

  constructor(needs: Needs, work: Work, position: DirectoryPosition) {
    this.#needs = needs;
    this.#work = work;
    this.#position = position;
  }

  get #isWhole(): boolean {
    return this.#position.wholeSince !== undefined;
  }

  async add({ changes, cursor, isLast, isWhole }: DirectoryChangePage): Promise<void> {
    if (isWhole && !this.#isWhole) await this.#beginWhole();
    this.#position = { ...this.#position, cursor };
    this.#isLast = isLast;
    if ((changes.length > 0 || isWhole) && !this.#isTold) await this.#noteTold();
    const { users } = this.#needs;
    const { organization } = this.#work;
    this.#writer ??= users.writer(organization, this.#isWhole ? 'everything' : 'each');
    if (this.#isWhole) this.#told ??= seenWriter(this.#needs.files, this.#work.key, setName(this.#position.stretch));
    const observations = await pMap(lastOfEach(changes), (change) => this.#observationOf(change), { concurrency: PARALLEL_READS });
    const present = observations.filter((observation) => observation !== undefined);
    await this.#writer.add(present);
    this.#told?.add(present.map(({ user }) => user.id));
    this.#users += present.length;
  }

  /** Before anything is written, for a crash would hide that; at the end of the stretch once more, for whoever read the users meanwhile. */
  async #noteTold(): Promise<void> {
    const { connectors, ids } = this.#needs;
    const usersVersion = ids.next();
    await changeDiscoveryState(connectors, this.#work.organization, (kept) => ({ ...kept, usersVersion }));
    this.#isTold = true;
  }

  /** The read has turned whole: what was told before by changes is told again. */
  async #beginWhole(): Promise<void> {
    await this.#writer?.finish();
    this.#writer = undefined;
    this.#removed.clear();
    this.#users = 0;
    this.#position = { ...this.#position, wholeSince: this.#position.stretch };
  }

  async #observationOf(change: DirectoryChange): Promise<UserObservation | undefined> {
    if (change.kind === 'removed') {
      this.#removed.add(change.id);
      return undefined;
    }
    const { user, managerId = await this.#knownManager(user.id) } = change;
    this.#removed.delete(user.id);
    if (!this.#isWhole) this.#managers.set(user.id, managerId);
    return { user, ...(managerId !== null && { managerId }), observedAt: this.#needs.clock.now() };
  }

  /** A manager that is not told did not change; where the whole directory is told, there is none. */
  async #knownManager(id: string): Promise<string | null> {
    if (this.#isWhole) return null;
    // What this stretch has read may not be stored yet.
    const told = this.#managers.get(id);
    return told === undefined ? ((await this.#needs.users.get(this.#work.organization, id))?.managerId ?? null) : told;
  }

  /** Stores what is left. At the end of a whole read, users that it did not tell are removed. */
  async finish(): Promise<{ users: number; isWhole: boolean; isLast: boolean; isTold: boolean; position: DirectoryPosition }> {
    await this.#writer?.finish();
    await this.#told?.finish();
    // Last of all, so that nothing that was gathered before brings a removed user back.
    if (this.#removed.size > 0) await this.#needs.users.remove(this.#work.organization, [...this.#removed]);
    if (this.#isLast && this.#isWhole) await this.#removeUntold();
    return { users: this.#users, isWhole: this.#isWhole, isLast: this.#isLast, isTold: this.#isTold, position: this.#position };
  }

  async #removeUntold(): Promise<void> {
    const { files, users } = this.#needs;
    const { key, organization } = this.#work;
    const { stretch, wholeSince = stretch } = this.#position;
    const names = Array.from({ length: stretch - wholeSince + 1 }, (_, index) => setName(wholeSince + index));
    const isTold = await openSeen(files, key, names);
    for (const digit of partitionDigits) {
      for await (const page of users.pages(organization, digit)) {
        const untold = page.map(({ user }) => user.id).filter((id) => !isTold(id));
        if (untold.length > 0) await users.remove(organization, untold);
      }
    }
  }
}

/** A user may be told more than once in a page: as it was told last, with the manager that was told last. */
function lastOfEach(changes: readonly DirectoryChange[]): Iterable<DirectoryChange> {
  const last = new Map<string, DirectoryChange>();
  for (const change of changes) {
    const id = change.kind === 'changed' ? change.user.id : change.id;
    const before = last.get(id);
    const managerId = before?.kind === 'changed' ? before.managerId : undefined;
    const isManagerLeft = change.kind === 'changed' && change.managerId === undefined && managerId !== undefined;
    last.set(id, isManagerLeft ? { ...change, managerId } : change);
  }
  return last.values();
}

function setName(stretch: number): string {
  return `users-${stretch}`;
}
