// Orchestrations for the tests of the task hub, each showing one thing. Files that tests make and name steer what runs and when.
const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
const df = require('durable-functions');

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const after = (context, ms) => context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + ms));

/** Ends the worker process, once for each file name. */
function dieOnce(file) {
  if (existsSync(file)) return;
  writeFileSync(file, 'died here');
  process.kill(process.pid, 'SIGKILL');
}

df.app.activity('echo', { handler: (value) => value });

df.app.activity('now', { handler: () => Date.now() });

// Says in `file`.log that it runs, and goes on until `file` is there.
df.app.activity('hold', {
  handler: async ({ file, result }) => {
    appendFileSync(`${file}.log`, 'run\n');
    while (!existsSync(file)) await pause(10);
    return result;
  },
});

const tries = new Map();

// Fails `failures` times; then tells when its runs were.
df.app.activity('unlucky', {
  handler: ({ key, failures }) => {
    const times = [...(tries.get(key) ?? []), Date.now()];
    tries.set(key, times);
    if (times.length <= failures) throw new Error(`run ${times.length}`);
    return times;
  },
});

df.app.activity('fatal', {
  handler: ({ file }) => {
    dieOnce(file);
    return 'survived';
  },
});

df.app.orchestration('echoes', function* (context) {
  return yield context.df.callActivity('echo', context.df.getInput());
});

df.app.orchestration('patient', function* (context) {
  const { days } = context.df.getInput();
  const started = context.df.currentUtcDateTime.getTime();
  const timer = after(context, days * 24 * 3_600_000);
  const event = context.df.waitForExternalEvent('hurry');
  const winner = yield context.df.Task.any([timer, event]);
  if (winner === event) timer.cancel();
  const seen = yield context.df.callActivity('now', null);
  return { waitedMs: context.df.currentUtcDateTime.getTime() - started, hurried: winner === event, activitySaw: seen - started };
});

df.app.orchestration('retries', function* (context) {
  const { failures, attempts } = context.df.getInput();
  const policy = new df.RetryOptions(1_000, attempts);
  policy.backoffCoefficient = 2;
  try {
    return yield context.df.callActivityWithRetry('unlucky', policy, { key: context.df.instanceId, failures });
  } catch (error) {
    return { caught: error.message.split('\n')[0].trim(), at: context.df.currentUtcDateTime.getTime() };
  }
});

// Each generation leaves a cancelled timer and an event that nobody waits for behind.
df.app.orchestration('generations', function* (context) {
  const { rounds, sum = 0 } = context.df.getInput();
  const timer = after(context, 3_600_000);
  const work = context.df.callActivity('echo', rounds);
  const winner = yield context.df.Task.any([timer, work]);
  if (winner !== work) throw new Error('The timer came first.');
  timer.cancel();
  if (rounds <= 1) return sum + work.result;
  context.df.setCustomStatus({ rounds });
  context.df.continueAsNew({ rounds: rounds - 1, sum: sum + work.result });
  return undefined;
});

df.app.orchestration('equalTimers', function* (context) {
  const { width, ms } = context.df.getInput();
  const due = new Date(context.df.currentUtcDateTime.getTime() + ms);
  yield context.df.Task.all(Array.from({ length: width }, () => context.df.createTimer(due)));
  return context.df.currentUtcDateTime.getTime();
});

df.app.orchestration('collects', function* (context) {
  const { count } = context.df.getInput();
  const seen = [];
  while (seen.length < count) seen.push(yield context.df.waitForExternalEvent('item'));
  return seen;
});

// One event in each generation.
df.app.orchestration('relays', function* (context) {
  const { count, seen = [] } = context.df.getInput();
  seen.push(yield context.df.waitForExternalEvent('item'));
  if (seen.length >= count) return seen;
  context.df.continueAsNew({ count, seen });
  return undefined;
});

df.app.orchestration('holds', function* (context) {
  return yield context.df.callActivity('hold', context.df.getInput());
});

df.app.orchestration('twoTimes', function* (context) {
  const { id, files } = context.df.getInput();
  return yield context.df.Task.all(files.map((file, index) => context.df.callSubOrchestrator('holds', { file, result: index }, id)));
});

df.app.orchestration('oneChild', function* (context) {
  const { name, id, input } = context.df.getInput();
  return yield context.df.callSubOrchestrator(name, input, id);
});

df.app.orchestration('missing', function* (context) {
  return yield context.df.callActivity('nowhere', 1);
});

df.app.orchestration('needsFile', function* (context) {
  return yield context.df.callActivity('find', context.df.getInput());
});

df.app.activity('find', {
  handler: ({ file }) => {
    if (!existsSync(file)) throw new Error('the file is not there');
    return 'found';
  },
});

df.app.orchestration('fatalActivity', function* (context) {
  return yield context.df.callActivity('fatal', context.df.getInput());
});

df.app.orchestration('fatalTurn', function* (context) {
  dieOnce(context.df.getInput().file);
  return yield context.df.callActivity('echo', 'survived');
});

df.app.orchestration('fatalEntity', function* (context) {
  const entity = new df.EntityId('tally', context.df.instanceId);
  yield context.df.callEntity(entity, 'die', context.df.getInput());
  return yield context.df.callEntity(entity, 'get');
});

df.app.entity('tally', (context) => {
  const total = context.df.getState(() => 0);
  switch (context.df.operationName) {
    case 'add':
      context.df.setState(total + context.df.getInput());
      break;
    case 'die':
      dieOnce(context.df.getInput().file);
      context.df.setState(total + 1);
      break;
    default:
      context.df.return(total);
  }
});

df.app.orchestration('adds', function* (context) {
  const { key, amounts } = context.df.getInput();
  const entity = new df.EntityId('tally', key);
  yield context.df.Task.all(amounts.map((amount) => context.df.callEntity(entity, 'add', amount)));
  return yield context.df.callEntity(entity, 'get');
});
