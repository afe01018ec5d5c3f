// What people say about a device: read and replaced. Discovery never touches it.
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { answerOk, etagHeader } from '../src/adapters/http/answers.ts';
import { AnnotationBody, AnnotationView } from '../src/adapters/http/device-schema.ts';
import { etagOf } from '../src/adapters/http/etag.ts';
import { json } from '../src/adapters/http/json.ts';
import { DeviceParameter, OrganizationParameter } from '../src/adapters/http/parameters.ts';
import { defineOrganizationRoute, noBody, noParameters } from '../src/adapters/http/route.ts';
import type { DeviceAnnotation } from '../src/domain/device-record.ts';
import { AppError } from '../src/domain/errors.ts';
import type { Versioned } from '../src/domain/store-page.ts';
import { annotateDevice, readAnnotation } from '../src/operations/annotate-device.ts';
import { authorize } from '../src/operations/authorize.ts';
import { registerApi } from './register.ts';

const route = 'organizations/{organization}/devices/{device}/annotations';
const path = z.strictObject({ organization: OrganizationParameter, device: DeviceParameter });

registerApi(
  defineOrganizationRoute({
    name: 'annotations-read',
    method: 'GET',
    route,
    summary: 'Answers what people said about a device; an empty object, which has an ETag too, while nobody has.',
    permission: 'Collection.Read',
    authorize,
    path,
    query: noParameters,
    body: noBody,
    answers: { 200: answerOk('The annotation.', AnnotationView, etagHeader) },
    async handler({ ports, organization, scope, path: { device: id } }) {
      return annotationAnswer(await readAnnotation(ports, { organization, scope, id }));
    },
  }),
);

registerApi(
  defineOrganizationRoute({
    name: 'annotations-put',
    method: 'PUT',
    route,
    summary: 'Replaces what people said about a device. If-Match names the version.',
    permission: 'Collection.ModifyResource',
    authorize,
    path,
    query: noParameters,
    body: () => AnnotationBody,
    isConditional: true,
    answers: { 200: answerOk('The annotation as it was written.', AnnotationView, etagHeader) },
    async handler({ ports, organization, scope, seen, path: { device: id }, body, caller, precondition }) {
      if (!seen) throw new AppError('device.missing');
      const ask = { organization, scope: seen, acted: scope, id, caller, precondition };
      return annotationAnswer(await annotateDevice(ports, { ...ask, ...body }));
    },
  }),
);

function annotationAnswer({ value, version }: Versioned<Partial<DeviceAnnotation>>): HttpResponseInit {
  return json(200, value, { etag: etagOf(version) });
}
