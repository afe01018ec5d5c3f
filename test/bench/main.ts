// npm run bench: measures, prints one table, and writes docs/performance.md.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchDurableHub } from './durable-hub.ts';
import { printTable, writeSection } from './figures.ts';

const { values } = parseArgs({ options: { orchestrations: { type: 'string', default: '10000' } } });
const page = join(import.meta.dirname, '../../docs/performance.md');
const title = 'The task hub of the local host';

const figures = await benchDurableHub(Number(values.orchestrations));
printTable(title, figures);
writeSection(page, title, 'npm run bench', figures);
