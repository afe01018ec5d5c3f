// Devices of an organization: listed with filters, and one by one.
import * as z from 'zod';
import { answerOk } from '../src/adapters/http/answers.ts';
import { deviceFilterOf, DeviceListQuery, DeviceListView, deviceView, DeviceView } from '../src/adapters/http/device-schema.ts';
import { json } from '../src/adapters/http/json.ts';
import { continuationOf, nextLinkOf } from '../src/adapters/http/next-link.ts';
import { DeviceParameter, OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import { authorize } from '../src/operations/authorize.ts';
import { describeDevice } from '../src/operations/describe-device.ts';
import { findCollection } from '../src/operations/find-collection.ts';
import { listDevices } from '../src/operations/list-devices.ts';
import { registerApi } from './register.ts';

const route = 'organizations/{organization}/devices';
const path = z.strictObject({ organization: OrganizationParameter });

registerApi(
  defineOrganizationRoute({
    name: 'devices-list',
    method: 'GET',
    route,
    summary: 'Lists devices that meet all filters. A page may be empty and yet have a nextLink: it says how much was read for it.',
    permission: 'Collection.Read',
    authorize,
    path,
    query: DeviceListQuery,
    body: noBody,
    answers: { 200: answerOk('A page of devices.', DeviceListView) },
    async handler(call) {
      const { ports, organization, scope, query, signal } = call;
      const { user, collection: id, top } = query;
      const continuation = await continuationOf(ports, call);
      const { values, scanned, ...page } = await listDevices(ports, {
        organization,
        scope,
        ...(id !== undefined && { collection: await findCollection(ports, { organization, scope, id }) }),
        filter: deviceFilterOf(query),
        ...(user !== undefined && { user }),
        top,
        ...(continuation !== undefined && { continuation }),
        signal,
      });
      return json(200, { value: values.map(deviceView), nextLink: await nextLinkOf(ports, call, page.continuation), scanned });
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    name: 'devices-read',
    method: 'GET',
    route: `${route}/{device}`,
    summary: 'Answers a device.',
    permission: 'Collection.Read',
    authorize,
    path: path.extend({ device: DeviceParameter }),
    query: noParameters,
    body: noBody,
    answers: { 200: answerOk('The device.', DeviceView) },
    async handler({ ports, organization, scope, path: { device: id } }) {
      return json(200, deviceView(await describeDevice(ports, { organization, scope, id })));
    },
  }),
);
