// Status, queries and purges of orchestrations over HTTP.
import { jsonAnswer } from '../http/plain-http.ts';
import type { Instance, InstanceFilter } from './durable-store.ts';
import { isTerminal, type RuntimeStatus } from './history-event.ts';
import { statusPayload, type StatusOptions } from './instance-status.ts';
import { NOT_FOUND, type Handler, type ManagementNeeds } from './management-needs.ts';

const DEFAULT_PAGE = 1_000;
const STATUSES: readonly RuntimeStatus[] = ['Pending', 'Running', 'Suspended', 'Completed', 'Failed', 'Terminated'];

const isTrue = (value: string | null): boolean => value?.toLowerCase() === 'true';

function statusOptions(query: URLSearchParams): StatusOptions {
  return {
    showInput: query.get('showInput')?.toLowerCase() !== 'false',
    showHistory: isTrue(query.get('showHistory')),
    showHistoryOutput: isTrue(query.get('showHistoryOutput')),
  };
}

/** Filters of a query; words and dates that mean nothing are ignored, as recorded (case query-rest). */
function filterOf(query: URLSearchParams): InstanceFilter {
  const time = (name: string): number | undefined => {
    const ms = Date.parse(query.get(name) ?? '');
    return Number.isNaN(ms) ? undefined : ms;
  };
  const createdFromMs = time('createdTimeFrom');
  const createdToMs = time('createdTimeTo');
  const statuses = STATUSES.filter((status) => (query.get('runtimeStatus') ?? '').split(',').includes(status));
  const idPrefix = query.get('instanceIdPrefix');
  return {
    ...(createdFromMs === undefined ? {} : { createdFromMs }),
    ...(createdToMs === undefined ? {} : { createdToMs }),
    ...(statuses.length > 0 ? { statuses } : {}),
    ...(idPrefix ? { idPrefix } : {}),
  };
}

/** Reading and purging. */
export function createReader({ hub }: ManagementNeeds): Record<'status' | 'list' | 'purgeOne' | 'purgeMany', Handler> {
  const payload = (instance: Instance, options: StatusOptions): Record<string, unknown> =>
    statusPayload(instance, options, () => hub.store.history(instance.id));

  const status: Handler = (request, id = '') => {
    const instance = hub.store.instance(id);
    if (!instance) return NOT_FOUND;
    const body = payload(instance, statusOptions(request.query));
    if (!isTerminal(instance.status)) {
      const query = request.query.size > 0 ? `?${request.query.toString()}` : '';
      return jsonAnswer(202, body, { location: `${request.origin}${request.path}${query}`, 'retry-after': '5' });
    }
    return jsonAnswer(instance.status === 'Failed' && isTrue(request.query.get('returnInternalServerErrorOnFailure')) ? 500 : 200, body);
  };

  const list: Handler = (request) => {
    const top = Math.max(1, Number(request.query.get('top')) || DEFAULT_PAGE);
    const after = request.headers['x-ms-continuation-token'];
    const afterId = after ? Buffer.from(after, 'base64').toString('utf8') : '';
    const found = hub.store.instances(filterOf(request.query), top + 1, afterId);
    const page = found.slice(0, top);
    const last = found.length > top ? page.at(-1) : undefined;
    const options = statusOptions(request.query);
    return jsonAnswer(
      200,
      page.map((instance) => payload(instance, { ...options, showHistory: false })),
      last ? { 'x-ms-continuation-token': Buffer.from(last.id).toString('base64') } : {},
    );
  };

  const purgeOne: Handler = (_request, id = '') => {
    const instance = hub.store.instance(id);
    if (!instance) return NOT_FOUND;
    if (!isTerminal(instance.status)) {
      return jsonAnswer(
        412,
        `Only orchestrations in a terminal state can be purged, but the orchestration with instance ID ${id} has status ${instance.status}`,
      );
    }
    hub.store.purge([id]);
    return jsonAnswer(200, { instancesDeleted: 1 });
  };

  const purgeMany: Handler = (request) => {
    const filter = filterOf(request.query);
    if (filter.createdFromMs === undefined) return jsonAnswer(400, "Please provide value for 'createdTimeFrom' parameter.");
    let count = 0;
    let afterId = '';
    for (;;) {
      const page = hub.store.instances(filter, DEFAULT_PAGE, afterId);
      const ended = page.filter((instance) => isTerminal(instance.status)).map((instance) => instance.id);
      hub.store.purge(ended);
      count += ended.length;
      const last = page.at(-1);
      if (!last || page.length < DEFAULT_PAGE) break;
      afterId = last.id;
    }
    return count === 0 ? NOT_FOUND : jsonAnswer(200, { instancesDeleted: count });
  };

  return { status, list, purgeOne, purgeMany };
}
