// Rows of long lists, read column by column: a schema takes five times as long as everything else that is done with a row.

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is an object that is no array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the value of a column; undefined: unknown. */
export type Read<T> = (value: unknown) => T | undefined;

/** Properties of ours, each with the column that it is read from and how. */
type Columns = Readonly<Record<string, readonly [string, Read<unknown>]>>;
type ReadColumns<C extends Columns> = { [K in keyof C]?: Exclude<ReturnType<C[K][1]>, undefined> };

/** Answers the properties of a row that are known, behind those of `first`. */
type RowReader<C extends Columns> = <F extends object>(row: JsonObject, first: F) => F & ReadColumns<C>;

/** A reader for one kind of row. */
export function rowReader<const C extends Columns>(wanted: C): RowReader<C>;
export function rowReader(wanted: Columns): (row: JsonObject, first: object) => object {
  const entries = Object.entries(wanted);
  const make = plainObjects();
  return (row, first) => {
    const found = Object.assign(make(), first);
    for (const [property, [column, read]] of entries) {
      const value = read(row[column]);
      if (value !== undefined) found[property] = value;
    }
    return found;
  };
}

/**
 * Makes objects like `{}` that stay quick when many properties are set by name. V8 leaves an object that a constructor has made as much room as
 * others of that constructor needed; one that began as `{}` becomes a hash table at some thirteen properties: three times as large, and three
 * times as long in the making. https://v8.dev/blog/slack-tracking
 */
function plainObjects(): () => Record<string, unknown> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a function is a constructor, which its type does not say
  const Plain = function Plain() {} as unknown as new () => Record<string, unknown>;
  Plain.prototype = Object.prototype;
  return () => new Plain();
}
