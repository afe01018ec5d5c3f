// The installation of a connector: how it stands, and asking for its checks to be made now.
import * as z from 'zod';
import { answerOk } from '../src/adapters/http/answers.ts';
import { installationView, InstallationView, RetryBody } from '../src/adapters/http/installation-schema.ts';
import { json } from '../src/adapters/http/json.ts';
import { OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import { authorize } from '../src/operations/authorize.ts';
import { describeInstallation } from '../src/operations/describe-installation.ts';
import { requestInstallationRetry } from '../src/operations/request-installation-retry.ts';
import { registerApi } from './register.ts';

const route = 'organizations/{organization}/installation';
const path = z.strictObject({ organization: OrganizationParameter });

registerApi(
  defineOrganizationRoute({
    name: 'installation-read',
    method: 'GET',
    route,
    summary: 'Answers how the installation stands: every check with its cause and cure, what is missing, when it is tried again.',
    permission: 'Site.Modify',
    authorize,
    path,
    query: noParameters,
    body: noBody,
    answers: { 200: answerOk('The installation.', InstallationView) },
    handler: async ({ ports, connector }) => json(200, installationView(await describeInstallation(ports, connector.value))),
  }),
);

registerApi(
  defineOrganizationRoute({
    name: 'installation-retry',
    method: 'POST',
    route,
    summary: 'Asks for all checks to be made now, whether the connector waits or is installed.',
    permission: 'Site.Modify',
    authorize,
    path,
    query: noParameters,
    body: () => RetryBody,
    usesWorkflows: true,
    answers: { 202: answerOk('It was asked for.', InstallationView) },
    async handler({ ports, connector, caller }) {
      return json(202, installationView(await requestInstallationRetry(ports, connector.value, caller)));
    },
  }),
);
