// The first item of a list that comes bit by bit, without reading on.

/** The first item, or undefined when there is none; the rest is not asked for. */
export async function takeFirst<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const { value, done } = await iterator.next();
  await iterator.return?.();
  return done ? undefined : value;
}
