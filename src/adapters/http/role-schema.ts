// Roles and assignments as they are sent and answered. What they may say is checked where they are kept.
import * as z from 'zod';
import { permissions } from '../../domain/role.ts';
import type { CustomRole, RoleContent } from '../../domain/role.ts';
import type { AssignmentContent, RoleAssignment } from '../../domain/role-assignment.ts';
import type { RoleView as StoredView } from '../../domain/role-view.ts';
import { listOf, Time } from './answers.ts';

const PermissionName = z.enum(permissions);

/** What somebody wants a custom role to be. */
export const RoleBody: z.ZodType<RoleContent> = z
  .strictObject({ name: z.string(), permissions: z.array(PermissionName) })
  .meta({ id: 'RoleContent' });

const changed = { createdAt: Time.optional(), changedAt: Time.optional(), changedBy: z.string().optional() };

/** A role. */
export const RoleView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    isBuiltIn: z.boolean().meta({ description: 'Built-in roles cannot be changed; their permissions can be saved as a role of its own.' }),
    permissions: z.array(PermissionName).meta({ description: 'With all that they imply.' }),
    ...changed,
  })
  .meta({ id: 'Role' });

/** All roles of an organization. */
export const RoleListView = listOf(RoleView);

/** The role as it is answered. */
export function roleView({ custom, permissions: given, ...facts }: StoredView): z.input<typeof RoleView> {
  return { ...facts, permissions: [...given], ...(custom && times(custom)) };
}

function times({ createdAt, changedAt, changedBy }: Pick<CustomRole, 'createdAt' | 'changedAt' | 'changedBy'>): {
  createdAt: string;
  changedAt: string;
  changedBy: string;
} {
  return { createdAt, changedAt, changedBy };
}

const Principal = z
  .strictObject({ kind: z.enum(['user', 'group', 'application']), tenantId: z.string(), objectId: z.string() })
  .meta({ id: 'Principal', description: 'By tenant and object id in Microsoft Entra; for an application that of its service principal.' });

const content = {
  principal: Principal,
  role: z.string().max(100).meta({ description: 'Name of a built-in role, or id of a role of the organization.' }),
  collections: z
    .array(z.string().max(100))
    .exactOptional()
    .meta({ description: 'Ids of the collections that the role is limited to; left out, it is for the whole organization.' }),
};

/** What somebody wants an assignment to be. */
export const AssignmentBody: z.ZodType<AssignmentContent> = z.strictObject(content).meta({ id: 'RoleAssignmentContent' });

/** An assignment. */
export const AssignmentView = z.strictObject({ id: z.string(), ...content, ...changed }).meta({ id: 'RoleAssignment' });

/** All assignments of an organization. */
export const AssignmentListView = listOf(AssignmentView);

/** The assignment as it is answered. */
export function assignmentView(assignment: RoleAssignment): z.input<typeof AssignmentView> {
  const { id, principal, role, collections } = assignment;
  return { id, principal, role, ...(collections && { collections: [...collections] }), ...times(assignment) };
}
