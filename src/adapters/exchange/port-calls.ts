// What the parts of the port share: how much to ask for, pages of rows, and what "no such object" means for a read and for a removal.
import { AppError } from '../../domain/errors.ts';
import type { ExchangeCallOptions, ExchangePage } from '../../domain/exchange-port.ts';
import type { ExchangeClient } from './exchange-client.ts';
import type { RawPage } from './paged-read.ts';

/** Said on every list: without it Exchange cuts after 1,000 rows, and the answer still looks healthy. */
export const EVERYTHING = 'Unlimited';
/** For an object asked for by its id: two rows show that Exchange ignored the id, without sending the whole organization. */
export const FEW = 2;

/** Pages of rows as `read` understands them; rows of which it makes nothing are counted. */
export async function* pagesOf<Row>(
  pages: AsyncIterable<RawPage>,
  read: (row: unknown) => Row | undefined,
): AsyncGenerator<ExchangePage<Row>, void, undefined> {
  for await (const page of pages) {
    const rows = page.rows.map(read).filter((row) => row !== undefined);
    yield { rows, unidentified: page.rows.length - rows.length, startsOver: page.startsOver };
  }
}

/** What `read` finds; undefined when Exchange says that there is no such object. */
export async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.code === 'exchange.missing') return undefined;
    throw error;
  }
}

type Removal = 'Remove-MobileDevice' | 'Remove-ActiveSyncDeviceAccessRule' | 'Remove-MobileDeviceMailboxPolicy';

/** Removes an object; one that is gone already counts as done. */
export async function removeObject(
  client: ExchangeClient,
  cmdlet: Removal,
  id: string,
  options: ExchangeCallOptions,
): Promise<'removed' | 'missing'> {
  const done = await unlessMissing(async () => {
    await client.write({ cmdlet, parameters: { Identity: id, Confirm: false } }, options);
    return 'removed' as const;
  });
  return done ?? 'missing';
}
