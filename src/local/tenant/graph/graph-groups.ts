// Groups of the simulated Graph: one group, its users with those of nested groups, and which of some groups somebody is in.
// https://learn.microsoft.com/graph/api/group-list-transitivemembers and https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups
import { failures } from './graph-context.ts';
import type { GraphAnswer, GraphContext } from './graph-context.ts';
import { checkOptions, optionOf, pageAnswer, pick, selectOf, topOf } from './graph-pages.ts';
import { userFields, userRow } from './graph-users.ts';

const FIELDS = ['id', 'displayName', 'description', 'mail', 'mailEnabled', 'securityEnabled', 'groupTypes'];
const MAX_CHECKED = 20;

/** GET /groups/{id} */
export function getGroup(context: GraphContext, id: string): GraphAnswer {
  checkOptions(context.query, ['$select']);
  const group = context.organization.directory.group(id);
  if (!group) throw failures.noObject(id);
  const body = pick({ ...group }, selectOf(context.query, FIELDS, FIELDS));
  return { status: 200, body: { '@odata.context': `${context.origin}/v1.0/$metadata#groups/$entity`, ...body } };
}

/** GET /groups/{id}/transitiveMembers/microsoft.graph.user: a cast in the path needs an advanced query. */
export function listTransitiveUsers(context: GraphContext, id: string): GraphAnswer {
  const { query, headers, organization } = context;
  checkOptions(query, ['$select', '$top', '$count', '$skiptoken']);
  if (headers['consistencylevel'] !== 'eventual' || optionOf(query, '$count') !== 'true') {
    throw failures.unsupportedQuery('This request needs the header ConsistencyLevel: eventual and $count=true.');
  }
  const { directory } = organization;
  if (!directory.group(id)) throw failures.noObject(id);
  const fields = userFields(query);
  const top = topOf(query, { standard: 100, most: 999 });
  return pageAnswer(context, {
    top,
    list: () => directory.transitiveUsers(id),
    present: (user) => userRow(user, fields),
  });
}

/** POST /directoryObjects/{id}/checkMemberGroups */
export function checkMemberGroups(context: GraphContext, id: string): GraphAnswer {
  const wanted =
    context.body !== null && typeof context.body === 'object' && 'groupIds' in context.body ? context.body.groupIds : undefined;
  if (!Array.isArray(wanted) || wanted.some((one) => typeof one !== 'string')) throw failures.badRequest('groupIds must be a list of ids.');
  if (wanted.length > MAX_CHECKED) throw failures.badRequest(`At most ${MAX_CHECKED} group ids may be checked at a time.`);
  const { directory } = context.organization;
  const user = directory.user(id);
  if (!user && !directory.application(id)) throw failures.noObject(id);
  const groups = user ? directory.groupsOf(user.id) : new Set<string>();
  const value = wanted.map((one) => String(one).toLowerCase()).filter((one) => groups.has(one));
  return { status: 200, body: { '@odata.context': `${context.origin}/v1.0/$metadata#Collection(Edm.String)`, value } };
}
