// Entities over HTTP: read the state, send a signal. Truth: conformance case entity-routes.
import { randomUUID } from 'node:crypto';
import type { HostClock } from '../clock.ts';
import type { PlainAnswer, PlainRequest } from '../http/plain-http.ts';
import type { DurableHub } from './durable-hub.ts';
import { brokenJson, messageAnswer } from './management-errors.ts';
import { entityId } from './run-entity.ts';

type EntityHandler = (request: PlainRequest, name?: string, key?: string) => PlainAnswer;

export function createEntityApi({ hub, clock }: { hub: DurableHub; clock: HostClock }): { read: EntityHandler; signal: EntityHandler } {
  const read: EntityHandler = (_request, name = '', key = '') => {
    const state = hub.store.entity(entityId(name, key));
    if (state === undefined) return { status: 404 };
    return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: state };
  };

  const signal: EntityHandler = (request, name = '', key = '') => {
    const lowerName = name.toLowerCase();
    if (!hub.entities.has(lowerName)) {
      const known = [...hub.entities.values()].map((fn) => `'${fn.name}'`).join(', ');
      return messageAnswer(
        400,
        `The function '${lowerName}' doesn't exist, is disabled, or is not an entity function. Additional info: The following are the known entity functions: ${known}.`,
      );
    }
    const text = request.body.toString('utf8');
    const broken = text === '' ? undefined : brokenJson(text);
    if (broken) return broken;
    const operation = { id: randomUUID(), name: request.query.get('op') ?? '', input: text === '' ? null : text, caller: null };
    hub.post([{ instanceId: entityId(name, key), dueMs: clock.now(), message: { kind: 'operation', operation } }]);
    return { status: 202 };
  };

  return { read, signal };
}
