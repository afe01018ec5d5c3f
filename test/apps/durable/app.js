// Orchestrations for the crash tests and the bench of the local host. Each activity run leaves one line in the file JOURNAL names,
// with a token that is also its result: so a test can tell which run's result was stored, and whether another run came after it.
const { appendFileSync } = require('node:fs');
const { randomUUID } = require('node:crypto');
const { app } = require('@azure/functions');
const df = require('durable-functions');

const runs = new Map();

function journal(key) {
  const token = randomUUID();
  if (process.env.JOURNAL) appendFileSync(process.env.JOURNAL, `${key} ${token}\n`);
  return token;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

app.http('ping', { route: 'ping', handler: () => ({ body: 'pong' }) });

df.app.activity('step', {
  handler: async ({ key, ms = 0 }) => {
    if (ms > 0) await pause(ms);
    return { key, token: journal(key) };
  },
});

// Fails at the first run in each process, so that retries happen whenever the process was killed.
df.app.activity('flaky', {
  handler: ({ key }) => {
    const count = (runs.get(key) ?? 0) + 1;
    runs.set(key, count);
    if (count === 1) throw new Error(`first run of ${key}`);
    return { key, token: journal(key) };
  },
});

df.app.activity('echo', { handler: (value) => value });

const after = (context, ms) => context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + ms));

df.app.orchestration('chain', function* (context) {
  const { length } = context.df.getInput();
  const results = [];
  for (let index = 0; index < length; index += 1) {
    results.push(yield context.df.callActivity('step', { key: `${context.df.instanceId}/${index}` }));
  }
  return results;
});

// A fan-out, retries, a timer and sub-orchestrations in each of two generations.
df.app.orchestration('mixed', function* (context) {
  const { name, width, generation = 0, results = [] } = context.df.getInput();
  const prefix = `${name}/${generation}`;
  // One attempt may be lost with each process, so there are enough for a process that is killed often.
  const retry = new df.RetryOptions(50, 100);
  const tasks = [];
  for (let index = 0; index < width; index += 1)
    tasks.push(context.df.callActivity('step', { key: `${prefix}/step-${index}`, ms: index % 7 }));
  for (let index = 0; index < 3; index += 1)
    tasks.push(context.df.callActivityWithRetry('flaky', retry, { key: `${prefix}/flaky-${index}` }));
  for (let index = 0; index < 3; index += 1)
    tasks.push(context.df.callSubOrchestrator('chain', { length: 3 }, `${name}-child-${generation}-${index}`));
  const found = (yield context.df.Task.all(tasks)).flat();
  yield after(context, 150);
  const all = [...results, ...found];
  if (generation < 1) {
    context.df.continueAsNew({ name, width, generation: generation + 1, results: all });
    return undefined;
  }
  return all;
});

// Many events in one history.
df.app.orchestration('long', function* (context) {
  const { count } = context.df.getInput();
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += yield context.df.callActivity('echo', index);
  return sum;
});

df.app.orchestration('fanOut', function* (context) {
  const { width } = context.df.getInput();
  const tasks = Array.from({ length: width }, (_, index) => context.df.callActivity('echo', index));
  const results = yield context.df.Task.all(tasks);
  return results.reduce((sum, value) => sum + value, 0);
});

// Waits for days, to be driven by a held clock.
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

df.app.activity('now', { handler: () => Date.now() });
