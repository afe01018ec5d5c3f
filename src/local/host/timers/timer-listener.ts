// One timer function's life: past due or start-up run, then run after run as the schedule says, never two at once.
// Order of steps follows the real host: azure-webjobs-sdk-extensions, Timers/Listener/TimerListener.cs and Scheduling/ScheduleMonitor.cs.
import type { Alarm } from '../clock.ts';
import type { HostContext, Invocation, LoadedFunction } from '../host-context.ts';
import type { LogLevel } from '../protocol.ts';
import { invokeWithRetries } from '../retry-policy.ts';
import { NO_MORE, type Schedule } from './schedule.ts';
import { NEVER, writeStatus, type ScheduleStatus, type TimerMonitor } from './timer-monitor.ts';
import { formatZoned, type Zone } from './zoned-time.ts';

export interface Timer {
  readonly fn: LoadedFunction;
  readonly schedule: Schedule;
  readonly zone: Zone;
  readonly runsOnStartup: boolean;
  /** Absent: the timer keeps no status and misses nothing. */
  readonly monitor?: TimerMonitor;
}

export interface TimerListener {
  start(): Promise<void>;
  /** Sets no further alarm and waits for the run under way. */
  stop(): Promise<void>;
}

type RunKind = 'scheduled' | 'past due' | 'on startup';

/** What one run is given; `status` is shown only by timers that keep one. */
export function timerInvocation(timer: Timer, status: ScheduleStatus | undefined, isPastDue: boolean, reason: string): Invocation {
  const payload = {
    Schedule: { AdjustForDST: timer.schedule.adjustsForDst },
    ScheduleStatus: timer.monitor && status ? writeStatus(status, timer.zone) : null,
    IsPastDue: isPastDue,
  };
  return { data: { json: JSON.stringify(payload) }, reason };
}

/** The stored status brought in line with the schedule as it is now; a changed schedule starts anew and is not past due. */
function adaptStatus(stored: ScheduleStatus, schedule: Schedule, nowMs: number): ScheduleStatus {
  const known = [stored.lastMs, stored.lastUpdatedMs].find((ms) => ms !== NEVER) ?? nowMs;
  const expectedMs = schedule.nextAfter(known);
  if (stored.nextMs === expectedMs) return stored;
  return nowMs > expectedMs
    ? { lastMs: NEVER, nextMs: schedule.nextAfter(nowMs), lastUpdatedMs: nowMs }
    : { lastMs: NEVER, nextMs: expectedMs, lastUpdatedMs: known };
}

const WHY_NOW: Partial<Record<RunKind, string>> = {
  'past due': 'is past due on startup',
  'on startup': 'is configured to run on startup',
};

/** The stored status for a timer that starts now (`toStore` when the file has to change), and whether an occurrence was missed. */
async function openStatus(timer: Timer, nowMs: number): Promise<{ status: ScheduleStatus; toStore?: ScheduleStatus; isPastDue: boolean }> {
  const stored = await timer.monitor?.read(timer.fn.name);
  if (!stored) {
    const status = { lastMs: NEVER, nextMs: timer.schedule.nextAfter(nowMs), lastUpdatedMs: NEVER };
    return { status, toStore: { ...status, lastUpdatedMs: nowMs }, isPastDue: false };
  }
  const status = adaptStatus(stored, timer.schedule, nowMs);
  return { status, ...(status === stored ? {} : { toStore: status }), isPastDue: nowMs > status.nextMs };
}

/** Runs `timer` on the host's clock until it is stopped. */
export function createTimerListener(context: Pick<HostContext, 'clock' | 'log' | 'invoker'>, timer: Timer): TimerListener {
  const { fn, schedule, monitor } = timer;
  const { clock } = context;
  const stopping = new AbortController();
  const log = (level: LogLevel, text: string): void => context.log.write(level, `Function.${fn.name}`, text);
  let status: ScheduleStatus = { lastMs: NEVER, nextMs: NEVER, lastUpdatedMs: NEVER };
  let alarm: Alarm | undefined;
  let running: Promise<void> = Promise.resolve();

  function arm(dueMs: number, kind: RunKind): void {
    if (stopping.signal.aborted || dueMs === NO_MORE) return;
    alarm = clock.at(dueMs, () => {
      running = run(kind);
    });
  }

  /** Whatever goes wrong in a run or in storing its status, the schedule goes on. */
  async function goOn(what: string, act: () => Promise<unknown> | undefined): Promise<void> {
    try {
      await act();
    } catch (error) {
      log('error', `${what}: ${(error as Error).message}`);
    }
  }

  async function run(kind: RunKind): Promise<void> {
    const startedMs = clock.now();
    if (WHY_NOW[kind]) log('information', `Function '${fn.name}' ${WHY_NOW[kind]}. Executing now.`);
    const invocation = timerInvocation(timer, status, kind === 'past due', `Timer fired at ${formatZoned(timer.zone, startedMs)}`);
    await goOn(`The run of '${fn.name}' failed`, () => invokeWithRetries(context, fn, invocation, stopping.signal));
    // A run that started early counts from its due time: the same time must not come twice.
    const countedMs = kind === 'scheduled' ? Math.max(startedMs, status.nextMs) : startedMs;
    status = { lastMs: countedMs, nextMs: schedule.nextAfter(countedMs), lastUpdatedMs: countedMs };
    await goOn(`The schedule status of '${fn.name}' was not saved, so the next start may repeat a run`, () =>
      monitor?.write(fn.name, status),
    );
    arm(status.nextMs, 'scheduled');
  }

  return {
    async start() {
      const nowMs = clock.now();
      const opened = await openStatus(timer, nowMs);
      ({ status } = opened);
      if (opened.toStore) await monitor?.write(fn.name, opened.toStore);
      log('debug', `The next occurrence of the '${fn.name}' schedule (${schedule.text}) is ${formatZoned(timer.zone, status.nextMs)}.`);
      if (opened.isPastDue) arm(nowMs, 'past due');
      else if (timer.runsOnStartup) arm(nowMs, 'on startup');
      else arm(status.nextMs, 'scheduled');
    },
    async stop() {
      stopping.abort();
      alarm?.cancel();
      await running;
    },
  };
}
