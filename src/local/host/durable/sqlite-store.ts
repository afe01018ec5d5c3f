// The durable store in one SQLite file (node:sqlite). WAL with synchronous=NORMAL: a killed process loses nothing that was committed,
// and a torn write at power loss is rolled back as a whole. One process at a time: the hub holds the folder's lock.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type {
  ActivityItem,
  DurableStore,
  Instance,
  InstanceFilter,
  Message,
  Post,
  Rewind,
  StoredActivity,
  StoredMessage,
  TurnCommit,
} from './durable-store.ts';
import { isTerminal, type HistoryEvent, type RuntimeStatus } from './history-event.ts';
import { createHistoryCache } from './history-cache.ts';

const SCHEMA_VERSION = 1;

const SCHEMA = `
CREATE TABLE instances (
  id TEXT PRIMARY KEY, status TEXT NOT NULL, created_ms INTEGER NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE history (
  instance_id TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (instance_id, position)
) WITHOUT ROWID;
CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT, due_ms INTEGER NOT NULL, message TEXT NOT NULL
);
CREATE INDEX inbox_by_instance ON inbox (instance_id, due_ms, seq);
CREATE INDEX inbox_by_due ON inbox (due_ms, instance_id);
CREATE TABLE activities (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL, task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT
);
CREATE TABLE entities (id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
`;

type Row = Record<string, unknown>;

