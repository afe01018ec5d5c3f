// A value of ours as JSON in the properties of a row, with the version of its form, so that what an older release wrote is still read.
// Several documents can share a row, each written by its own writer: a write of one leaves the others as they are.
import { AppError } from '../../domain/errors.ts';
import { piecesOf } from './row.ts';
import type { RowValues } from './row.ts';

/** How one kind of value is kept. */
export interface Document<T> {
  /** The properties that hold the value; without one, those that say there is none. */
  pack(value: T | undefined): RowValues;
  /** The value in a row, brought to the present form; undefined when there is none. A newer form is `store.unexpected`. */
  unpack(values: RowValues): T | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Makes of a value of one form that of the next. */
type Reader = (older: Json) => Json;

/** A document kept in the properties that begin with `name`; `readers[0]` makes form 2 of form 1, and so on. */
export function createDocument<T>(name: string, readers: readonly Reader[] = []): Document<T> {
  const form = readers.length + 1;
  const header = `${name}_form`;

  return {
    pack(value) {
      if (value === undefined) return { [header]: '' };
      const values: Record<string, string> = {};
      const pieces = piecesOf(JSON.stringify(value));
      for (const [index, piece] of pieces.entries()) values[index === 0 ? name : `${name}_${index}`] = piece;
      // The count is needed because a merge leaves the last pieces of a longer text behind.
      values[header] = `${form}.${pieces.length}`;
      return values;
    },

    unpack(values) {
      const head = values[header] ?? '';
      if (head === '') return undefined;
      const [, written = '', count = ''] = /^(\d+)\.(\d+)$/.exec(head) ?? [];
      const writtenForm = Number(written);
      if (!(writtenForm >= 1 && writtenForm <= form)) throw unreadable(name, `form ${head} where ${form} is the newest known`);
      let text = values[name] ?? '';
      for (let index = 1; index < Number(count); index += 1) text += values[`${name}_${index}`] ?? '';
      let value = parse(name, text);
      for (const read of readers.slice(writtenForm - 1)) value = read(value);
      return value;
    },
  };
}

function parse(name: string, text: string): ReturnType<typeof JSON.parse> {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(name, 'text that is no JSON', error);
  }
}

function unreadable(name: string, problem: string, cause?: unknown): AppError {
  const cure = 'A newer release may have written it: run that one, or restore the row';
  return new AppError('store.unexpected', { request: `reading a ${name}`, problem: `a row holds ${problem}. ${cure}` }, { cause });
}
