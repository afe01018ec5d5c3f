// Makes a collection or changes one. What a collection may say is checked here too, because rights hang on it.
import { ALL_MOBILE_DEVICES, isCollectionId } from '../domain/collection.ts';
import type { Collection, CollectionContent } from '../domain/collection.ts';
import { checkCollection, isVisible, requireChangeable } from '../domain/collection-guard.ts';
import { viewOfCollection } from '../domain/collection-view.ts';
import type { CollectionView } from '../domain/collection-view.ts';
import { problemsWithCollection } from '../domain/collection-problems.ts';
import { AppError } from '../domain/errors.ts';
import { changeAccess, invalidId, requirePrecondition } from './change-access.ts';
import type { AccessChange, ChangeNeeds, Saved } from './change-access.ts';
import { entriesFor } from './entries-for.ts';

/** Which collection, and what it is to be. */
export interface CollectionAsk extends AccessChange {
  readonly content: CollectionContent;
}

/** Keeps the collection; refuses what would widen rights of whoever asks, or rights that they do not have. */
export async function saveCollection(needs: ChangeNeeds, ask: CollectionAsk): Promise<Saved<CollectionView>> {
  return changeAccess(needs, ask, 'Collection.Modify', async (scene) => {
    const { organization, id, content, caller, precondition } = ask;
    const before = scene.catalogue.collections.get(id);
    const version = scene.catalogue.versions.get(id);
    // One that the caller may not know of is answered like one that is not there: what can be asked of neither says so first.
    if (before && !isVisible(scene, id)) requirePrecondition(precondition, undefined);
    if (before) requireChangeable(scene, id);
    else if (id === ALL_MOBILE_DEVICES) requireChangeable(scene, id);
    else if (!isCollectionId(id)) throw invalidId('A collection has a GUID in lower case as its id.');
    requirePrecondition(precondition, version);
    requireGood(content);
    const now = needs.clock.now();
    const collection: Collection = {
      ...content,
      organization,
      id,
      createdAt: before?.createdAt ?? now,
      changedAt: now,
      changedBy: caller.objectId,
    };
    checkCollection(scene, collection);
    const changed = before && changedParts(before, collection);
    const entries = entriesFor(needs, ask, {
      type: 'collection.saved',
      subject: id,
      details: { changed, limitedBy: collection.limitedBy },
    });
    const saved = await needs.collections.save(collection, { version, guard: scene.guard, entries });
    const catalogue = { ...scene.catalogue, collections: new Map(scene.catalogue.collections).set(id, collection) };
    return { value: viewOfCollection({ ...scene, catalogue }, id), version: saved, isNew: !before };
  });
}

function requireGood(content: CollectionContent): void {
  const faults = problemsWithCollection(content);
  if (faults.length === 0) return;
  throw new AppError('body.invalid', {
    problem: `${faults.length === 1 ? 'one field is' : `${faults.length} fields are`} wrong, see errors`,
    faults,
  });
}

function changedParts(before: CollectionContent, after: CollectionContent): readonly string[] {
  const parts = ['name', 'rule', 'include', 'exclude', 'limitedBy'] as const;
  return parts.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]));
}
