// npm run bench: measures, prints one table for each part, and writes docs/performance.md.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchDurableHub } from './durable-hub.ts';
import { printTable, writeSection, type Figure } from './figures.ts';
import { benchTenant } from './tenant.ts';

const { values } = parseArgs({
  options: { orchestrations: { type: 'string', default: '10000' }, mailboxes: { type: 'string', default: '100000' } },
});
const page = join(import.meta.dirname, '../../docs/performance.md');

async function measure(title: string, run: () => Promise<Figure[]>): Promise<void> {
  const figures = await run();
  printTable(title, figures);
  writeSection(page, title, 'npm run bench', figures);
}

await measure('The task hub of the local host', () => benchDurableHub(Number(values.orchestrations)));
await measure('The simulated tenant', () => benchTenant(Number(values.mailboxes)));
