// An audit with nothing in it: tables and heads in memory, a key of its own, a clock that moves when it is told to; and what tests do to them.
import { join } from 'node:path';
import type { HeadContainer } from '../../src/adapters/audit/audit-heads.ts';
import { createAuditHeads } from '../../src/adapters/audit/audit-heads.ts';
import { sha256 } from '../../src/adapters/audit/digest.ts';
import { headsIn } from '../../src/adapters/audit/head-container.ts';
import { createKeyFile } from '../../src/adapters/audit/key-file.ts';
import { createMemoryBlobs } from '../../src/adapters/memory/memory-blobs.ts';
import { createMemoryTable } from '../../src/adapters/memory/memory-table.ts';
import { createAuditStore } from '../../src/adapters/tables/audit-store.ts';
import { keyOf } from '../../src/adapters/tables/keys.ts';
import { createOutbox, outboxRow } from '../../src/adapters/tables/outbox.ts';
import type { Table } from '../../src/adapters/tables/row.ts';
import { auditEntry, KEEP_AUDIT_DAYS } from '../../src/domain/audit.ts';
import type { Actor, AuditEntry, AuditFact } from '../../src/domain/audit.ts';
import type { AuditKey } from '../../src/domain/audit-port.ts';
import type { Instant } from '../../src/domain/instant.ts';
import type { Clock, Log } from '../../src/domain/ports.ts';
import type { SequenceNeeds } from '../../src/operations/sequence-audit.ts';
import { heldClock, logInto, organization } from './discovery-scene.ts';
import type { HeldClock, LogLine } from './discovery-scene.ts';

export const KEEP_DAYS = KEEP_AUDIT_DAYS;
export const TENANT = 'bbbbbbbb-0000-4000-8000-000000000001';
export const ALICE: Actor = {
  actor: { kind: 'user', tenant: TENANT, objectId: 'cccccccc-0000-4000-8000-000000000001' },
  actorName: 'Alice Example',
};

export interface AuditParts {
  /** Where events wait: a shared table as that of connectors, and the audit's own. */
  readonly changes: Table;
  readonly rows: Table;
  readonly container: HeadContainer;
}

/** The ports of the audit over parts, which may be those of a scene with faults put in front. */
export function auditPorts(parts: AuditParts, key: AuditKey, clock: Clock, log: Log): SequenceNeeds & { ids: { next(): string } } {
  let nextId = 0;
  return {
    audit: createAuditStore(parts.rows, clock),
    auditOutbox: createOutbox(parts.rows, [{ table: parts.changes, isShared: true }, { table: parts.rows }]),
    auditHeads: createAuditHeads(parts.container),
    auditKey: key,
    digest: sha256,
    connectors: { list: async () => [] } as unknown as SequenceNeeds['connectors'],
    clock,
    ids: { next: () => `id-${(nextId += 1)}` },
    log,
  };
}

export interface AuditScene extends AuditParts {
  readonly ports: ReturnType<typeof auditPorts>;
  readonly key: AuditKey;
  readonly clock: HeldClock;
  readonly lines: LogLine[];
  /** Changes something and tells of it, in one transaction. */
  change(id: string, fact?: AuditFact, by?: Actor): Promise<AuditEntry>;
}

/** A container in memory. */
export function memoryHeads(): HeadContainer {
  const blobs = createMemoryBlobs();
  return headsIn(blobs, async (name, content) => {
    const isNew = (await blobs.get(name)).kind === 'missing';
    if (isNew) await blobs.put(name, [Buffer.from(content)]);
    return isNew;
  });
}

/** A scene; its key is kept in the folder. */
export function createAuditScene(folder: string): AuditScene {
  const parts = { changes: createMemoryTable('Changes'), rows: createMemoryTable('Audit'), container: memoryHeads() };
  const clock = heldClock();
  const lines: LogLine[] = [];
  const key = createKeyFile(join(folder, 'audit-key.json'), { isMade: true });
  const ports = auditPorts(parts, key, clock, logInto(lines));
  return {
    ...parts,
    ports,
    key,
    clock,
    lines,
    async change(id, fact = aRun(id), by = ALICE) {
      const entry = entryAt(clock.now(), id, fact, by);
      await writeChange(parts.changes, id, entry);
      return entry;
    },
  };
}

export function aRun(id: string): AuditFact {
  return { type: 'discovery.requested', subject: `run-${id}`, details: { kind: 'full' } };
}

export function entryAt(time: Instant, id: string, fact: AuditFact, by: Actor): AuditEntry {
  return auditEntry(fact, { id, chain: organization, time, ...by });
}

/** One change with its event. */
export async function writeChange(table: Table, id: string, entry: AuditEntry): Promise<void> {
  const partition = keyOf(organization);
  await table.transact([{ kind: 'set', row: { partition, row: `change-${id}`, values: { id } } }, outboxRow(partition, entry)]);
}

export const HOUR_MS = 60 * 60_000;
