// A list of services, started in order and stopped in reverse. It knows nothing of what they do.

export interface Service {
  /** How a person would name it, as in "the storage". */
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunningServices {
  /** Stops all in reverse order; each gets its chance, and what went wrong is thrown together. */
  stop(): Promise<void>;
}

/** Thrown when a start was cut short from outside; everything has been stopped again. */
export class StartCancelled extends Error {
  override readonly name = 'StartCancelled';
}

async function stopAll(started: readonly Service[]): Promise<Error[]> {
  const faults: Error[] = [];
  for (const service of started.toReversed()) {
    try {
      await service.stop();
    } catch (error) {
      faults.push(new Error(`${service.name} did not stop: ${(error as Error).message}`, { cause: error }));
    }
  }
  return faults;
}

async function undo(started: readonly Service[], failure: Error): Promise<never> {
  const faults = await stopAll(started);
  throw faults.length === 0 ? failure : new AggregateError([failure, ...faults], failure.message, { cause: failure });
}

/** Starts all; when one fails (or `cancelled` is set meanwhile) those already started are stopped before the error is thrown. */
export async function startServices(services: readonly Service[], cancelled?: AbortSignal): Promise<RunningServices> {
  const started: Service[] = [];
  for (const service of services) {
    try {
      cancelled?.throwIfAborted();
      await service.start();
      started.push(service);
      cancelled?.throwIfAborted();
    } catch (error) {
      await undo(started, cancelled?.aborted ? new StartCancelled('The start was cancelled.') : (error as Error));
    }
  }
  return {
    async stop() {
      const faults = await stopAll(started);
      if (faults.length > 0) throw new AggregateError(faults, faults.map(({ message }) => message).join(' '));
    },
  };
}
