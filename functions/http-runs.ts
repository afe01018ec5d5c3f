// Runs of discovery: listed, followed, stopped, accepted.
import * as z from 'zod';
import { answerOk } from '../src/adapters/http/answers.ts';
import { json } from '../src/adapters/http/json.ts';
import { continuationOf, nextLinkOf } from '../src/adapters/http/next-link.ts';
import { OrganizationParameter, RunParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import { RunBody, RunListQuery, RunListView, runProgressView, RunProgressView, RunView, runView } from '../src/adapters/http/run-schema.ts';
import { acceptRun } from '../src/operations/accept-run.ts';
import { authorize, authorizeWhole } from '../src/operations/authorize.ts';
import { describeRun } from '../src/operations/describe-run.ts';
import { listRuns } from '../src/operations/list-runs.ts';
import { stopRun } from '../src/operations/stop-run.ts';
import { registerApi } from './register.ts';

const route = 'organizations/{organization}/discovery/runs';
const runRoute = `${route}/{run}`;
const path = z.strictObject({ organization: OrganizationParameter });
const runPath = path.extend({ run: RunParameter });

registerApi(
  defineOrganizationRoute({
    name: 'runs-list',
    method: 'GET',
    route,
    summary: 'Lists runs, newest first.',
    permission: 'Collection.Read',
    isWhole: true,
    authorize: authorizeWhole,
    path,
    query: RunListQuery,
    body: noBody,
    answers: { 200: answerOk('A page of runs.', RunListView) },
    async handler(call) {
      const { kind, top } = call.query;
      const continuation = await continuationOf(call.ports, call);
      const ask = { top, ...(kind && { kind }), ...(continuation !== undefined && { continuation }) };
      const page = await listRuns(call.ports, call.organization, ask);
      return json(200, { value: page.values.map(runView), nextLink: await nextLinkOf(call.ports, call, page.continuation) });
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    name: 'runs-read',
    method: 'GET',
    route: runRoute,
    summary: 'Answers a run with its live progress.',
    permission: 'Collection.Read',
    isWhole: true,
    authorize: authorizeWhole,
    path: runPath,
    query: noParameters,
    body: noBody,
    answers: { 200: answerOk('The run.', RunProgressView) },
    async handler({ ports, organization, path: { run: id } }) {
      const { run, progress } = await describeRun(ports, organization, id);
      return json(200, runProgressView(run, progress));
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    name: 'runs-change',
    method: 'POST',
    route: runRoute,
    summary: 'Asks a run to stop at its next step, or accepts what a held run found missing: those devices are then marked gone.',
    permission: 'Site.Modify',
    authorize,
    path: runPath,
    query: noParameters,
    body: () => RunBody,
    usesWorkflows: true,
    answers: { 202: answerOk('It was asked for.', RunView) },
    async handler({ ports, organization, caller, path: { run: id }, body }) {
      const change = body.accept ? acceptRun : stopRun;
      return json(202, runView(await change(ports, organization, id, caller)));
    },
  }),
);
