// GET /api/organizations: the organizations that the caller may see.
import pMap from 'p-map';
import * as z from 'zod';
import { answerOk, listOf, Time } from '../src/adapters/http/answers.ts';
import { connectorState, connectorStateShape } from '../src/adapters/http/installation-schema.ts';
import { json } from '../src/adapters/http/json.ts';
import { defineRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import { describeInstallation } from '../src/operations/describe-installation.ts';
import { listOrganizations } from '../src/operations/list-organizations.ts';
import { registerApi } from './register.ts';

const PARALLEL_READS = 8;

const OrganizationView = z
  .strictObject({
    id: z.guid(),
    displayName: z.string().optional(),
    connector: z.strictObject({ ...connectorStateShape, generation: z.int(), changedAt: Time }),
  })
  .meta({ id: 'Organization' });

registerApi(
  defineRoute({
    name: 'organizations-list',
    method: 'GET',
    route: 'organizations',
    summary: 'Lists the organizations that the caller may see, with the state of their connectors.',
    path: noParameters,
    query: noParameters,
    body: noBody,
    answers: { 200: answerOk('The organizations, all of them.', listOf(OrganizationView)) },
    async handler({ ports, caller }) {
      const connectors = await listOrganizations(ports, caller);
      const value = await pMap(
        connectors,
        async (connector) => {
          const { organization: id, displayName, generation, changedAt } = connector;
          const state = connectorState(await describeInstallation(ports, connector));
          return { id, displayName, connector: { ...state, generation, changedAt } };
        },
        { concurrency: PARALLEL_READS },
      );
      return json(200, { value });
    },
  }),
);
