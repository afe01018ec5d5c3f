// nextLink: where a list goes on, for the caller who got it, for the same list, for a day. Stores trust where they go on from (StorePage), so it is sealed.
// It is relative, because only the caller knows under which address this app is reached.
import type { HttpRequest } from '@azure/functions';
import type { Caller } from '../../domain/caller.ts';
import { AppError } from '../../domain/errors.ts';
import { addMs } from '../../domain/instant.ts';
import type { Ports } from '../../domain/ports.ts';

/** The query parameter that holds the place to go on from. */
const CONTINUATION = 'continuation';
const VALID_MS = 24 * 60 * 60 * 1000;

type Needs = Pick<Ports, 'seals' | 'clock'>;

/** One list as one caller asks for it. */
export interface ListCall {
  readonly request: Pick<HttpRequest, 'url' | 'query'>;
  readonly caller: Caller;
  /** The route of the list, with the names of its parameters. */
  readonly route: string;
  /** The values of those. */
  readonly path: Readonly<Record<string, string>>;
}

/** The link to the next page; undefined at the end of the list. */
export async function nextLinkOf({ seals, clock }: Needs, call: ListCall, continuation: string | undefined): Promise<string | undefined> {
  if (continuation === undefined) return undefined;
  const validUntil = addMs(clock.now(), VALID_MS);
  const sealed = await seals.seal(`${validUntil}${continuation}`, purposeOf(call));
  const query = new URLSearchParams([...filtersOf(call.request), [CONTINUATION, sealed]]);
  return `${new URL(call.request.url).pathname}?${query.toString()}`;
}

/** Where the list goes on; undefined when its beginning is asked for. Throws `next-link.invalid` for anything but a link that this caller got for this list. */
export async function continuationOf({ seals, clock }: Needs, call: ListCall): Promise<string | undefined> {
  const sealed = call.request.query.get(CONTINUATION);
  if (sealed === null) return undefined;
  const opened = await seals.open(sealed, purposeOf(call));
  const now = clock.now();
  // All instants have one form and length.
  const validUntil = opened?.slice(0, now.length) ?? '';
  if (opened === undefined || validUntil < now) throw new AppError('next-link.invalid');
  return opened.slice(now.length);
}

/** Everything that a link is bound to. Filters in the order of their names: who sends them in another order means the same list. */
function purposeOf({ request, caller, route, path }: ListCall): string {
  const filters = filtersOf(request).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(['next-link', caller.tenantId, caller.objectId, route, path, filters]);
}

function filtersOf({ query }: Pick<HttpRequest, 'query'>): [string, string][] {
  return [...query].filter(([name]) => name !== CONTINUATION);
}
