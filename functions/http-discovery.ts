// Discovery of an organization: how it stands, and starting a run.
import * as z from 'zod';
import { answerOk } from '../src/adapters/http/answers.ts';
import { json } from '../src/adapters/http/json.ts';
import { OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import { DiscoveryView, StartBody, StartView } from '../src/adapters/http/run-schema.ts';
import { AppError } from '../src/domain/errors.ts';
import { authorize, authorizeWhole } from '../src/operations/authorize.ts';
import { describeDiscovery } from '../src/operations/describe-discovery.ts';
import { startDiscovery } from '../src/operations/start-discovery.ts';
import { registerApi } from './register.ts';

const route = 'organizations/{organization}/discovery';
const path = z.strictObject({ organization: OrganizationParameter });

registerApi(
  defineOrganizationRoute({
    name: 'discovery-read',
    method: 'GET',
    route,
    summary: 'Answers how discovery stands: what was seen, which runs go on, when the next are due.',
    permission: 'Collection.Read',
    isWhole: true,
    authorize: authorizeWhole,
    path,
    query: noParameters,
    body: noBody,
    answers: { 200: answerOk('How discovery stands.', DiscoveryView) },
    handler: async ({ ports, connector }) => json(200, await describeDiscovery(ports, connector.value)),
  }),
);

registerApi(
  defineOrganizationRoute({
    name: 'discovery-start',
    method: 'POST',
    route,
    summary: 'Starts a run. While one of its kind goes on, it answers 409 and where that one is.',
    permission: 'Site.Modify',
    authorize,
    path,
    query: noParameters,
    body: () => StartBody,
    usesWorkflows: true,
    answers: { 202: answerOk('The run has begun.', StartView, { Location: 'The run.' }) },
    async handler({ request, ports, connector, caller, body: { kind } }) {
      const { runId, isNew } = await startDiscovery(ports, { connector: connector.value, kind, caller });
      const location = `${new URL(request.url).pathname}/runs/${runId}`;
      if (!isNew) throw new AppError('run.already-running', { run: runId, location });
      return json(202, { id: runId, kind }, { location });
    },
  }),
);
