// The RunStore port on one table, a partition an organization. `run|<newest first>|<id>` is a run, `kind|<kind>|<newest first>|<id>` leads to it
// from the list of its kind, `running|<kind>` names the one that goes on, `part|<id>|<part>` is how far a part of it has come.
// The run is the truth about its state; the rows that lead to it are written and removed with it, each time in one transaction.
import pMap from 'p-map';
import type { AuditEntry } from '../../domain/audit.ts';
import { AppError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { startOfRun } from '../../domain/run.ts';
import type { Run, RunKind, RunPart } from '../../domain/run.ts';
import type { RunBegin, RunListAsk, RunStore } from '../../domain/run-store-port.ts';
import type { StorePage } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { keyOf, keysBelow, keySegment, newestFirst } from './keys.ts';
import type { RowKey } from './keys.ts';
import { outboxRow } from './outbox.ts';
import { removePartitions } from './remove-partitions.ts';
import type { Row, RowPage, StoredRow, Table } from './row.ts';
import { writeEach } from './transactions.ts';
import { writeTold } from './write-told.ts';

const RUNS = 'run';
const KINDS = 'kind';
const PARTS = 'part';
const PARALLEL_READS = 16;
const BEGIN_ATTEMPTS = 3;
/** Form 2 tells which instance works on a run, for which connector, and when it will report. */
const runDocument = createDocument<Run>('run', [(older) => ({ restarts: 0, generation: 1, wakesAt: older['startedAt'], ...older })]);
const partDocument = createDocument<RunPart>('part');
const hasCode = (error: unknown, ...codes: readonly string[]): boolean => error instanceof AppError && codes.includes(error.code);

/** Runs kept in a table. */
export function createRunStore(table: Table): RunStore {
  async function running(organization: OrganizationId, kind: RunKind): Promise<string | undefined> {
    return (await table.get(runningKey(organization, kind)))?.values['runId'];
  }

  return {
    begin: (run, entries = []) => beginRun(table, run, entries, running),

    async get(organization, id) {
      const key = runKey(organization, id);
      const row = key && (await table.get(key));
      return row && { value: readRun(row), version: row.version };
    },

    running,

    save: (run, version, entries = []) => writeTold(table, { kind: 'replace', row: rowOf(run), version }, entries),

    async end(run, version) {
      const lock = runningKey(run.organization, run.kind);
      // A run whose place was given away must not open it for a third one.
      if ((await running(run.organization, run.kind)) !== run.id) return table.write({ kind: 'replace', row: rowOf(run), version });
      const [ended = ''] = await table.transact([
        { kind: 'replace', row: rowOf(run), version },
        { kind: 'remove', key: lock },
      ]);
      return ended;
    },

    async report(organization, runId, part) {
      await table.write({ kind: 'set', row: { ...partKey(organization, runId, part.part), values: partDocument.pack(part) } });
    },

    async parts(organization, runId) {
      const parts: RunPart[] = [];
      for await (const { rows } of partRows(table, organization, runId)) parts.push(...rows.map(readPart));
      return parts;
    },

    list: (organization, ask) => listRuns(table, organization, ask),
    purge: (organization, before) => purgeRuns(table, organization, before),
    removeAll: (organization) => removePartitions(table, [keyOf(organization)]),
  };
}

async function beginRun(
  table: Table,
  run: Run,
  entries: readonly AuditEntry[],
  running: (organization: OrganizationId, kind: RunKind) => Promise<string | undefined>,
): Promise<RunBegin> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [version = ''] = await table.transact([
        { kind: 'insert', row: rowOf(run) },
        { kind: 'insert', row: kindRowOf(run) },
        { kind: 'insert', row: { ...runningKey(run.organization, run.kind), values: { runId: run.id } } },
        ...entries.map((entry) => outboxRow(keyOf(run.organization), entry)),
      ]);
      return { kind: 'begun', version };
    } catch (error) {
      if (!hasCode(error, 'store.exists')) throw error;
      if (await table.get(rowOf(run))) return { kind: 'known' };
      const runId = await running(run.organization, run.kind);
      if (runId !== undefined) return { kind: 'already-running', runId };
      // The other one has ended in between.
      if (attempt === BEGIN_ATTEMPTS) throw error;
    }
  }
}

