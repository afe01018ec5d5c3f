// One change of collections, roles or assignments: read everything, check, write; and again when somebody else was faster with something else.
import type { Caller } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { requireMatch, requireNew } from '../domain/precondition.ts';
import type { Precondition } from '../domain/precondition.ts';
import type { Permission } from '../domain/role.ts';
import { readAccessScene } from './read-access-scene.ts';
import type { AccessScene, SceneNeeds } from './read-access-scene.ts';

export type ChangeNeeds = SceneNeeds & Pick<Ports, 'clock' | 'ids'>;

/** Who changes something, where, and what they say about its present state. */
export interface AccessChange {
  readonly organization: OrganizationId;
  readonly caller: Caller;
  readonly id: string;
  readonly precondition: Precondition;
}

/** A kept thing, and whether it was not there before. */
export interface Saved<T> {
  readonly value: T;
  readonly version: string;
  readonly isNew: boolean;
}

const ATTEMPTS = 8;

/** Makes the change by what is stored; a change that another one overtook is made anew by what is stored then. */
export async function changeAccess<T>(
  needs: ChangeNeeds,
  { caller, organization }: AccessChange,
  permission: Permission,
  change: (scene: AccessScene) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const scene = await readAccessScene(needs, caller, permission, organization);
    try {
      return await change(scene);
    } catch (error) {
      const isOvertaken = error instanceof AppError && (error.code === 'store.stale' || error.code === 'store.exists');
      if (!isOvertaken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Refuses a change whose asker does not know the present state. Asked after everything that would tell that there is something. */
export function requirePrecondition(precondition: Precondition, present: string | undefined): void {
  if (present === undefined) requireNew(precondition);
  else requireMatch(precondition, present);
}

/** Refuses an id that is no GUID in lower case. */
export function invalidId(detail: string): AppError {
  const faults = [{ pointer: '#/id', in: 'path', detail } as const];
  return new AppError('request.invalid', { problem: 'the id is wrong, see errors', faults });
}
