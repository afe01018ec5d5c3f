// A collection as a caller may see it: one that limits them by its name only, and never a limit that they may not know of.
import { ALL_MOBILE_DEVICES_NAME } from './collection.ts';
import type { Collection } from './collection.ts';
import { isOpen, isProtected, isVisible } from './collection-guard.ts';
import type { CollectionScene } from './collection-guard.ts';

export interface CollectionView {
  readonly id: string;
  readonly name: string;
  readonly isBuiltIn: boolean;
  /** Whether this caller may change it. */
  readonly canChange: boolean;
  /** Rights of somebody are limited to it. */
  readonly isAssigned: boolean;
  /** What is in it, without a limit that the caller may not know of; left out for the built-in one, and for one that limits the caller. */
  readonly collection?: Collection;
}

/** The view of a collection that is visible in the scene. */
export function viewOfCollection(scene: CollectionScene, id: string): CollectionView {
  const stored = scene.catalogue.collections.get(id);
  const isAssigned = scene.grants.assignments.some(({ collections = [] }) => collections.includes(id));
  const facts = { id, isBuiltIn: !stored, canChange: !isProtected(scene, id), isAssigned };
  if (!stored || !isOpen(scene, id)) return { ...facts, name: stored?.name ?? ALL_MOBILE_DEVICES_NAME };
  const { limitedBy, ...rest } = stored;
  return { ...facts, name: stored.name, collection: limitedBy !== undefined && isVisible(scene, limitedBy) ? stored : rest };
}
