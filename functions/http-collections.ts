// Collections of an organization: listed, read, saved, removed.
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { answerOk, etagHeader } from '../src/adapters/http/answers.ts';
import { CollectionBody, CollectionListView, collectionView, CollectionView } from '../src/adapters/http/collection-schema.ts';
import { etagOf } from '../src/adapters/http/etag.ts';
import { json } from '../src/adapters/http/json.ts';
import { CollectionParameter, OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import type { CollectionView as View } from '../src/domain/collection-view.ts';
import { authorize } from '../src/operations/authorize.ts';
import { describeCollection, listCollections } from '../src/operations/list-collections.ts';
import { removeCollection } from '../src/operations/remove-collection.ts';
import { saveCollection } from '../src/operations/save-collection.ts';
import { registerApi } from './register.ts';

const route = 'organizations/{organization}/collections';
const path = z.strictObject({ organization: OrganizationParameter });
const one = path.extend({ collection: CollectionParameter });
const common = { permission: 'Collection.Modify', authorize, query: noParameters, body: noBody } as const;

function answer(status: number, view: View, version: string | undefined): HttpResponseInit {
  return json(status, collectionView(view), version === undefined ? {} : { etag: etagOf(version) });
}

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'collections-list',
    method: 'GET',
    route,
    summary: 'Lists the collections that one may know of: all, or those that one is limited to and those inside them.',
    path,
    answers: { 200: answerOk('The collections, all of them.', CollectionListView) },
    async handler({ ports, caller, organization }) {
      return json(200, { value: (await listCollections(ports, caller, organization)).map(collectionView) });
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'collections-read',
    method: 'GET',
    route: `${route}/{collection}`,
    summary: 'Answers a collection, with an ETag where it can be changed.',
    path: one,
    answers: { 200: answerOk('The collection.', CollectionView) },
    async handler({ ports, caller, organization, path: { collection: id } }) {
      const { view, version } = await describeCollection(ports, caller, organization, id);
      return answer(200, view, version);
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'collections-put',
    method: 'PUT',
    route: `${route}/{collection}`,
    summary: 'Makes a collection under an id of your choice, a GUID, or changes one: then If-Match names the version.',
    path: one,
    body: () => CollectionBody,
    isConditional: true,
    answers: {
      200: answerOk('The collection as it was changed.', CollectionView, etagHeader),
      201: answerOk('The collection as it was made.', CollectionView, etagHeader),
    },
    async handler({ ports, caller, organization, path: { collection: id }, body: content, precondition }) {
      const saved = await saveCollection(ports, { organization, caller, id, content, precondition });
      return answer(saved.isNew ? 201 : 200, saved.value, saved.version);
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    ...common,
    name: 'collections-remove',
    method: 'DELETE',
    route: `${route}/{collection}`,
    summary: 'Removes a collection that limits no assignment and no other collection. If-Match names the version.',
    path: one,
    isConditional: true,
    answers: { 204: { description: 'It is removed.' } },
    async handler({ ports, caller, organization, path: { collection: id }, precondition }) {
      await removeCollection(ports, { organization, caller, id, precondition });
      return { status: 204 };
    },
  }),
);
