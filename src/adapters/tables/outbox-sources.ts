// Every table in which audit events wait, a line each: whoever writes events into another table adds it here.
import { partitionDigits } from '../../domain/store-page.ts';
import { keyOf } from './keys.ts';
import type { OutboxSource } from './outbox.ts';
import type { Table } from './row.ts';

/** The places to look for events that wait. */
export function outboxSources(open: (name: string) => Table): readonly OutboxSource[] {
  return [
    // Events that tell of no change, erasures and purges. Not shared: it is the largest table, and lists its chains.
    { table: open('Audit') },
    { table: open('Connectors'), isShared: true },
    { table: open('Access'), isShared: true },
    { table: open('Runs') },
    { table: open('Devices'), partitions: (chain) => (chain === 'deployment' ? [] : partitionDigits.map((digit) => keyOf(chain, digit))) },
  ];
}
