// Who may see, make, change and remove which collections, so that nobody widens their own rights or those of others by it.
// Pure; the operations hold what it is asked about still while they write (collection-store-port.ts, guard).
import { covers, heldFor, limitsOf } from './authorization.ts';
import type { Decision, Holdings } from './authorization.ts';
import { ALL_MOBILE_DEVICES, chainOf, isUnforgeable, isWithin } from './collection.ts';
import type { Catalogue, Collection } from './collection.ts';
import { groupsIn } from './collection-rule.ts';
import { AppError } from './errors.ts';
import { isLimitable, permissionsOfRole } from './role.ts';
import type { Permission } from './role.ts';
import type { Grants } from './role-assignment.ts';

/** What a change of collections is judged by: all of one moment. */
export interface CollectionScene {
  readonly catalogue: Catalogue;
  readonly grants: Grants;
  readonly holdings: Holdings;
}

/** The most collections of an organization, and the most groups that they name together: their members are read with every directory read. */
const MOST_COLLECTIONS = 500;
const MOST_GROUPS = 64;

/** Whether the caller may know that there is such a collection: one they are limited to, or inside such a one. */
export function isVisible({ catalogue, holdings }: CollectionScene, id: string): boolean {
  const isThere = id === ALL_MOBILE_DEVICES || catalogue.collections.has(id);
  return isThere && covers(catalogue, heldFor(holdings, 'Collection.Modify'), id);
}

/** Whether the caller may see what is in a collection, not only that there is one: those that limit them were made by others, of what others see. */
export function isOpen(scene: CollectionScene, id: string): boolean {
  return isVisible(scene, id) && isStrictlyInside(scene, heldFor(scene.holdings, 'Collection.Modify'), id);
}

/** Refuses what the caller may not change: `collection.missing`, `collection.built-in`, `collection.protected`. */
export function requireChangeable(scene: CollectionScene, id: string): void {
  if (!isVisible(scene, id)) throw new AppError('collection.missing');
  if (id === ALL_MOBILE_DEVICES) throw new AppError('collection.built-in');
  if (isProtected(scene, id)) throw new AppError('collection.protected');
}

/** Whether a change would widen rights of the caller, or rights of others that the caller does not have. */
export function isProtected(scene: CollectionScene, id: string): boolean {
  const { catalogue, holdings } = scene;
  if (id === ALL_MOBILE_DEVICES) return true;
  const limitsCaller = [...limitsOf(holdings)].some((limit) => isWithin(catalogue, limit, id));
  if (limitsCaller || !isStrictlyInside(scene, heldFor(holdings, 'Collection.Modify'), id)) return true;
  return permissionsThrough(scene, id).some((permission) => !isStrictlyInside(scene, heldFor(holdings, permission), id));
}

/** Whether all that the collection can ever become lies within the decision. */
function isStrictlyInside({ catalogue }: CollectionScene, decision: Decision, id: string): boolean {
  if (decision.kind === 'everything') return true;
  const outer = chainOf(catalogue, id)?.[1]?.id ?? ALL_MOBILE_DEVICES;
  return id !== ALL_MOBILE_DEVICES && covers(catalogue, decision, outer);
}

/** The permissions that anybody has for this collection or for one inside it. */
function permissionsThrough({ catalogue, grants }: CollectionScene, id: string): readonly Permission[] {
  const using = grants.assignments.filter(({ collections = [] }) => collections.some((used) => isWithin(catalogue, used, id)));
  const given = using.flatMap(({ role }) => [...permissionsOfRole(grants.roles, role)]);
  return [...new Set(given)].filter(isLimitable);
}

/** Refuses to keep a collection as it is to become, new or in place of the one of its id. */
export function checkCollection(scene: CollectionScene, collection: Collection): void {
  const { catalogue, grants } = scene;
  const isNew = !catalogue.collections.has(collection.id);
  if (!isNew || collection.id === ALL_MOBILE_DEVICES) requireChangeable(scene, collection.id);
  else if (catalogue.collections.size >= MOST_COLLECTIONS)
    throw new AppError('grant.too-many', { most: MOST_COLLECTIONS, what: 'collections' });
  if (!isVisible(scene, collection.limitedBy ?? ALL_MOBILE_DEVICES)) throw new AppError('collection.limit-missing');

  const after = { ...catalogue, collections: new Map(catalogue.collections).set(collection.id, collection) };
  if (!chainOf(after, collection.id)) throw new AppError('collection.cycle');
  // Once more as it is to become: under another limit it may reach where the rights of whoever changes it do not.
  if (isProtected({ ...scene, catalogue: after }, collection.id)) throw new AppError('collection.protected');
  const forgeable = grants.assignments
    .flatMap(({ collections = [] }) => collections)
    .find((used) => isWithin(after, used, collection.id) && !isUnforgeable(after, used));
  if (forgeable !== undefined) throw new AppError('assignment.forgeable', { collection: collection.name });
  if (watchedGroups(after).length > MOST_GROUPS)
    throw new AppError('grant.too-many', { most: MOST_GROUPS, what: 'groups in the rules of its collections' });
}

/** Refuses to remove a collection that somebody needs. */
export function checkRemoval(scene: CollectionScene, id: string): void {
  requireChangeable(scene, id);
  const { catalogue, grants } = scene;
  if ([...catalogue.collections.values()].some(({ limitedBy }) => limitedBy === id))
    throw new AppError('collection.in-use', { use: 'another collection' });
  if (grants.assignments.some(({ collections = [] }) => collections.includes(id)))
    throw new AppError('collection.in-use', { use: 'an assignment' });
}

/** The groups that rules name: those whose members have to be known. */
export function watchedGroups({ collections }: Pick<Catalogue, 'collections'>): readonly string[] {
  return [...new Set([...collections.values()].flatMap(({ rule }) => (rule ? groupsIn(rule) : [])))].toSorted();
}
