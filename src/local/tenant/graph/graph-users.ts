// Users of the simulated Graph: the list, one user, the manager. Changes: graph-delta.ts.
// https://learn.microsoft.com/graph/api/user-list, /user-get and /user-list-manager
import type { User } from '../world/types.ts';
import { failures } from './graph-context.ts';
import type { GraphAnswer, GraphContext } from './graph-context.ts';
import { checkOptions, pageAnswer, pick, selectOf, topOf } from './graph-pages.ts';

/** What comes when nothing is selected: `accountEnabled` and `department` do not. */
const STANDARD = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
];
const KNOWN = [...STANDARD, 'accountEnabled', 'department', 'createdDateTime', 'userType', 'onPremisesImmutableId', 'usageLocation'];

/** A user with every field there is. */
function rowOf(user: User): Record<string, unknown> {
  const { managerId: _, createdMs, ...fields } = user;
  return {
    ...fields,
    businessPhones: [],
    mobilePhone: null,
    officeLocation: null,
    createdDateTime: new Date(createdMs).toISOString(),
    userType: 'Member',
    onPremisesImmutableId: null,
    usageLocation: null,
  };
}

/** The fields that `$select` names, `manager` aside: that one exists in delta queries only. */
export function userFields(query: URLSearchParams, more: readonly string[] = []): string[] {
  return selectOf(query, [...KNOWN, ...more], STANDARD);
}

/** A user with these fields, a null where the directory has nothing. */
export function userRow(user: User, fields: readonly string[]): Record<string, unknown> {
  return pick(rowOf(user), fields);
}

/** GET /users */
export function listUsers(context: GraphContext): GraphAnswer {
  checkOptions(context.query, ['$select', '$top', '$skiptoken']);
  const fields = userFields(context.query);
  const { directory } = context.organization;
  const top = topOf(context.query, { standard: 100, most: 999 });
  return pageAnswer(context, { top, list: () => directory.users(), present: (user) => userRow(user, fields) });
}

/** GET /users/{id} */
export function getUser(context: GraphContext, id: string): GraphAnswer {
  checkOptions(context.query, ['$select']);
  return {
    status: 200,
    body: {
      '@odata.context': `${context.origin}/v1.0/$metadata#users/$entity`,
      ...userRow(findUser(context, id), userFields(context.query)),
    },
  };
}

/** GET /users/{id}/manager */
export function getManager(context: GraphContext, id: string): GraphAnswer {
  checkOptions(context.query, ['$select']);
  const { managerId } = findUser(context, id);
  const manager = managerId === null ? undefined : context.organization.directory.user(managerId);
  if (!manager) throw failures.noObject('manager');
  const type = { '@odata.type': '#microsoft.graph.user' };
  return {
    status: 200,
    body: {
      '@odata.context': `${context.origin}/v1.0/$metadata#directoryObjects/$entity`,
      ...type,
      ...userRow(manager, userFields(context.query)),
    },
  };
}

/** The user, or Graph's 404. */
function findUser(context: GraphContext, id: string): User {
  const user = context.organization.directory.user(id);
  if (!user) throw failures.noObject(id);
  return user;
}
