// A list of Exchange, page by page, to its end or to an error; never a short list that looks whole.
// Anchor, Prefer and cookies stay the same on all pages. A cursor that Exchange no longer knows begins the read again, once.
import { AppError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports.ts';
import type { Envelope } from './answer.ts';
import { isObject } from '../row-reader.ts';
import { isTruncated } from './answer.ts';
import type { Called } from './exchange-call.ts';
import { PAGE_SIZE } from './request-headers.ts';
import { trustedOrigin } from './trusted-host.ts';
import type { ExchangeEndpoint } from './trusted-host.ts';

/** Where a page is: the first one has no origin of its own. */
export interface PageAddress {
  readonly path: string;
  readonly origin: string | undefined;
  readonly page: number;
}

export interface RawPage {
  readonly rows: readonly unknown[];
  readonly startsOver: boolean;
}

export interface PagedRead {
  readonly label: string;
  readonly firstPath: string;
  readonly endpoint: ExchangeEndpoint;
  readonly log: Log;
  /** A way to fetch pages, with cookies of its own. */
  readonly begin: () => (address: PageAddress) => Promise<Called<Envelope>>;
}

const MAX_CHAINS = 2;
// Filters are applied after paging, so that some pages may be empty; this many in a row are a cursor that leads nowhere.
const MAX_EMPTY_PAGES = 50;

/** All pages of a read. */
export async function* readPages(read: PagedRead): AsyncGenerator<RawPage, void, undefined> {
  for (let chain = 1; ; chain += 1) {
    const pages = readChain(read);
    let startsOver = chain > 1;
    let next = await advance(pages, chain);
    while (next !== 'begin-again' && !next.done) {
      yield { rows: next.value, startsOver };
      startsOver = false;
      next = await advance(pages, chain);
    }
    if (next !== 'begin-again') return;
    read.log.warn('exchange.read-begins-again', { log: 'EasDisc', cmdlet: read.label });
  }
}

type Step = IteratorResult<readonly unknown[], void>;

async function advance(pages: AsyncGenerator<readonly unknown[], void, undefined>, chain: number): Promise<Step | 'begin-again'> {
  try {
    return await pages.next();
  } catch (error) {
    if (chain < MAX_CHAINS && error instanceof AppError && error.details['reason'] === 'cursor-expired') return 'begin-again';
    throw error;
  }
}

async function* readChain(read: PagedRead): AsyncGenerator<readonly unknown[], void, undefined> {
  const fetchPage = read.begin();
  const guard = createChainGuard(read.label);
  let address: PageAddress | undefined = { path: read.firstPath, origin: undefined, page: 1 };
  while (address) {
    const { value: envelope } = await fetchPage(address);
    guard.check(envelope);
    if (isTruncated(envelope)) throw incomplete(read.label, 'truncated');
    address = envelope.nextLink === undefined ? undefined : addressOf(read, envelope.nextLink, address.page + 1);
    yield envelope.rows;
  }
}

function addressOf(read: PagedRead, nextLink: string, page: number): PageAddress {
  const url = URL.canParse(nextLink) ? new URL(nextLink) : undefined;
  const origin = url && trustedOrigin(read.endpoint, url);
  if (!url || origin === undefined || !/^\/adminapi\//i.test(url.pathname)) {
    throw new AppError('exchange.unexpected', { request: read.label, reason: 'foreign-link', host: url?.host ?? 'no address' });
  }
  return { path: `${url.pathname}${url.search}`, origin, page };
}

/** Finds a chain of pages that repeats itself, leads nowhere, or breaks off. */
function createChainGuard(label: string): { check(envelope: Envelope): void } {
  const links = new Set<string>();
  const pages = new Set<string>();
  let emptyPages = 0;
  let longestPage = 0;

  function check({ nextLink, rows, isLinkBlank }: Envelope): void {
    emptyPages = rows.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > MAX_EMPTY_PAGES) throw incomplete(label, 'only empty pages');
    if (nextLink !== undefined && links.has(nextLink)) throw incomplete(label, 'a page came twice');
    const mark = rows.length < 2 ? undefined : `${rows.length} ${idOf(rows[0])} ${idOf(rows.at(-1))}`;
    if (mark !== undefined && pages.has(mark)) throw incomplete(label, 'a page came twice');
    // A blank link ends a list that runs out; after a page as long as they get it stands where the way to the rest should be.
    if (isLinkBlank && rows.length >= (longestPage || PAGE_SIZE)) throw incomplete(label, 'a blank link after a full page');
    if (nextLink !== undefined) links.add(nextLink);
    if (mark !== undefined) pages.add(mark);
    longestPage = Math.max(longestPage, rows.length);
  }

  return { check };
}

function idOf(row: unknown): string {
  return isObject(row) ? JSON.stringify(row['Guid'] ?? row['Identity'] ?? row) : JSON.stringify(row);
}

function incomplete(request: string, reason: string): AppError {
  return new AppError('exchange.incomplete', { request, reason });
}
