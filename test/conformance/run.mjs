// Runs the conformance cases against a host that serves the probe app, and compares with the recorded answers.
//   node run.mjs BASE_URL [--master-key K] [--function-key K] [--only id,id] [--group g] [--record] [--dir DIR] [--jobs N] [--limit SECONDS]
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { Probe } from './probe.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'master-key': { type: 'string', default: 'probe-master-key' },
    'function-key': { type: 'string', default: 'probe-function-key' },
    only: { type: 'string' },
    group: { type: 'string' },
    dir: { type: 'string', default: import.meta.dirname },
    jobs: { type: 'string', default: '10' },
    limit: { type: 'string', default: '230' },
    record: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});
if (positionals.length !== 1) {
  console.error('usage: node run.mjs BASE_URL [--master-key K] [--function-key K] [--only id,id] [--group g] [--record]');
  process.exit(2);
}

const { cases } = await import(pathToFileURL(resolve(options.dir, 'cases.mjs')));
const expectedFile = resolve(options.dir, 'expected.json');
const expected = JSON.parse(await readFile(expectedFile, 'utf8').catch(() => '{}'));
const only = options.only?.split(',');
const chosen = cases.filter((c) => (!only || only.includes(c.id)) && (!options.group || c.group === options.group));
const nonce = Date.now().toString(36);
const deadline = Date.now() + Number(options.limit) * 1000;
const unique = new Set(cases.map((c) => c.id));
if (unique.size !== cases.length) throw new Error('two cases have the same id');

async function run(testCase) {
  const probe = new Probe({
    base: positionals[0],
    masterKey: options['master-key'],
    functionKey: options['function-key'],
    caseId: testCase.id,
    nonce,
  });
  const started = Date.now();
  let timer;
  try {
    const limit = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('the case took longer than 60 s')), 60_000);
    });
    await Promise.race([testCase.run(probe), limit]);
  } catch (error) {
    probe.answers.push({
      step: 'the case itself failed',
      error: probe
        .normalize(String(error.stack ?? error))
        .split('\n')
        .slice(0, 3)
        .join(' '),
    });
  } finally {
    clearTimeout(timer);
    await probe.cleanUp();
  }
  return { answers: probe.answers, ms: Date.now() - started };
}

// A readable list of the places where two values differ.
function differences(want, got, path = '') {
  if (JSON.stringify(want) === JSON.stringify(got)) return [];
  const bothObjects = want && got && typeof want === 'object' && typeof got === 'object' && Array.isArray(want) === Array.isArray(got);
  if (!bothObjects) return [`${path || '(answer)'}\n        recorded ${JSON.stringify(want)}\n        got      ${JSON.stringify(got)}`];
  const label = (key) => (Array.isArray(want) ? `${path}[${key}${want[key]?.step ? ` ${want[key].step}` : ''}]` : `${path}.${key}`);
  const keys = [...new Set([...Object.keys(want), ...Object.keys(got)])];
  const found = keys.flatMap((key) => differences(want[key], got[key], label(key)));
  return found.length > 0 ? found : [`${path}: same content, other order of keys`];
}

let passed = 0;
let failed = 0;
function report(testCase, { answers, ms }, notRun = false) {
  const got = JSON.parse(JSON.stringify(answers));
  if (options.record && !notRun) {
    expected[testCase.id] = got;
    passed += 1;
    console.log(`recorded ${testCase.id} (${(ms / 1000).toFixed(1)} s)`);
    return;
  }
  const want = expected[testCase.id];
  const found =
    want === undefined ? ['nothing recorded for this case'] : differences(want, got).filter((line) => !line.endsWith('order of keys'));
  if (found.length === 0) {
    passed += 1;
    if (!options.quiet) console.log(`ok   ${testCase.id} (${(ms / 1000).toFixed(1)} s)`);
    return;
  }
  failed += 1;
  console.log(`DIFF ${testCase.id}: ${testCase.claim}`);
  for (const line of found.slice(0, 12)) console.log(`    ${line}`);
  if (found.length > 12) console.log(`    ... and ${found.length - 12} more`);
}

async function pool(list, size) {
  const queue = [...list];
  await Promise.all(
    Array.from({ length: size }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        if (Date.now() < deadline) report(next, await run(next));
        else report(next, { answers: [{ step: 'not run', error: `the whole run took longer than ${options.limit} s` }], ms: 0 }, true);
      }
    }),
  );
}

// Cases run side by side, except those that look at (or delete) what others may have left: they come last, one by one.
await pool(
  chosen.filter((c) => !c.alone),
  Number(options.jobs),
);
await pool(
  chosen.filter((c) => c.alone),
  1,
);

if (options.record) {
  const ordered = Object.fromEntries(cases.filter((c) => expected[c.id]).map((c) => [c.id, expected[c.id]]));
  await writeFile(expectedFile, `${JSON.stringify(ordered, null, 1)}\n`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
