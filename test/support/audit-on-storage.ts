// The audit on a storage account, as processes of tests share it.
import { createHeadContainer } from '../../src/adapters/audit/head-container.ts';
import { createKeyFile } from '../../src/adapters/audit/key-file.ts';
import { randomIds } from '../../src/adapters/random-ids.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { createTable } from '../../src/adapters/tables/table.ts';
import { auditPorts } from './audit-scene.ts';
import type { AuditParts } from './audit-scene.ts';
import { logInto } from './discovery-scene.ts';

export interface SharedAudit extends AuditParts {
  readonly ports: ReturnType<typeof auditPorts>;
}

export function auditOn(connectionString: string, keyFile: string): SharedAudit {
  const account = { connectionString };
  const open = (name: string): AuditParts['rows'] => createTable({ account, name, ids: randomIds });
  const parts = { changes: open('Connectors'), rows: open('Audit'), container: createHeadContainer({ account, name: 'audit-heads' }) };
  return { ...parts, ports: auditPorts(parts, createKeyFile(keyFile, { isMade: true }), systemClock, logInto([])) };
}
