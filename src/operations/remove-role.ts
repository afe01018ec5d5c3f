// Removes a custom role that nobody has any more.
import { checkRoleRemoval } from '../domain/grant-guard.ts';
import { changeAccess, requirePrecondition } from './change-access.ts';
import type { AccessChange, ChangeNeeds } from './change-access.ts';
import { entriesFor } from './entries-for.ts';

/** Removes the role if the caller named its present version. */
export async function removeRole(needs: ChangeNeeds, ask: AccessChange): Promise<void> {
  await changeAccess(needs, ask, 'Security.Modify', async (scene) => {
    const { organization, id, precondition } = ask;
    checkRoleRemoval(scene, id);
    const stored = scene.stored.roles.find(({ value }) => value.id === id);
    requirePrecondition(precondition, stored?.version);
    const entries = entriesFor(needs, ask, { type: 'role.removed', subject: id, details: { permissions: stored?.value.permissions } });
    await needs.roles.removeRole(organization, id, { version: stored?.version, guard: scene.guard, entries });
  });
}
