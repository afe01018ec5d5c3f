// The routes of the durable webhooks and of the RPC listener.
// Truth: the extension's HttpApiHandler.cs, and the conformance cases of the groups client and orchestration.
import type { PlainAnswer, PlainRequest } from '../http/plain-http.ts';
import { isStorable } from './call-objection.ts';
import { createEntityApi } from './entity-api.ts';
import { createController } from './management-control.ts';
import { NOT_FOUND, type Handler, type ManagementNeeds } from './management-needs.ts';
import { createReader } from './management-read.ts';
import { createStarter } from './management-start.ts';

const segment = '([^/]+)';

function routes(needs: ManagementNeeds): { method: string; pattern: RegExp; handler: Handler }[] {
  const { start, restart } = createStarter(needs);
  const { status, list, purgeOne, purgeMany } = createReader(needs);
  const { raise, rewind, terminate, suspend, resume } = createController(needs);
  const entities = createEntityApi(needs);
  const table: [string, string, Handler][] = [
    ['POST', `orchestrators/${segment}`, start],
    ['POST', `orchestrators/${segment}/${segment}`, start],
    ['GET', 'instances', list],
    ['DELETE', 'instances', purgeMany],
    ['GET', `instances/${segment}`, status],
    ['DELETE', `instances/${segment}`, purgeOne],
    ['POST', `instances/${segment}/raiseEvent/${segment}`, raise],
    ['POST', `instances/${segment}/terminate`, terminate],
    ['POST', `instances/${segment}/suspend`, suspend],
    ['POST', `instances/${segment}/resume`, resume],
    ['POST', `instances/${segment}/rewind`, rewind],
    ['POST', `instances/${segment}/restart`, restart],
    ['GET', `entities/${segment}/${segment}`, entities.read],
    ['POST', `entities/${segment}/${segment}`, entities.signal],
  ];
  return table.map(([method, path, handler]) => ({ method, pattern: new RegExp(`^${path}/?$`, 'i'), handler }));
}

/** The parts of a path, decoded; undefined when one is not encoded as it should be. */
function decodeAll(parts: readonly string[]): string[] | undefined {
  try {
    return parts.map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
}

/** Answers requests below the durable webhook prefix; `path` is what follows it, still encoded. */
export function createManagementApi(needs: ManagementNeeds): (request: PlainRequest, path: string) => Promise<PlainAnswer> {
  const table = routes(needs);
  return async (request, path) => {
    const hub = request.query.get('taskHub');
    if (hub !== null && hub.toLowerCase() !== needs.urls.taskHub.toLowerCase()) return NOT_FOUND;
    for (const { method, pattern, handler } of table) {
      const match = request.method === method ? pattern.exec(path) : null;
      if (!match) continue;
      const names = decodeAll(match.slice(1));
      // A slash inside an id finds no route on the real host either (case start-bad-ids).
      return !names?.every((name) => isStorable(name) && !name.includes('/')) ? NOT_FOUND : handler(request, ...names);
    }
    return NOT_FOUND;
  };
}
