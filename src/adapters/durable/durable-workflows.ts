// The Workflows port on the client of Durable Functions, which tells of refusals in sentences only: those are read here, once.
// Sentences and numbers as host 4.1037 with extension 3.14 answers them through durable-functions 3.5.
import type { DurableClient } from 'durable-functions';
import { AppError } from '../../domain/errors.ts';
import type { Workflows, WorkflowState } from '../../domain/workflows-port.ts';

/** A start over an instance that goes on: 409, or 500 before extension 3. The text is the same. */
const GOES_ON = /An Orchestration instance with the status \w+ already exists/;
/** What the client says of an instance that is unknown. */
const UNKNOWN = /No instance with ID|HTTP 404/;

const ENDED = new Set(['Completed', 'Failed', 'Terminated', 'Canceled']);

/** Orchestrations in the task hub of `client`, which is asked for when it is first needed. */
export function createDurableWorkflows(client: () => DurableClient): Workflows {
  async function call<T>(
    request: string,
    work: (hub: DurableClient) => Promise<T>,
    expected?: { readonly text: RegExp; readonly answer: T },
  ): Promise<T> {
    const hub = clientOf(client);
    try {
      return await work(hub);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (expected?.text.test(text)) return expected.answer;
      throw new AppError('workflow.unavailable', { request, answer: text.slice(0, 300) }, { cause: error });
    }
  }

  return {
    async start(name, instanceId, input) {
      await call(`starting ${name}`, (hub) => hub.startNew(name, { instanceId, input }), { text: GOES_ON, answer: instanceId });
    },

    async state(instanceId) {
      const work = async (hub: DurableClient): Promise<WorkflowState> => {
        const { runtimeStatus } = await hub.getStatus(instanceId, { showInput: false });
        return ENDED.has(runtimeStatus) ? 'ended' : 'running';
      };
      return call('reading the state of an instance', work, { text: UNKNOWN, answer: 'gone' });
    },

    // Without data the client would send an empty body, which is refused.
    nudge: (instanceId, event) => call('an event', (hub) => hub.raiseEvent(instanceId, event, {}), { text: UNKNOWN, answer: undefined }),

    // The client puts the reason into an address as it is.
    terminate: (instanceId, reason) =>
      call('ending an instance', (hub) => hub.terminate(instanceId, encodeURIComponent(reason)), { text: UNKNOWN, answer: undefined }),

    async purge(instanceId) {
      await call('removing an instance', (hub) => hub.purgeInstanceHistory(instanceId));
    },
  };
}

/** A function that was registered without a client has none: a fault of ours, which the log has to name. */
function clientOf(client: () => DurableClient): DurableClient {
  try {
    return client();
  } catch (error) {
    throw new AppError('internal', { problem: 'the function is registered without a client of the task hub' }, { cause: error });
  }
}