async function listRuns(table: Table, organization: OrganizationId, ask: RunListAsk): Promise<StorePage<Run>> {
  const { top, kind, continuation } = ask;
  const segments = kind === undefined ? [RUNS] : [KINDS, kind];
  const prefix = keyOf(...segments);
  const after = continuation === undefined ? {} : { after: `${prefix}${continuation}` };
  const found: StoredRow[] = [];
  const query = { partition: keyOf(organization), rows: keysBelow(...segments), pageSize: top + 1, ...after };
  for await (const { rows } of table.pages(query)) {
    found.push(...rows);
    if (found.length > top) break;
  }
  const shown = found.slice(0, top);
  const values = kind === undefined ? shown.map(readRun) : await runsOf(table, organization, shown);
  const last = found.length > top ? shown.at(-1) : undefined;
  return { values, ...(last && { continuation: last.row.slice(prefix.length) }) };
}

/** The runs that rows of the list of their kind lead to. */
async function runsOf(table: Table, organization: OrganizationId, rows: readonly StoredRow[]): Promise<Run[]> {
  const read = async ({ values }: StoredRow): Promise<Run | undefined> => {
    const key = runKey(organization, values['runId'] ?? '');
    const row = key && (await table.get(key));
    return row && readRun(row);
  };
  const runs = await pMap(rows, read, { concurrency: PARALLEL_READS });
  return runs.filter((run) => run !== undefined);
}

async function purgeRuns(table: Table, organization: OrganizationId, before: Instant): Promise<string[]> {
  const partition = keyOf(organization);
  const old = { from: `${keyOf(RUNS)}|${newestFirst(before)}`, before: keysBelow(RUNS).before };
  const purged: string[] = [];
  for await (const { rows } of table.pages({ partition, rows: old })) {
    const ended = rows.map(readRun).filter((run) => isEndedBefore(run, before));
    // The run goes last: as long as it is there, a purge that was interrupted is repeated.
    for (const { id } of ended) for await (const parts of partRows(table, organization, id)) await removeRows(table, parts.rows);
    await removeRows(
      table,
      ended.flatMap((run) => [rowOf(run), kindRowOf(run)]),
    );
    purged.push(...ended.map(({ id }) => id));
  }
  return purged;
}

async function removeRows(table: Table, keys: readonly RowKey[]): Promise<void> {
  const removals = keys.map(({ partition, row }) => ({ kind: 'remove', key: { partition, row } }) as const);
  await writeEach(table, removals, (error) => hasCode(error, 'store.missing'));
}

function isEndedBefore({ state, startedAt }: Run, before: Instant): boolean {
  return state !== 'running' && startedAt < before;
}

function runKey(organization: OrganizationId, id: string): RowKey | undefined {
  const startedAt = startOfRun(id);
  if (startedAt === undefined) return undefined;
  return { partition: keyOf(organization), row: `${keyOf(RUNS)}|${newestFirst(startedAt)}|${keySegment(id)}` };
}

function runningKey(organization: OrganizationId, kind: RunKind): RowKey {
  return { partition: keyOf(organization), row: keyOf('running', kind) };
}

function rowOf(run: Run): Row {
  const key = runKey(run.organization, run.id);
  if (!key) throw new AppError('store.unexpected', { request: 'keeping a run', problem: 'its id does not carry its start' });
  return { ...key, values: runDocument.pack(run) };
}

/** The row by which a run is found among those of its kind. */
function kindRowOf(run: Run): Row {
  const row = keyOf(KINDS, run.kind);
  return {
    partition: keyOf(run.organization),
    row: `${row}|${newestFirst(run.startedAt)}|${keySegment(run.id)}`,
    values: { runId: run.id },
  };
}

function partKey(organization: OrganizationId, runId: string, part: string): RowKey {
  return { partition: keyOf(organization), row: keyOf(PARTS, runId, part) };
}

function partRows(table: Table, organization: OrganizationId, runId: string): AsyncIterable<RowPage> {
  return table.pages({ partition: keyOf(organization), rows: keysBelow(PARTS, runId) });
}

function readPart({ values }: StoredRow): RunPart {
  const part = partDocument.unpack(values);
  if (!part) throw new AppError('store.unexpected', { request: 'reading how far a run has come', problem: 'a row holds no part of a run' });
  return part;
}

function readRun({ values }: StoredRow): Run {
  const run = runDocument.unpack(values);
  if (!run) throw new AppError('store.unexpected', { request: 'reading a run', problem: 'a row holds no run' });
  return run;
}
