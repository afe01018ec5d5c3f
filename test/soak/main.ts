// npm run soak: the fault tests at their full counts; prints the seed, and writes docs/reliability.md. At most 40 minutes.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBenchApp } from '../bench/bench-app.ts';
import { printTable, writeSection, type Figure } from '../bench/figures.ts';
import { runKills } from '../support/crash-run.ts';
import { discoveryParts } from './discovery-parts.ts';
import type { SoakOrder, SoakPart } from './soak-part.ts';
import { runFaultPairs } from './wire-faults.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    devices: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    part: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const seed = Number(values.seed);
const page = join(import.meta.dirname, '../../docs/reliability.md');

async function killHosts({ onProgress }: SoakOrder): Promise<Figure[]> {
  const outcome = await runKills({
    kills: Number(values.kills),
    seed,
    instances: 6,
    width: 100,
    onProgress: ({ kill, kills, afterMs }) => onProgress(`kill ${kill} of ${kills}, after ${afterMs} ms`),
  });
  return [
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
}

async function disturbReads({ onProgress }: SoakOrder): Promise<Figure[]> {
  const outcome = await runFaultPairs({ devices: Number(values.devices), seed, onProgress });
  const { complete = 0, short = 0, ...failures } = outcome.endings;
  const codes = Object.entries(failures).sort(([, a], [, b]) => b - a);
  return [
    {
      what: 'faults of the wire',
      value: String(outcome.faults),
      how: `all that a read can meet; ${outcome.devices} devices in ${outcome.pages} pages, then statistics`,
    },
    { what: 'reads with one fault', value: String(outcome.alone), how: 'each fault at the first request and at every page after it' },
    { what: 'reads with two faults', value: String(outcome.pairs), how: `all pairs, at pages drawn by seed ${seed}` },
    { what: 'ended complete', value: String(complete), how: 'every device, and every field that no fault had altered' },
    {
      what: 'failed with the right code',
      value: String(codes.reduce((sum, [, count]) => sum + count, 0)),
      how: codes.map(([code, count]) => `${code} ${count}`).join(', '),
    },
    {
      what: 'ended short',
      value: String(short),
      how: `only after ${outcome.unseen.join(', ')}: a list that ends early without any sign, which no client can see`,
    },
    {
      what: 'connections to a foreign host',
      value: String(outcome.foreignConnections),
      how: 'to which a redirect and a next link had led; a listener with a trusted certificate would have heard',
    },
    { what: 'time', value: `${outcome.seconds} s`, how: '' },
  ];
}

/** By the word for `--part`, which runs one alone. */
const parts: Readonly<Record<string, SoakPart>> = {
  kills: { title: 'Killing the local host', run: killHosts },
  'wire-faults': { title: 'Wire faults', run: disturbReads },
  ...discoveryParts,
};

const help = `npm run soak -- [options]      the fault tests at their full counts; writes docs/reliability.md

  --part <name>     one part alone
  --seed <number>   repeats the moments of an earlier soak, as far as the machine allows (random)
  --kills <number>  of the part "kills" (200)
  --devices <number>  of the part "wire-faults" (3000)

Parts:
${Object.entries(parts)
  .map(([name, { title }]) => `  ${name.padEnd(18)}${title}`)
  .join('\n')}
`;

async function soak(): Promise<void> {
  const chosen = values.part === undefined ? Object.values(parts) : [parts[values.part]].filter((part) => part !== undefined);
  if (chosen.length === 0) throw new Error(`--part is one of ${Object.keys(parts).join(', ')}.`);
  console.log(`seed ${seed}`);
  const app = await buildBenchApp();
  try {
    for (const part of chosen) {
      const figures = await part.run({ app, seed, onProgress: (text) => console.log(text) });
      printTable(part.title, figures);
      writeSection(page, part.title, 'npm run soak', figures);
    }
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
}

if (values.help) console.log(help);
else await soak();
