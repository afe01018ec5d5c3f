// The RoleStore port: `grant|role|<id>` and `grant|assignment|<id>` in the partition of each organization, one range for both,
// because every decision reads both.
import type { CustomRole } from '../../domain/role.ts';
import type { RoleAssignment } from '../../domain/role-assignment.ts';
import type { RoleStore } from '../../domain/role-store-port.ts';
import type { Versioned } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { guardedKey, readGuarded, removeGuarded, saveGuarded } from './guarded-rows.ts';
import { keyOf, keysBelow } from './keys.ts';
import type { Table } from './row.ts';

const GRANT = 'grant';
const ROLE = 'role';
const ASSIGNMENT = 'assignment';

const roleDocument = createDocument<CustomRole>('role');
const assignmentDocument = createDocument<RoleAssignment>('assignment');

/** Roles and assignments kept in a table. */
export function createRoleStore(table: Table): RoleStore {
  return {
    async all(organization) {
      const roles: Versioned<CustomRole>[] = [];
      const assignments: Versioned<RoleAssignment>[] = [];
      const prefix = keyOf(GRANT, ROLE);
      for await (const { rows } of table.pages({ partition: keyOf(organization), rows: keysBelow(GRANT) })) {
        for (const row of rows) {
          if (row.row.startsWith(prefix)) roles.push(readGuarded(roleDocument, row, ROLE));
          else assignments.push(readGuarded(assignmentDocument, row, ASSIGNMENT));
        }
      }
      return { roles, assignments };
    },

    saveRole: (role, change) => saveGuarded(table, guardedKey(role.organization, GRANT, ROLE, role.id), roleDocument.pack(role), change),

    removeRole: (organization, id, change) => removeGuarded(table, guardedKey(organization, GRANT, ROLE, id), change),

    saveAssignment(assignment, change) {
      const key = guardedKey(assignment.organization, GRANT, ASSIGNMENT, assignment.id);
      return saveGuarded(table, key, assignmentDocument.pack(assignment), change);
    },

    removeAssignment: (organization, id, change) => removeGuarded(table, guardedKey(organization, GRANT, ASSIGNMENT, id), change),
  };
}
