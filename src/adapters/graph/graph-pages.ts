// Follows a list of Graph from page to page. The list is whole when the iteration ends; anything that stops it early is an error.
// https://learn.microsoft.com/graph/paging
import type { AppError } from '../../domain/errors.ts';
import type { GraphClient } from './graph-client.ts';
import type { GraphCall } from './graph-transport.ts';
import { toGraphError, unexpected } from './graph-errors.ts';
import { readPage } from './graph-rows.ts';
import type { GraphPage } from './graph-rows.ts';

/** All pages of a list; `missing` makes the error for a list whose owner does not exist. */
export async function* pagesOf(client: GraphClient, first: GraphCall, missing?: () => AppError): AsyncGenerator<GraphPage> {
  const seen = new Set<string>();
  for (let call: GraphCall | undefined = first; call;) {
    const outcome = await client.call(call);
    if (!outcome.isOk) throw missing && outcome.refusal.status === 404 ? missing() : toGraphError(outcome.refusal, first.request);
    const page = readPage(outcome.body, first.request);
    const link = page.nextLink === undefined ? undefined : client.ownLink(page.nextLink, first.request);
    if (link !== undefined && seen.has(link)) throw unexpected(first.request, 'a link to a page that was read already');
    if (link !== undefined) seen.add(link);
    yield page;
    call = link === undefined ? undefined : { ...first, path: link };
  }
}
