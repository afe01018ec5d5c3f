// GET /api/openapi.json: the API described, from the definitions of its routes.
import * as z from 'zod';
import { answerOk } from '../src/adapters/http/answers.ts';
import { json } from '../src/adapters/http/json.ts';
import { openApi } from '../src/adapters/http/openapi.ts';
import { defineRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import { versionText } from '../src/settings.ts';
import { apiRoutes, registerApi } from './register.ts';

let document: ReturnType<typeof openApi> | undefined;

registerApi(
  defineRoute({
    name: 'openapi-read',
    method: 'GET',
    route: 'openapi.json',
    summary: 'Answers this document.',
    path: noParameters,
    query: noParameters,
    body: noBody,
    answers: { 200: answerOk('The document.', z.record(z.string(), z.unknown())) },
    async handler({ ports }) {
      // Routes do not change after the app has loaded.
      document ??= openApi(apiRoutes(), versionText(), ports);
      return json(200, document);
    },
  }),
);
