// Assignments of roles in an organization: who has which, and for which of its collections.
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { answerOk, etagHeader } from '../src/adapters/http/answers.ts';
import { etagOf } from '../src/adapters/http/etag.ts';
import { json } from '../src/adapters/http/json.ts';
import { OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { AssignmentBody, AssignmentListView, assignmentView, AssignmentView } from '../src/adapters/http/role-schema.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import type { RoleAssignment } from '../src/domain/role-assignment.ts';
import type { Versioned } from '../src/domain/store-page.ts';
import { authorize } from '../src/operations/authorize.ts';
import { describeAssignment, listAssignments } from '../src/operations/list-roles.ts';
import { removeAssignment } from '../src/operations/remove-assignment.ts';
import { saveAssignment } from '../src/operations/save-assignment.ts';
import { registerApi } from './register.ts';

const route = 'role-assignments';
const path = z.strictObject({ assignment: z.string().min(1).max(100).meta({ description: 'The id of the assignment: a GUID.' }) });
const common = {
  permission: 'Security.Modify',
  authorize,
  organizationIn: 'query',
  query: z.strictObject({ organization: OrganizationParameter }),
  body: noBody,
} as const;

function answer(status: number, { value, version }: Versioned<RoleAssignment>): HttpResponseInit {
  return json(status, assignmentView(value), { etag: etagOf(version) });
}

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'role-assignments-list',
    method: 'GET',
    route,
    summary: 'Lists the assignments of an organization.',
    path: noParameters,
    answers: { 200: answerOk('The assignments, all of them.', AssignmentListView) },
    async handler({ ports, caller, organization }) {
      return json(200, { value: (await listAssignments(ports, caller, organization)).map(({ value }) => assignmentView(value)) });
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'role-assignments-read',
    method: 'GET',
    route: `${route}/{assignment}`,
    summary: 'Answers an assignment.',
    path,
    answers: { 200: answerOk('The assignment.', AssignmentView, etagHeader) },
    async handler({ ports, caller, organization, path: { assignment: id } }) {
      return answer(200, await describeAssignment(ports, caller, organization, id));
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'role-assignments-put',
    method: 'PUT',
    route: `${route}/{assignment}`,
    summary: 'Gives a role under an id of your choice, a GUID, or changes an assignment: then If-Match names the version.',
    path,
    body: () => AssignmentBody,
    isConditional: true,
    answers: {
      200: answerOk('The assignment as it was changed.', AssignmentView, etagHeader),
      201: answerOk('The assignment as it was made.', AssignmentView, etagHeader),
    },
    async handler({ ports, caller, organization, path: { assignment: id }, body: content, precondition }) {
      const saved = await saveAssignment(ports, { organization, caller, id, content, precondition });
      return answer(saved.isNew ? 201 : 200, saved);
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'role-assignments-remove',
    method: 'DELETE',
    route: `${route}/{assignment}`,
    summary: 'Takes a role away. The last Full Administrator stays. If-Match names the version.',
    path,
    isConditional: true,
    answers: { 204: { description: 'It is removed.' } },
    async handler({ ports, caller, organization, path: { assignment: id }, precondition }) {
      await removeAssignment(ports, { organization, caller, id, precondition });
      return { status: 204 };
    },
  }),
);
