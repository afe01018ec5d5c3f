// The rows of the table server: tables of partitions of rows in the order of their keys, and writes that happen together or not at all.

export type Entity = Readonly<Record<string, unknown>> & { readonly 'odata.etag'?: string };

export interface Keys {
  readonly partition: string;
  readonly row: string;
}

export interface Write {
  readonly kind: 'insert' | 'replace' | 'merge' | 'remove';
  readonly table: string;
  readonly keys: Keys;
  readonly entity: Entity;
  /** A version, or `*` for any; without it a replacement or merge makes what is not there. */
  readonly ifMatch?: string | undefined;
}

export interface Listing {
  readonly partition: string | undefined;
  readonly from: string | undefined;
  readonly after: string | undefined;
  readonly before: string | undefined;
  /** Rows written then or later, in ISO 8601 with milliseconds. */
  readonly since: string | undefined;
  readonly top: number;
  /** Where an earlier page said to go on. */
  readonly start?: Keys;
}

/** What the service says to a request that it does not carry out. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export interface Tables {
  names(): string[];
  make(name: string): void;
  get(table: string, keys: Keys): Entity;
  list(table: string, listing: Listing): { readonly entities: readonly Entity[]; readonly next?: Keys };
  /** The versions of the rows. */
  write(writes: readonly Write[]): string[];
}

interface Partition {
  readonly rows: Map<string, Entity>;
  /** Undefined when rows came or went since it was sorted. */
  order: string[] | undefined;
}

type Table = Map<string, Partition>;

/** No tables yet. */
export function createTables(): Tables {
  const tables = new Map<string, Table>();
  let version = 0;

  function tableNamed(name: string): Table {
    const table = tables.get(name);
    if (!table) throw new Refusal(404, 'TableNotFound');
    return table;
  }

  const rowAt = (table: Table, { partition, row }: Keys): Entity | undefined => table.get(partition)?.rows.get(row);

  /** The row after the write, undefined for none. */
  function outcomeOf(current: Entity | undefined, { kind, keys, entity, ifMatch }: Write): Entity | undefined {
    if (kind === 'insert' && current) throw new Refusal(409, 'EntityAlreadyExists');
    if (ifMatch !== undefined && !current) throw new Refusal(404, 'ResourceNotFound');
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== current?.['odata.etag'])
      throw new Refusal(412, 'UpdateConditionNotSatisfied');
    if (kind === 'remove') return undefined;
    version += 1;
    const system = { PartitionKey: keys.partition, RowKey: keys.row, Timestamp: new Date().toISOString(), 'odata.etag': `W/"${version}"` };
    return { ...(kind === 'merge' && current), ...entity, ...system };
  }

  function put(table: Table, { partition, row }: Keys, entity: Entity | undefined): void {
    const found = table.get(partition) ?? { rows: new Map<string, Entity>(), order: undefined };
    table.set(partition, found);
    if (!entity || !found.rows.has(row)) found.order = undefined;
    if (entity) found.rows.set(row, entity);
    else found.rows.delete(row);
  }

  return {
    names: () => [...tables.keys()],

    make(name) {
      if (tables.has(name)) throw new Refusal(409, 'TableAlreadyExists');
      tables.set(name, new Map());
    },

    get(name, keys) {
      const entity = rowAt(tableNamed(name), keys);
      if (!entity) throw new Refusal(404, 'ResourceNotFound');
      return entity;
    },

    list(name, { partition, from = '', after, before, since, top, start }) {
      const table = tableNamed(name);
      const entities: Entity[] = [];
      const partitions = partition === undefined ? [...table.keys()].sort() : [partition];
      for (const key of partitions) {
        if (start && key < start.partition) continue;
        const found = table.get(key);
        if (!found) continue;
        const order = (found.order ??= [...found.rows.keys()].sort());
        const first = start && key === start.partition && start.row > from ? start.row : from;
        for (let index = positionOf(order, first); index < order.length; index += 1) {
          const row = order[index] ?? '';
          if (before !== undefined && row >= before) break;
          if (after !== undefined && row <= after) continue;
          if (entities.length === top) return { entities, next: { partition: key, row } };
          const entity = found.rows.get(row);
          if (entity && (since === undefined || String(entity['Timestamp']) >= since)) entities.push(entity);
        }
      }
      return { entities };
    },

    write(writes) {
      // Each row is written once in a transaction, so that all can be tried before any is kept.
      const planned = writes.map((write) => {
        const table = tableNamed(write.table);
        return { table, keys: write.keys, entity: outcomeOf(rowAt(table, write.keys), write) };
      });
      for (const { table, keys, entity } of planned) put(table, keys, entity);
      return planned.map(({ entity }) => entity?.['odata.etag'] ?? '');
    },
  };
}

/** The first position whose key is not before `key`. */
function positionOf(order: readonly string[], key: string): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
