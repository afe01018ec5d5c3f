// The RunStore port on one table, a partition an organization: `run|<newest first>|<id>` is a run, `running|<kind>` names the one that goes on.
// The run is the truth about its state; the other row only keeps a second one from beginning, and is written with it in one transaction.
import { AppError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { startOfRun } from '../../domain/run.ts';
import type { Run, RunKind } from '../../domain/run.ts';
import type { RunListAsk, RunStore } from '../../domain/run-store-port.ts';
import type { StorePage } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { keyOf, keysBelow, keySegment, newestFirst } from './keys.ts';
import type { RowKey } from './keys.ts';
import { removePartitions } from './remove-partitions.ts';
import type { Row, StoredRow, Table } from './row.ts';
import { writeEach } from './transactions.ts';

const RUNS = 'run';
const runDocument = createDocument<Run>('run');
const hasCode = (error: unknown, ...codes: readonly string[]): boolean => error instanceof AppError && codes.includes(error.code);

/** Runs kept in a table. */
export function createRunStore(table: Table): RunStore {
  async function running(organization: OrganizationId, kind: RunKind): Promise<string | undefined> {
    return (await table.get(runningKey(organization, kind)))?.values['runId'];
  }

  return {
    async begin(run) {
      try {
        const lock = { ...runningKey(run.organization, run.kind), values: { runId: run.id } };
        const [version = ''] = await table.transact([
          { kind: 'insert', row: rowOf(run) },
          { kind: 'insert', row: lock },
        ]);
        return { kind: 'begun', version };
      } catch (error) {
        const runId = hasCode(error, 'store.exists') ? await running(run.organization, run.kind) : undefined;
        // Where the other one has ended in between, the caller may simply ask again.
        if (runId === undefined) throw error;
        return { kind: 'already-running', runId };
      }
    },

    async get(organization, id) {
      const key = runKey(organization, id);
      const row = key && (await table.get(key));
      return row && { value: readRun(row), version: row.version };
    },

    running,

    save: (run, version) => table.write({ kind: 'replace', row: rowOf(run), version }),

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

    list: (organization, ask) => listRuns(table, organization, ask),
    purge: (organization, before) => purgeRuns(table, organization, before),
    removeAll: (organization) => removePartitions(table, [keyOf(organization)]),
  };
}

async function listRuns(table: Table, organization: OrganizationId, { top, continuation }: RunListAsk): Promise<StorePage<Run>> {
  const prefix = keyOf(RUNS);
  const after = continuation === undefined ? {} : { after: `${prefix}${continuation}` };
  const values: Run[] = [];
  let last = '';
  for await (const { rows } of table.pages({ partition: keyOf(organization), rows: keysBelow(RUNS), pageSize: top + 1, ...after })) {
    for (const row of rows) {
      if (values.length === top) return { values, continuation: last.slice(prefix.length) };
      values.push(readRun(row));
      last = row.row;
    }
  }
  return { values };
}

async function purgeRuns(table: Table, organization: OrganizationId, before: Instant): Promise<number> {
  const partition = keyOf(organization);
  const old = { from: `${keyOf(RUNS)}|${newestFirst(before)}`, before: keysBelow(RUNS).before };
  let purged = 0;
  for await (const { rows } of table.pages({ partition, rows: old })) {
    const ended = rows.filter((row) => isEndedBefore(readRun(row), before));
    const removals = ended.map(({ row }) => ({ kind: 'remove', key: { partition, row } }) as const);
    await writeEach(table, removals, (error) => hasCode(error, 'store.missing'));
    purged += removals.length;
  }
  return purged;
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

function readRun({ values }: StoredRow): Run {
  const run = runDocument.unpack(values);
  if (!run) throw new AppError('store.unexpected', { request: 'reading a run', problem: 'a row holds no run' });
  return run;
}
