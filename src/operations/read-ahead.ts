// Pages of a list, the next one asked for while the one before is worked on: most of the time of a long list is waiting for the other side.
// Pages still come one at a time and in order; never more than one is ahead.

/** Pages one after the other. Who stops early waits for the page that is under way. */
export interface AheadPages<Page> extends AsyncIterable<Page> {
  /** Asks for the page that follows the one in hand, and answers when that is on its way. What is not asked for ahead is asked for when it is wanted. */
  askForNext(): Promise<void>;
}

/** The pages of a list, which may be gone through once. */
export function readAhead<Page>(pages: AsyncIterable<Page>): AheadPages<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  let asked: Promise<IteratorResult<Page>> | undefined;

  function ask(): Promise<IteratorResult<Page>> {
    asked ??= iterator.next();
    // Told to whoever takes the page. Until then, and for ever where nobody does, its error must not count as one that nobody handles.
    asked.catch(() => undefined);
    return asked;
  }

  async function* inOrder(): AsyncGenerator<Page, void, undefined> {
    try {
      for (;;) {
        const page = await ask();
        asked = undefined;
        if (page.done === true) return;
        yield page.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  return {
    async askForNext() {
      void ask();
      // A request is sent by the event loop: work that begins at once, and waits for nothing, would keep it back until its own end.
      await new Promise((resolve) => setImmediate(resolve));
    },
    [Symbol.asyncIterator]: inOrder,
  };
}