/** Makes the tables in a new file; refuses a file that is damaged or of another format. */
function prepare(db: DatabaseSync): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -65536;');
  const fault = String((db.prepare('PRAGMA quick_check(1)').get() as Row)['quick_check']);
  if (fault !== 'ok') throw new Error(`it is damaged (${fault})`);
  const version = Number((db.prepare('PRAGMA user_version').get() as Row)['user_version']);
  if (version === 0) db.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
  else if (version !== SCHEMA_VERSION) throw new Error(`it has format ${version}, this host reads format ${SCHEMA_VERSION}`);
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The durable state in ${file} cannot be used: ${why}. Start with --reset to begin anew, or delete that file.`, {
      cause: error,
    });
  }
}

/** The execution a message is part of; null for what reaches whichever runs. */
function executionOf(message: Message): string | null {
  switch (message.kind) {
    case 'event':
      return message.executionId;
    case 'start':
      return message.instance.executionId;
    default:
      return null;
  }
}

/** The first id after all that begin with `prefix`: no id has this last of all code points there. */
const afterPrefix = (prefix: string): string => `${prefix}\u{10FFFF}`;

function toStored(row: Row): StoredMessage {
  return { seq: Number(row['seq']), dueMs: Number(row['due_ms']), message: JSON.parse(row['message'] as string) as Message };
}

function toActivity(row: Row): StoredActivity {
  return {
    seq: Number(row['seq']),
    instanceId: row['instance_id'] as string,
    executionId: row['execution_id'] as string,
    taskId: Number(row['task_id']),
    name: row['name'] as string,
    input: row['input'] as string | null,
  };
}

/** Opens or makes the file; `:memory:` for tests. */
export function openSqliteStore(file: string): DurableStore {
  return new SqliteStore(open(file));
}

class SqliteStore implements DurableStore {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #histories = createHistoryCache();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.#db.prepare(text)));
    return statement;
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#histories.clear();
      // SQLite has rolled back by itself after some errors, such as a full disk.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  instance(id: string): Instance | undefined {
    const row = this.#sql('SELECT record FROM instances WHERE id = ?').get(id);
    return row ? (JSON.parse((row as Row)['record'] as string) as Instance) : undefined;
  }

  instances(filter: InstanceFilter, top: number, afterId = ''): Instance[] {
    const where = ['id > ?'];
    const values: SQLInputValue[] = [afterId];
    const add = (condition: string, ...value: SQLInputValue[]): void => {
      where.push(condition);
      values.push(...value);
    };
    if (filter.createdFromMs !== undefined) add('created_ms >= ?', filter.createdFromMs);
    if (filter.createdToMs !== undefined) add('created_ms <= ?', filter.createdToMs);
    if (filter.idPrefix) add('id >= ? AND id < ?', filter.idPrefix, afterPrefix(filter.idPrefix));
    if (filter.statuses) add(`status IN (${filter.statuses.map(() => '?').join(',')})`, ...filter.statuses);
    const rows = this.#sql(`SELECT record FROM instances WHERE ${where.join(' AND ')} ORDER BY id LIMIT ?`).all(...values, top);
    return rows.map((row) => JSON.parse((row as Row)['record'] as string) as Instance);
  }

  history(id: string): readonly HistoryEvent[] {
    const cached = this.#histories.get(id);
    if (cached) return cached;
    const rows = this.#sql('SELECT event FROM history WHERE instance_id = ? ORDER BY position').all(id);
    const text = `[${rows.map((row) => (row as Row)['event'] as string).join(',')}]`;
    const events = JSON.parse(text) as HistoryEvent[];
    this.#histories.set(id, events, text.length);
    return events;
  }

  start(instance: Instance, startDueMs: number, mayReplaceLive: boolean): RuntimeStatus | undefined {
    return this.#transaction(() => {
      const existing = this.instance(instance.id);
      if (existing && !isTerminal(existing.status) && !mayReplaceLive) return existing.status;
      if (existing) this.#remove(existing);
      const generation = existing ? (existing.generation ?? 0) + 1 : 0;
      const started = { ...instance, generation };
      this.#putInstance(started);
      this.#insertPosts([{ instanceId: instance.id, dueMs: startDueMs, message: { kind: 'start', instance: started } }]);
      return undefined;
    });
  }

  post(posts: readonly Post[]): void {
    this.#transaction(() => this.#insertPosts(posts));
  }

  due(instanceId: string, nowMs: number): StoredMessage[] {
    const rows = this.#sql('SELECT seq, due_ms, message FROM inbox WHERE instance_id = ? AND due_ms <= ? ORDER BY due_ms, seq').all(
      instanceId,
      nowMs,
    );
    return rows.map((row) => toStored(row as Row));
  }

  dueInstances(nowMs: number): string[] {
    // Left to itself SQLite reads the whole other index, also when nothing is due.
    const rows = this.#sql('SELECT DISTINCT instance_id FROM inbox INDEXED BY inbox_by_due WHERE due_ms <= ?').all(nowMs);
    return rows.map((row) => (row as Row)['instance_id'] as string);
  }

  nextDueMs(nowMs: number): number | undefined {
    const row = this.#sql('SELECT min(due_ms) AS due FROM inbox WHERE due_ms > ?').get(nowMs) as Row;
    return row['due'] === null ? undefined : Number(row['due']);
  }

  hasDue(instanceId: string, nowMs: number): boolean {
    return this.#sql('SELECT 1 FROM inbox WHERE instance_id = ? AND due_ms <= ? LIMIT 1').get(instanceId, nowMs) !== undefined;
  }

  drop(seqs: readonly number[]): void {
    this.#transaction(() => this.#consume(seqs));
  }

  commitTurn(commit: TurnCommit): StoredActivity[] {
    return this.#transaction(() => {
      const { instance, history } = commit;
      const present = this.instance(instance.id);
      if (present && present.executionId !== commit.basedOn && !isTerminal(present.status)) return [];
      this.#consume(commit.consumed);
      if (history.mode === 'replace') this.#removeHistory(instance.id);
      this.#appendHistory(instance.id, history.events);
      this.#putInstance(instance);
      this.#insertPosts(commit.posts);
      if (commit.endedExecution !== undefined) {
        this.#sql('DELETE FROM inbox WHERE instance_id = ? AND execution_id = ?').run(instance.id, commit.endedExecution);
      }
      return commit.activities.map((item) => this.#insertActivity(item));
    });
  }

  activities(): StoredActivity[] {
    return this.#sql('SELECT * FROM activities ORDER BY seq')
      .all()
      .map((row) => toActivity(row as Row));
  }

  completeActivity(seq: number, result: Post | undefined): void {
    this.#transaction(() => {
      const { changes } = this.#sql('DELETE FROM activities WHERE seq = ?').run(seq);
      if (result && changes > 0) this.#insertPosts([result]);
    });
  }

  purge(ids: readonly string[]): void {
    this.#transaction(() => {
      for (const id of ids) {
        const instance = this.instance(id);
        if (instance) this.#remove(instance);
      }
    });
  }

  entity(id: string): string | undefined {
    const row = this.#sql('SELECT state FROM entities WHERE id = ?').get(id);
    return row ? ((row as Row)['state'] as string) : undefined;
  }

  commitEntity(id: string, state: string | undefined, consumed: readonly number[], posts: readonly Post[]): void {
    this.#transaction(() => {
      if (state === undefined) this.#sql('DELETE FROM entities WHERE id = ?').run(id);
      else this.#sql('INSERT INTO entities (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state').run(id, state);
      this.#consume(consumed);
      this.#insertPosts(posts);
    });
  }

  rewind(changes: readonly Rewind[]): void {
    this.#transaction(() => {
      for (const { instance, history, posts } of changes) {
        this.#removeHistory(instance.id);
        this.#appendHistory(instance.id, history);
        this.#putInstance(instance);
        this.#insertPosts(posts);
      }
    });
  }

  close(): void {
    this.#db.close();
  }

  #putInstance(instance: Instance): void {
    this.#sql(
      `INSERT INTO instances (id, status, created_ms, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET status = excluded.status, created_ms = excluded.created_ms, record = excluded.record`,
    ).run(instance.id, instance.status, instance.createdMs, JSON.stringify(instance));
  }

  #appendHistory(id: string, events: readonly HistoryEvent[]): void {
    const last = this.#sql('SELECT max(position) AS last FROM history WHERE instance_id = ?').get(id) as Row;
    let position = last['last'] === null ? 0 : Number(last['last']) + 1;
    const insert = this.#sql('INSERT INTO history (instance_id, position, event) VALUES (?, ?, ?)');
    let size = 0;
    for (const event of events) {
      const text = JSON.stringify(event);
      insert.run(id, position, text);
      position += 1;
      size += text.length;
    }
    this.#histories.append(id, events, size);
  }

  #removeHistory(id: string): void {
    this.#histories.delete(id);
    this.#sql('DELETE FROM history WHERE instance_id = ?').run(id);
  }

  #insertPosts(posts: readonly Post[]): void {
    const insert = this.#sql('INSERT INTO inbox (instance_id, execution_id, due_ms, message) VALUES (?, ?, ?, ?)');
    for (const { instanceId, dueMs, message } of posts) insert.run(instanceId, executionOf(message), dueMs, JSON.stringify(message));
  }

  #insertActivity(item: ActivityItem): StoredActivity {
    const insert = this.#sql('INSERT INTO activities (instance_id, execution_id, task_id, name, input) VALUES (?, ?, ?, ?, ?)');
    const { lastInsertRowid } = insert.run(item.instanceId, item.executionId, item.taskId, item.name, item.input);
    return { ...item, seq: Number(lastInsertRowid) };
  }

  #consume(seqs: readonly number[]): void {
    const remove = this.#sql('DELETE FROM inbox WHERE seq = ?');
    for (const seq of seqs) remove.run(seq);
  }

  /**
   * Everything of an instance but two things: its running activities, whose results will find no execution and be dropped,
   * and a parent's start message for this id that still waits for the instance to go.
   */
  #remove({ id, executionId }: Instance): void {
    this.#removeHistory(id);
    this.#sql(`DELETE FROM inbox WHERE instance_id = ? AND (execution_id = ? OR json_extract(message, '$.kind') <> 'start')`).run(
      id,
      executionId,
    );
    this.#sql('DELETE FROM instances WHERE id = ?').run(id);
  }
}
