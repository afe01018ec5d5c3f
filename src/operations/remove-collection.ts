// Removes a collection that nothing depends on any more.
import { checkRemoval, requireChangeable } from '../domain/collection-guard.ts';
import { changeAccess, requirePrecondition } from './change-access.ts';
import type { AccessChange, ChangeNeeds } from './change-access.ts';
import { entriesFor } from './entries-for.ts';

/** Removes the collection if the caller may, and named its present version. */
export async function removeCollection(needs: ChangeNeeds, ask: AccessChange): Promise<void> {
  await changeAccess(needs, ask, 'Collection.Modify', async (scene) => {
    const { organization, id, precondition } = ask;
    requireChangeable(scene, id);
    const version = scene.catalogue.versions.get(id);
    requirePrecondition(precondition, version);
    checkRemoval(scene, id);
    const entries = entriesFor(needs, ask, { type: 'collection.removed', subject: id, details: {} });
    await needs.collections.remove(organization, id, { version, guard: scene.guard, entries });
  });
}
