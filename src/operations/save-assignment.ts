// Gives a role to a user, a group or an application, for the whole organization or for some collections.
import { isGuid } from '../domain/device-identity.ts';
import { AppError } from '../domain/errors.ts';
import type { Fault } from '../domain/errors.ts';
import { checkAssignment, MOST_COLLECTIONS_OF_ASSIGNMENT } from '../domain/grant-guard.ts';
import type { AssignmentContent, Principal, RoleAssignment } from '../domain/role-assignment.ts';
import { changeAccess, invalidId, requirePrecondition } from './change-access.ts';
import type { AccessChange, ChangeNeeds, Saved } from './change-access.ts';
import { entriesFor } from './entries-for.ts';

/** Which assignment, and what it is to be. */
export interface AssignmentAsk extends AccessChange {
  readonly content: AssignmentContent;
}

/** Keeps the assignment; refuses one that gives more than whoever asks has. */
export async function saveAssignment(needs: ChangeNeeds, ask: AssignmentAsk): Promise<Saved<RoleAssignment>> {
  return changeAccess(needs, ask, 'Security.Modify', async (scene) => {
    const { organization, id, content, caller, precondition } = ask;
    if (!isGuid(id) || id !== id.toLowerCase()) throw invalidId('An assignment has a GUID in lower case as its id.');
    requireGood(content);
    const stored = scene.stored.assignments.find(({ value }) => value.id === id);
    requirePrecondition(precondition, stored?.version);
    const now = needs.clock.now();
    const assignment: RoleAssignment = {
      principal: lowerCase(content.principal),
      role: content.role,
      ...(content.collections && { collections: [...new Set(content.collections)] }),
      organization,
      id,
      createdAt: stored?.value.createdAt ?? now,
      changedAt: now,
      changedBy: caller.objectId,
    };
    checkAssignment(scene, assignment);
    const { principal, role, collections } = assignment;
    const details = { principal: nameOf(principal), principalKind: principal.kind, role, collections };
    const entries = entriesFor(needs, ask, { type: 'assignment.saved', subject: id, details });
    const version = await needs.roles.saveAssignment(assignment, { version: stored?.version, guard: scene.guard, entries });
    return { value: assignment, version, isNew: !stored };
  });
}

/** Tenant and object id, as the audit names people. */
export function nameOf({ tenantId, objectId }: Principal): string {
  return `${tenantId} ${objectId}`;
}

/** Tokens are compared in lower case. */
function lowerCase({ kind, tenantId, objectId }: Principal): Principal {
  return { kind, tenantId: tenantId.toLowerCase(), objectId: objectId.toLowerCase() };
}

function requireGood({ principal, collections }: AssignmentContent): void {
  const most = MOST_COLLECTIONS_OF_ASSIGNMENT;
  const isListFit = !collections || (collections.length > 0 && collections.length <= most);
  const faults: Fault[] = [
    ...(isGuid(principal.tenantId) ? [] : [{ pointer: '#/principal/tenantId', detail: 'The id of a tenant is a GUID.' }]),
    ...(isGuid(principal.objectId) ? [] : [{ pointer: '#/principal/objectId', detail: 'An object id is a GUID.' }]),
    ...(isListFit
      ? []
      : [{ pointer: '#/collections', detail: `Name 1 to ${most} collections, or leave them out for the whole organization.` }]),
  ];
  if (faults.length > 0) throw new AppError('body.invalid', { problem: 'the assignment is wrong, see errors', faults });
}
