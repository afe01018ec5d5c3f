// A process that changes things and tells of them: `node audit-writer.ts <connection string> <name> <count>` writes so many for each line it gets.
import { createInterface } from 'node:readline';
import pMap from 'p-map';
import { randomIds } from '../../src/adapters/random-ids.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { createTable } from '../../src/adapters/tables/table.ts';
import { ALICE, aRun, entryAt, writeChange } from './audit-scene.ts';

const [connectionString = '', name = '', count = '0'] = process.argv.slice(2);
const table = createTable({ account: { connectionString }, name: 'Connectors', ids: randomIds });
let written = 0;

for await (const line of createInterface({ input: process.stdin })) {
  const ids = Array.from({ length: Number(count) }, (_, index) => `${name}-${written + index}`);
  await pMap(ids, (id) => writeChange(table, id, entryAt(systemClock.now(), id, aRun(id), ALICE)), { concurrency: 4 });
  written += ids.length;
  process.stdout.write(`${line}\n`);
}
