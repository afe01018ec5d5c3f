// npm run soak: the fault tests at their full counts; prints the seed, and writes docs/reliability.md. At most 40 minutes.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printTable, writeSection, type Figure } from '../bench/figures.ts';
import { runKills } from '../support/crash-run.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
});
const seed = Number(values.seed);
const page = join(import.meta.dirname, '../../docs/reliability.md');
const title = 'Killing the local host';

console.log(`seed ${seed}`);
const outcome = await runKills({
  kills: Number(values.kills),
  seed,
  instances: 6,
  width: 100,
  onProgress: (text) => console.log(text),
});
const figures: Figure[] = [
  { what: 'kill -9 of the host', value: String(outcome.kills), how: `at random moments, seed ${seed}` },
  {
    what: 'orchestrations',
    value: String(outcome.instances),
    how: 'fan-outs of 100 activities, retries, timers, sub-orchestrations, two generations each',
  },
  {
    what: 'activity results stored',
    value: String(outcome.activitiesStored),
    how: 'each equal to that of an undisturbed run, none missing',
  },
  { what: 'activity runs', value: String(outcome.activitiesRun), how: 'counted by the activities themselves' },
  { what: 'runs repeated', value: String(outcome.repeated), how: 'killed before their result was stored; no stored result ran again' },
  { what: 'time', value: `${Math.round(outcome.seconds)} s`, how: '' },
];
printTable(title, figures);
writeSection(page, title, 'npm run soak', figures);
