// Roles of an organization: the built-in ones, which nobody changes, and its own.
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { answerOk, etagHeader } from '../src/adapters/http/answers.ts';
import { etagOf } from '../src/adapters/http/etag.ts';
import { json } from '../src/adapters/http/json.ts';
import { OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { RoleBody, RoleListView, roleView, RoleView } from '../src/adapters/http/role-schema.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import { viewOfRole } from '../src/domain/role-view.ts';
import type { RoleView as View } from '../src/domain/role-view.ts';
import { authorize } from '../src/operations/authorize.ts';
import { describeRole, listRoles } from '../src/operations/list-roles.ts';
import { removeRole } from '../src/operations/remove-role.ts';
import { saveRole } from '../src/operations/save-role.ts';
import { registerApi } from './register.ts';

const path = z.strictObject({
  role: z.string().min(1).max(100).meta({ description: 'The id of the role: a GUID, or the name of a built-in role.' }),
});
const common = {
  permission: 'Security.Modify',
  authorize,
  organizationIn: 'query',
  query: z.strictObject({ organization: OrganizationParameter }),
  body: noBody,
} as const;

function answer(status: number, view: View, version: string | undefined): HttpResponseInit {
  return json(status, roleView(view), version === undefined ? {} : { etag: etagOf(version) });
}

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'roles-list',
    method: 'GET',
    route: 'roles',
    summary: 'Lists the roles of an organization: the built-in ones, then its own.',
    path: noParameters,
    answers: { 200: answerOk('The roles, all of them.', RoleListView) },
    async handler({ ports, caller, organization }) {
      return json(200, { value: (await listRoles(ports, caller, organization)).map(roleView) });
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'roles-read',
    method: 'GET',
    route: 'roles/{role}',
    summary: 'Answers a role, with an ETag unless it is built in.',
    path,
    answers: { 200: answerOk('The role.', RoleView) },
    async handler({ ports, caller, organization, path: { role: id } }) {
      const { view, version } = await describeRole(ports, caller, organization, id);
      return answer(200, view, version);
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'roles-put',
    method: 'PUT',
    route: 'roles/{role}',
    summary: 'Makes a role under an id of your choice, a GUID, or changes one for everybody who has it: then If-Match names the version.',
    path,
    body: () => RoleBody,
    isConditional: true,
    answers: {
      200: answerOk('The role as it was changed.', RoleView, etagHeader),
      201: answerOk('The role as it was made.', RoleView, etagHeader),
    },
    async handler({ ports, caller, organization, path: { role: id }, body: content, precondition }) {
      const saved = await saveRole(ports, { organization, caller, id, content, precondition });
      return answer(saved.isNew ? 201 : 200, viewOfRole(saved.value), saved.version);
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'roles-remove',
    method: 'DELETE',
    route: 'roles/{role}',
    summary: 'Removes a role of the organization that nobody has. If-Match names the version.',
    path,
    isConditional: true,
    answers: { 204: { description: 'It is removed.' } },
    async handler({ ports, caller, organization, path: { role: id }, precondition }) {
      await removeRole(ports, { organization, caller, id, precondition });
      return { status: 204 };
    },
  }),
);
