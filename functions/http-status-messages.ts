// Status messages of an organization, in JSON or as a table.
import * as z from 'zod';
import { answerOk } from '../src/adapters/http/answers.ts';
import { csv, wantsCsv } from '../src/adapters/http/csv.ts';
import { json } from '../src/adapters/http/json.ts';
import { continuationOf, nextLinkOf } from '../src/adapters/http/next-link.ts';
import { OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody } from '../src/adapters/http/route.ts';
import {
  statusColumns,
  statusFilterOf,
  StatusListQuery,
  StatusListView,
  statusMessageView,
} from '../src/adapters/http/status-message-schema.ts';
import { authorizeWhole } from '../src/operations/authorize.ts';
import { listStatusMessages } from '../src/operations/list-status-messages.ts';
import { registerApi } from './register.ts';

registerApi(
  defineOrganizationRoute({
    name: 'status-messages-list',
    method: 'GET',
    route: 'organizations/{organization}/status-messages',
    summary: 'Lists status messages that meet all filters, newest first. A page may be empty and yet have a nextLink.',
    permission: 'Collection.Read',
    isWhole: true,
    authorize: authorizeWhole,
    path: z.strictObject({ organization: OrganizationParameter }),
    query: StatusListQuery,
    body: noBody,
    answers: {
      200: {
        ...answerOk('A page of messages; with format=csv, or asked for by Accept, a table of the same.', StatusListView),
        isTableToo: true,
      },
    },
    async handler(call) {
      const { ports, organization, query, signal } = call;
      const continuation = await continuationOf(ports, call);
      const ask = { filter: statusFilterOf(query), top: query.top, ...(continuation !== undefined && { continuation }), signal };
      const { values, scanned, ...page } = await listStatusMessages(ports, organization, ask);
      const nextLink = await nextLinkOf(ports, call, page.continuation);
      if (wantsCsv(call.request.headers, query.format)) return csv(statusColumns, values, { fileName: 'status-messages', nextLink });
      return json(200, { value: values.map(statusMessageView), nextLink, scanned });
    },
  }),
);
