// One launch from the command line: options in, services up, signals to an orderly end, an exit code out.
// Exit codes: 0 stopped as asked, 1 something failed (said on stderr), 2 wrong options, 130 stopped at once.
import { killChildren } from './child.ts';
import { HELP, OptionError, readLaunchOptions, type LaunchOptions } from './launch-options.ts';
import { launchSummary } from './launch-summary.ts';
import type { introduce } from './introduce.ts';
import { launchAll, type LaunchNeeds, type Launched } from './launcher.ts';
import { StartCancelled } from './services.ts';

/** What is launched: the project's folder and the script of its Functions host, and what is shown of it once it is up. */
export interface Project extends Pick<LaunchNeeds, 'root' | 'hostEntry'> {
  readonly introduce?: typeof introduce;
}

/** npm passes a Ctrl-C on that the terminal has sent already: what follows within this time is the same one. */
const SAME_INTERRUPT_MS = 1000;

/** Aborted by the first signal to stop; a second one ends everything at once. */
function interruption(): AbortSignal {
  const asked = new AbortController();
  let firstMs: number | undefined;
  function interrupt(): void {
    if (firstMs === undefined) {
      firstMs = performance.now();
      console.log('\nStopping: running functions finish, then the storage saves. Ctrl-C again stops at once.');
      asked.abort();
    } else if (performance.now() - firstMs > SAME_INTERRUPT_MS) {
      console.error('Stopped at once: what was running is lost, what was stored is kept.');
      killChildren();
      process.exit(130);
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  // start.mjs is gone without having said so.
  process.once('disconnect', interrupt);
  process.channel?.unref();
  return asked.signal;
}

async function untilAborted(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve: done } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => done(undefined), { once: true });
  if (!signal.aborted) await promise;
  return undefined;
}

async function run(options: LaunchOptions, project: Project): Promise<number> {
  const startedMs = performance.now();
  const cancelled = interruption();
  const useColor = process.stdout.isTTY && process.stdout.hasColors();
  const launched = await launchAll(options, {
    ...project,
    print: (text) => console.log(text),
    useColor,
    cancelled,
  });
  const startedInMs = performance.now() - startedMs;
  let failure: string | undefined;
  try {
    const isShown = await show(launched, startedInMs, project, cancelled);
    failure = options.once ? undefined : await Promise.race([untilAborted(cancelled), launched.failed]);
    if (failure !== undefined) console.error(failure);
    return failure === undefined && (isShown || !options.once) ? 0 : 1;
  } finally {
    await launched.stop();
  }
}

/** The first discovery and the addresses; false when the discovery failed. */
async function show(launched: Launched, startedInMs: number, project: Project, cancelled: AbortSignal): Promise<boolean> {
  const { isTTY, columns } = process.stdout;
  const useColor = isTTY && process.stdout.hasColors();
  const needs = {
    isTerminal: isTTY,
    useColor,
    width: columns,
    write: (text: string) => void process.stdout.write(text),
    signal: cancelled,
  };
  let introduction: Awaited<ReturnType<typeof introduce>> | undefined;
  try {
    introduction = await project.introduce?.(launched, needs);
  } catch (error) {
    if (!cancelled.aborted) throw error;
    return true;
  }
  console.log(launchSummary({ ...launched, startedInMs, ...(introduction && { discovery: introduction.text }) }, useColor));
  return introduction?.isSuccess ?? true;
}

/** Launches as the words ask, stays until it is told to stop, and answers the exit code. */
export async function runLaunch(words: readonly string[], project: Project): Promise<number> {
  try {
    const options = readLaunchOptions(words);
    if (!options.help) return await run(options, project);
    console.log(HELP);
    return 0;
  } catch (error) {
    if (error instanceof StartCancelled) return 0;
    const messages = error instanceof AggregateError ? error.errors.map((part: Error) => part.message) : [(error as Error).message];
    for (const message of messages) console.error(message);
    return error instanceof OptionError ? 2 : 1;
  }
}
