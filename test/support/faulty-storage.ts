// Storage that fails as it is told to, call by call: refused, lost before or after the work was done, or killed with the process in the middle.
import type { HeadContainer } from '../../src/adapters/audit/audit-heads.ts';
import type { Table } from '../../src/adapters/tables/row.ts';
import { AppError } from '../../src/domain/errors.ts';

/** What happens to one call. */
export type CallFate = 'done' | 'refused' | 'lost' | 'answer-lost' | 'killed-before' | 'killed-after';

/** What a process that was killed would never see; nothing of it runs on. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** One life of a process: it decides when each call goes on, what happens to it, and whether there is still somebody to do it. */
export interface Life {
  call<T>(work: () => Promise<T>): Promise<T>;
}

/** A life whose calls have these fates, one after the other, and then all succeed; `turn` lets others go first. */
export function lifeOf(fates: readonly CallFate[], turn: () => Promise<void>): Life {
  const left = [...fates];
  let isOver = false;

  return {
    async call(work) {
      await turn();
      if (isOver) throw new Killed();
      const fate = left.shift() ?? 'done';
      if (fate === 'killed-before') isOver = true;
      if (fate === 'refused') throw new AppError('store.busy');
      if (fate === 'lost') throw new AppError('store.unavailable', { request: 'a call' });
      if (isOver) throw new Killed();
      const result = await work();
      if (fate === 'killed-after') isOver = true;
      if (isOver) throw new Killed();
      if (fate === 'answer-lost') throw new AppError('store.outcome-unknown', { request: 'a call', record: 'a row' });
      return result;
    },
  };
}

/** The table, as this life sees it. */
export function tableIn(life: Life, table: Table): Table {
  return {
    name: table.name,
    get: (key) => life.call(() => table.get(key)),
    async *pages(query) {
      for await (const page of table.pages(query)) yield await life.call(async () => page);
    },
    write: (change) => life.call(() => table.write(change)),
    transact: (changes) => life.call(() => table.transact(changes)),
  };
}

/** The container, as this life sees it. */
export function headsAsSeenBy(life: Life, container: HeadContainer): HeadContainer {
  return {
    putNew: (name, content) => life.call(() => container.putNew(name, content)),
    get: (name) => life.call(() => container.get(name)),
    list: (prefix) => container.list(prefix),
    remove: (name) => life.call(() => container.remove(name)),
  };
}
