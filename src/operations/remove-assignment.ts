// Takes a role away. The last Full Administrator of an organization stays, unless there is one without an assignment.
import { AppError } from '../domain/errors.ts';
import { checkAssignmentRemoval } from '../domain/grant-guard.ts';
import { changeAccess, requirePrecondition } from './change-access.ts';
import type { AccessChange, ChangeNeeds } from './change-access.ts';
import { entriesFor } from './entries-for.ts';
import { nameOf } from './save-assignment.ts';

/** Removes the assignment if the caller named its present version. */
export async function removeAssignment(needs: ChangeNeeds, ask: AccessChange): Promise<void> {
  await changeAccess(needs, ask, 'Security.Modify', async (scene) => {
    const { organization, id, precondition } = ask;
    const stored = scene.stored.assignments.find(({ value }) => value.id === id);
    if (!stored) throw new AppError('assignment.missing');
    requirePrecondition(precondition, stored.version);
    checkAssignmentRemoval(scene, id);
    const details = { principal: nameOf(stored.value.principal), role: stored.value.role };
    const entries = entriesFor(needs, ask, { type: 'assignment.removed', subject: id, details });
    await needs.roles.removeAssignment(organization, id, { version: stored.version, guard: scene.guard, entries });
  });
}
