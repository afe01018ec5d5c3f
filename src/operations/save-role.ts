// Makes a custom role or changes one: for everybody whom it is assigned to, at once.
import { isGuid } from '../domain/device-identity.ts';
import { AppError } from '../domain/errors.ts';
import { checkRole } from '../domain/grant-guard.ts';
import { isBuiltInRole, permissions } from '../domain/role.ts';
import type { CustomRole, RoleContent } from '../domain/role.ts';
import { changeAccess, invalidId, requirePrecondition } from './change-access.ts';
import type { AccessChange, ChangeNeeds, Saved } from './change-access.ts';
import { entriesFor } from './entries-for.ts';

const NAME_LENGTH = 100;

/** Which role, and what it is to be. */
export interface RoleAsk extends AccessChange {
  readonly content: RoleContent;
}

/** Keeps the role; refuses permissions that whoever asks does not have for the whole organization. */
export async function saveRole(needs: ChangeNeeds, ask: RoleAsk): Promise<Saved<CustomRole>> {
  return changeAccess(needs, ask, 'Security.Modify', async (scene) => {
    const { organization, id, content, caller, precondition } = ask;
    if (isBuiltInRole(id)) throw new AppError('role.built-in');
    if (!isGuid(id) || id !== id.toLowerCase()) throw invalidId('A custom role has a GUID in lower case as its id.');
    requireGood(content);
    const stored = scene.stored.roles.find(({ value }) => value.id === id);
    requirePrecondition(precondition, stored?.version);
    const now = needs.clock.now();
    const role: CustomRole = {
      name: content.name,
      // In the order of the table, each once.
      permissions: permissions.filter((permission) => content.permissions.includes(permission)),
      organization,
      id,
      createdAt: stored?.value.createdAt ?? now,
      changedAt: now,
      changedBy: caller.objectId,
    };
    checkRole(scene, role);
    const details = { permissions: role.permissions, before: stored?.value.permissions };
    const entries = entriesFor(needs, ask, { type: 'role.saved', subject: id, details });
    const version = await needs.roles.saveRole(role, { version: stored?.version, guard: scene.guard, entries });
    return { value: role, version, isNew: !stored };
  });
}

function requireGood({ name, permissions: given }: RoleContent): void {
  const faults = [
    ...(name.trim() === '' || name.length > NAME_LENGTH
      ? [{ pointer: '#/name', detail: `A name has 1 to ${NAME_LENGTH} characters.` }]
      : []),
    ...(given.length === 0 ? [{ pointer: '#/permissions', detail: 'At least one permission is needed.' }] : []),
  ];
  if (faults.length > 0) throw new AppError('body.invalid', { problem: 'the role is not complete, see errors', faults });
}
