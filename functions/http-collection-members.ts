// Who is in a collection: its devices, as far as one may see them.
import * as z from 'zod';
import { answerOk } from '../src/adapters/http/answers.ts';
import { DeviceListView, deviceView } from '../src/adapters/http/device-schema.ts';
import { json } from '../src/adapters/http/json.ts';
import { continuationOf, nextLinkOf } from '../src/adapters/http/next-link.ts';
import { CollectionParameter, Continuation, OrganizationParameter, topParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody } from '../src/adapters/http/route.ts';
import { authorize } from '../src/operations/authorize.ts';
import { collectionMembers } from '../src/operations/collection-members.ts';
import { registerApi } from './register.ts';

registerApi(
  defineOrganizationRoute({
    name: 'collections-members',
    method: 'GET',
    route: 'organizations/{organization}/collections/{collection}/members',
    summary: 'Lists the devices in a collection that one may see. A page may be empty and yet have a nextLink.',
    permission: 'Collection.Modify',
    authorize,
    path: z.strictObject({ organization: OrganizationParameter, collection: CollectionParameter }),
    body: noBody,
    query: z.strictObject({ top: topParameter(1000, 100), continuation: Continuation }),
    answers: { 200: answerOk('A page of devices.', DeviceListView) },
    async handler(call) {
      const { ports, caller, organization, path: where, query, signal } = call;
      const continuation = await continuationOf(ports, call);
      const ask = {
        organization,
        caller,
        id: where.collection,
        top: query.top,
        ...(continuation !== undefined && { continuation }),
        signal,
      };
      const { values, scanned, ...page } = await collectionMembers(ports, ask);
      return json(200, { value: values.map(deviceView), nextLink: await nextLinkOf(ports, call, page.continuation), scanned });
    },
  }),
);
