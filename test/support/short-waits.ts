// Preloaded into the process that runs the bundle (node --import): its waits between requests, and time limits of a minute and more, take a twentieth
// of their time, so that faults which make it wait for minutes can be tried by the dozen. Everything else keeps real time.
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const SHORTER = 20;
const MINUTE_MS = 60_000;
const realSleep = timers.setTimeout;
const realLimit = AbortSignal.timeout.bind(AbortSignal);

const sleep: typeof realSleep = (delayMs, value, options) => realSleep((delayMs ?? 0) / SHORTER, value, options);

timers.setTimeout = sleep;
syncBuiltinESMExports();
AbortSignal.timeout = (delayMs) => realLimit(delayMs < MINUTE_MS ? delayMs : delayMs / SHORTER);
