// The parts of the soak that try discovery, at their full counts: what is run, and how its outcome reads on the page.
import type { Figure } from '../bench/figures.ts';
import { runDiscoveryFaults } from './discovery-faults.ts';
import { runDiscoveryKills } from './discovery-kills.ts';
import { runLargeDiscovery } from './discovery-large.ts';
import { runInterleaved } from './interleaved-writes.ts';
import type { SoakOrder, SoakPart } from './soak-part.ts';
import { raceSchedules, runSchedule, runTakeover, startPair } from './two-processes.ts';

const count = (value: number): string => value.toLocaleString('en');
const time = (seconds: number): Figure => ({ what: 'time', value: `${count(seconds)} s`, how: '' });

async function killDiscovery(order: SoakOrder): Promise<Figure[]> {
  const lists = await runDiscoveryKills({ ...order, mailboxes: 6_800, isLarge: true, kinds: ['full', 'full', 'delta'], kills: 100 });
  const statistics = await runDiscoveryKills({ ...order, mailboxes: 300, kinds: ['full', 'statistics'], kills: 20 });
  const { full, delta } = lists.killsDuring;
  return [
    {
      what: 'kill -9 of host and worker',
      value: count(lists.kills),
      how: `at random moments, seed ${order.seed}: ${full} during full runs, ${delta} during deltas`,
    },
    { what: 'devices', value: count(lists.devices), how: 'in a tenant that does not change, so many that the list is read in slices' },
    { what: 'runs', value: count(lists.runs), how: `all completed, in ${lists.rounds} discoveries that began with empty storage` },
    {
      what: 'rows compared after each',
      value: count(lists.rows),
      how: 'devices, mailboxes, users, lookups: equal to those of an undisturbed discovery but for the times of reading',
    },
    { what: 'devices wrongly gone', value: '0', how: 'and nothing left behind: no file of a run, no mark that one goes on' },
    {
      what: 'kills during statistics',
      value: count(statistics.kills),
      how: `of ${count(statistics.devices)} devices, or during the full run before it; the same comparison`,
    },
    STORAGE,
    time(lists.seconds + statistics.seconds),
  ];
}

/** See test/support/table-server.ts. */
const STORAGE: Figure = {
  what: 'storage',
  value: 'in memory',
  how: 'blobs in Azurite; tables in a lean server, because Azurite takes a time that grows with the square of the rows',
};

const LARGE_LIMIT_MS = 15 * 60_000;

async function discoverLarge(order: SoakOrder): Promise<Figure[]> {
  const outcome = await runLargeDiscovery({ ...order, devices: 300_000, limitMs: LARGE_LIMIT_MS });
  return [
    {
      what: 'devices',
      value: count(outcome.devices),
      how: `of ${count(outcome.mailboxes)} mailboxes; the first run completed, each is stored once`,
    },
    {
      what: 'kill -9 of host and worker',
      value: count(outcome.kills),
      how: `every ${outcome.minutesBetweenKills} minutes by the clock of the app, which went twelve times as fast as real time; a page of Exchange took ${outcome.pageSeconds} s by it`,
    },
    { what: 'requests to Exchange and Graph', value: count(outcome.requests), how: 'those that were lost with a process included' },
    { what: 'of them counted by the run', value: count(outcome.counted), how: 'by activities that came to their end' },
    { what: 'devices without an owner', value: count(outcome.withoutOwner), how: '' },
    STORAGE,
    time(outcome.seconds),
  ];
}

async function disturbDiscovery(order: SoakOrder): Promise<Figure[]> {
  const outcome = await runDiscoveryFaults({
    ...order,
    mailboxes: 80,
    pageSize: 10,
    rounds: 40,
    kinds: ['full', 'delta', 'statistics'],
  });
  const endings = Object.entries(outcome.endings).map(([ending, times]) => `${ending} ${times}`);
  return [
    {
      what: 'faults that struck',
      value: `${outcome.struck.length} of ${outcome.faults}`,
      how: `${count(outcome.strikes)} strikes on ${count(outcome.devices)} devices, a quarter of all faults armed at a time, seed ${order.seed}; the others befall writes, or need a larger list`,
    },
    { what: 'runs under faults', value: count(outcome.runs), how: endings.join(', ') },
    { what: 'devices wrongly gone', value: '0', how: 'after each of them' },
    {
      what: 'runs after the faults',
      value: count(outcome.runs),
      how: 'all completed; what is stored then equals what an undisturbed discovery stores',
    },
    { what: 'right at once', value: count(outcome.rightAtOnce), how: 'rounds after which nothing had to be put right' },
    time(outcome.seconds),
  ];
}

async function runTwoProcesses(order: SoakOrder): Promise<Figure[]> {
  const startedMs = performance.now();
  const pair = await startPair({ ...order, mailboxes: 40 });
  try {
    const schedule = await runSchedule(pair, 240);
    order.onProgress(`${schedule.slots} runs were due in ${schedule.minutes} minutes`);
    const race = await raceSchedules(pair, 120);
    order.onProgress(`${race.runs} runs while the clocks were apart`);
    await runTakeover(pair);
    const writes = await runInterleaved(pair, { annotations: 5_000, observations: 5_000, onProgress: order.onProgress });
    return [
      {
        what: 'runs that were due',
        value: count(schedule.slots),
        how: `in ${schedule.minutes} minutes that both clocks passed together: each was begun once, ${schedule.byOne} by one process, the others by the other`,
      },
      {
        what: 'runs with clocks apart',
        value: count(race.runs),
        how: `of ${count(race.slots)} that were due while the other process had slow runs under way: none was begun twice, no two of a kind overlapped`,
      },
      { what: 'run taken over', value: '1', how: 'its process stood still; on waking it changed nothing' },
      {
        what: 'annotations',
        value: count(writes.annotations),
        how: `by eight writers with If-Match; ${count(writes.refused)} came too late and were begun again; none was lost`,
      },
      {
        what: 'observations of the same devices',
        value: count(writes.observations),
        how: `by ${writes.runs} full runs in turn in both processes; none was lost`,
      },
      time(Math.round((performance.now() - startedMs) / 1000)),
    ];
  } finally {
    await pair.stop();
  }
}

/** By the word for `--part`. */
export const discoveryParts: Readonly<Record<string, SoakPart>> = {
  'discovery-kills': { title: 'Killing the app during discovery', run: killDiscovery },
  'discovery-large': { title: 'A first discovery of 300,000 devices that is killed again and again', run: discoverLarge },
  'discovery-faults': { title: 'Discovery under all faults of the wire', run: disturbDiscovery },
  'two-processes': { title: 'Two app processes on one storage', run: runTwoProcesses },
};
