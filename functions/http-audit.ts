// The audit: of an organization, also when its connector is gone, and of the deployment, for what belongs to no organization.
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { answerOk } from '../src/adapters/http/answers.ts';
import {
  auditColumns,
  auditEventView,
  auditFilterOf,
  AuditListQuery,
  AuditListView,
  ErasedView,
  ErasureBody,
} from '../src/adapters/http/audit-schema.ts';
import { csv, wantsCsv } from '../src/adapters/http/csv.ts';
import type { HttpCall } from '../src/adapters/http/endpoint.ts';
import { json } from '../src/adapters/http/json.ts';
import { continuationOf, nextLinkOf } from '../src/adapters/http/next-link.ts';
import type { ListCall } from '../src/adapters/http/next-link.ts';
import { OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { defineDeploymentRoute, defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import { actorOf } from '../src/domain/audit.ts';
import type { AuditChain } from '../src/domain/audit.ts';
import type { Caller } from '../src/domain/caller.ts';
import { authorizeToAdd } from '../src/operations/authorize.ts';
import { authorizeDeployment } from '../src/operations/authorize-deployment.ts';
import { eraseAuditName } from '../src/operations/erase-audit-name.ts';
import { listAudit } from '../src/operations/list-audit.ts';
import { registerApi } from './register.ts';

const route = 'organizations/{organization}/audit';
const path = z.strictObject({ organization: OrganizationParameter });
const page = {
  ...answerOk('A page of events; with format=csv, or asked for by Accept, a table of the same.', AuditListView),
  isTableToo: true,
} as const;
const listing = { method: 'GET', query: AuditListQuery, body: noBody, answers: { 200: page } } as const;
const erasing = {
  method: 'POST',
  query: noParameters,
  body: () => ErasureBody,
  answers: { 200: answerOk('It was erased, if there was one.', ErasedView) },
} as const;

type Listing = HttpCall & ListCall & { readonly query: z.output<typeof AuditListQuery> };
type Erasing = HttpCall & { readonly body: z.output<typeof ErasureBody>; readonly caller: Caller };

async function list(call: Listing, chain: AuditChain): Promise<HttpResponseInit> {
  const { ports, request, query, signal } = call;
  const continuation = await continuationOf(ports, call);
  const ask = { ...auditFilterOf(query), top: query.top, ...(continuation !== undefined && { continuation }), signal };
  const { values, scanned, ...found } = await listAudit(ports, chain, ask);
  const nextLink = await nextLinkOf(ports, call, found.continuation);
  if (wantsCsv(request.headers, query.format)) return csv(auditColumns, values, { fileName: 'audit', nextLink });
  return json(200, { value: values.map(auditEventView), nextLink, scanned });
}

async function erase({ ports, body, caller }: Erasing, chain: AuditChain): Promise<HttpResponseInit> {
  const { tenant, objectId } = body;
  await eraseAuditName(ports, chain, { ...body, by: actorOf(caller) });
  return json(200, { tenant, objectId });
}

registerApi(
  defineOrganizationRoute({
    ...listing,
    name: 'audit-list',
    route,
    summary: 'Lists audit events of the organization that meet all filters, newest first. A page may be empty and yet have a nextLink.',
    permission: 'Audit.Read',
    authorize: authorizeToAdd,
    path,
    handler: async (call) => list(call, call.organization),
  }),
);

registerApi(
  defineOrganizationRoute({
    ...erasing,
    name: 'audit-erase-name',
    route: `${route}/erasures`,
    summary:
      'Erases the name of a person from the audit of the organization. What the person did stays, by object id; the erasure is audited.',
    permission: 'Security.Modify',
    authorize: authorizeToAdd,
    path,
    handler: async (call) => erase(call, call.organization),
  }),
);

registerApi(
  defineDeploymentRoute({
    ...listing,
    name: 'deployment-audit-list',
    route: 'audit',
    summary: 'Lists audit events that belong to no organization, for people with an app role in the home tenant.',
    permission: 'Audit.Read',
    authorize: authorizeDeployment,
    path: noParameters,
    handler: async (call) => list(call, 'deployment'),
  }),
);

registerApi(
  defineDeploymentRoute({
    ...erasing,
    name: 'deployment-audit-erase-name',
    route: 'audit/erasures',
    summary: 'Erases the name of a person from the audit of the deployment, for people with an app role in the home tenant.',
    permission: 'Security.Modify',
    authorize: authorizeDeployment,
    path: noParameters,
    handler: async (call) => erase(call, 'deployment'),
  }),
);
