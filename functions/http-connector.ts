// The connector of an organization: read, added, changed, removed.
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { answerOk, etagHeader } from '../src/adapters/http/answers.ts';
import { connectorBody, ConnectorView, leftInExchange, RemovedConnectorView } from '../src/adapters/http/connector-schema.ts';
import { etagOf } from '../src/adapters/http/etag.ts';
import { connectorState } from '../src/adapters/http/installation-schema.ts';
import { json } from '../src/adapters/http/json.ts';
import { OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import type { Connector } from '../src/domain/connector.ts';
import type { Ports } from '../src/domain/ports.ts';
import type { Versioned } from '../src/domain/store-page.ts';
import { authorize, authorizeToAdd, authorizeWhole } from '../src/operations/authorize.ts';
import { describeInstallation } from '../src/operations/describe-installation.ts';
import { putConnector } from '../src/operations/put-connector.ts';
import { removeConnector } from '../src/operations/remove-connector.ts';
import { registerApi } from './register.ts';

const route = 'organizations/{organization}/connector';
const path = z.strictObject({ organization: OrganizationParameter });

async function answer(ports: Ports, status: number, { value, version }: Versioned<Connector>): Promise<HttpResponseInit> {
  const state = connectorState(await describeInstallation(ports, value));
  return json(status, { ...value, ...state }, { etag: etagOf(version) });
}

registerApi(
  defineOrganizationRoute({
    name: 'connector-read',
    method: 'GET',
    route,
    summary: 'Answers the connector of the organization.',
    permission: 'Collection.Read',
    isWhole: true,
    authorize: authorizeWhole,
    path,
    query: noParameters,
    body: noBody,
    answers: { 200: answerOk('The connector.', ConnectorView, etagHeader) },
    handler: async ({ ports, connector }) => answer(ports, 200, connector),
  }),
);

registerApi(
  defineOrganizationRoute({
    name: 'connector-put',
    method: 'PUT',
    route,
    summary: 'Adds the connector of an organization, which begins its installation, or changes it: then If-Match names the version.',
    permission: 'Site.Modify',
    authorize: authorizeToAdd,
    path,
    query: noParameters,
    body: ({ timetable }) => connectorBody(timetable),
    isConditional: true,
    usesWorkflows: true,
    answers: {
      200: answerOk('The connector as it was changed.', ConnectorView, etagHeader),
      201: answerOk('The connector as it was added.', ConnectorView, etagHeader),
    },
    async handler({ ports, organization, body: settings, caller, precondition }) {
      const put = await putConnector(ports, { organization, settings, caller, precondition });
      return answer(ports, put.isNew ? 201 : 200, put);
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    name: 'connector-remove',
    method: 'DELETE',
    route,
    summary: 'Removes the connector. Devices and runs stay as history; the answer says what stays in Exchange.',
    permission: 'Site.Modify',
    authorize,
    path,
    query: noParameters,
    body: noBody,
    isConditional: true,
    usesWorkflows: true,
    answers: { 200: answerOk('What stays in Exchange.', RemovedConnectorView) },
    async handler({ ports, organization, caller, precondition }) {
      const left = leftInExchange(await removeConnector(ports, { organization, caller, precondition }));
      return json(200, { organization, left });
    },
  }),
);
