// The collections that a caller may know of: in a scope, those they are limited to, by name only, and those inside them.
import { ALL_MOBILE_DEVICES } from '../domain/collection.ts';
import { isVisible } from '../domain/collection-guard.ts';
import { viewOfCollection } from '../domain/collection-view.ts';
import type { CollectionView } from '../domain/collection-view.ts';
import type { Caller } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import { readAccessScene } from './read-access-scene.ts';
import type { SceneNeeds } from './read-access-scene.ts';

/** All of them, the built-in one first, then by name. */
export async function listCollections(needs: SceneNeeds, caller: Caller, organization: OrganizationId): Promise<readonly CollectionView[]> {
  const scene = await readAccessScene(needs, caller, 'Collection.Modify', organization);
  const order = new Intl.Collator('en');
  const named = [...scene.catalogue.collections.values()].toSorted((a, b) => order.compare(a.name, b.name) || order.compare(a.id, b.id));
  const ids = [ALL_MOBILE_DEVICES, ...named.map(({ id }) => id)];
  return ids.filter((id) => isVisible(scene, id)).map((id) => viewOfCollection(scene, id));
}

/** A collection as the caller may see it. */
export interface DescribedCollection {
  readonly view: CollectionView;
  /** Left out where there is nothing that the caller could change: for the built-in one, and for one that limits them. */
  readonly version?: string;
}

/** One of them; `collection.missing` also when the caller may not know of it. */
export async function describeCollection(
  needs: SceneNeeds,
  caller: Caller,
  organization: OrganizationId,
  id: string,
): Promise<DescribedCollection> {
  const scene = await readAccessScene(needs, caller, 'Collection.Modify', organization);
  if (!isVisible(scene, id)) throw new AppError('collection.missing');
  const view = viewOfCollection(scene, id);
  const version = view.collection && scene.catalogue.versions.get(id);
  return { view, ...(version !== undefined && { version }) };
}
