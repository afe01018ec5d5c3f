// Starts and restarts of orchestrations over HTTP.
import { randomBytes, randomUUID } from 'node:crypto';
import { jsonAnswer, type PlainAnswer } from '../http/plain-http.ts';
import type { Instance } from './durable-store.ts';
import { managementUrls } from './durable-urls.ts';
import { isTerminal, type RuntimeStatus } from './history-event.ts';
import { statusPayload } from './instance-status.ts';
import { brokenJson, exceptionAnswer, messageAnswer } from './management-errors.ts';
import type { Handler, ManagementNeeds } from './management-needs.ts';

/** Stores a new instance unless a live one refuses it; gives that one's status. */
function begin(
  { hub, clock }: ManagementNeeds,
  id: string,
  name: string,
  input: string | null,
  mayReplace: boolean,
): RuntimeStatus | undefined {
  const nowMs = clock.now();
  const instance: Instance = {
    id,
    executionId: randomUUID(),
    name,
    input,
    output: null,
    customStatus: null,
    status: 'Pending',
    createdMs: nowMs,
    updatedMs: nowMs,
    generation: 0,
    parent: null,
  };
  const blocking = hub.store.start(instance, nowMs, mayReplace);
  if (blocking === undefined) hub.wake(id);
  return blocking;
}

/** Starting, and the answers that a start gives. */
export function createStarter(needs: ManagementNeeds): { start: Handler; restart: Handler } {
  const { hub, clock, urls, mayReplaceLive } = needs;

  function started(id: string): PlainAnswer {
    const body = managementUrls(urls, id);
    return jsonAnswer(202, body, { location: body['statusQueryGetUri'] ?? '', 'retry-after': '10' });
  }

  async function waitForEnd(id: string, timeoutMs: number, intervalMs: number): Promise<PlainAnswer> {
    const endMs = clock.now() + timeoutMs;
    for (;;) {
      const instance = hub.store.instance(id);
      if (instance && isTerminal(instance.status)) {
        const payload = statusPayload(instance, { showInput: true, showHistory: false, showHistoryOutput: false }, () => []);
        return jsonAnswer(200, instance.status === 'Completed' ? payload['output'] : payload);
      }
      if (clock.now() >= endMs) return started(id);
      await new Promise<void>((resolve) => clock.at(Math.min(endMs, clock.now() + intervalMs), resolve));
    }
  }

  const start: Handler = async (request, name = '', givenId) => {
    const id = givenId ?? randomBytes(16).toString('hex');
    const text = request.body.toString('utf8');
    const broken = text === '' ? undefined : brokenJson(text);
    if (broken) return broken;
    const blocking = begin(needs, id, name, text === '' ? null : text, mayReplaceLive);
    if (blocking) return messageAnswer(409, `An Orchestration instance with the status ${blocking} already exists.`);
    const timeoutSeconds = Number(request.query.get('timeout') ?? Number.NaN);
    if (!Number.isFinite(timeoutSeconds)) return started(id);
    const intervalSeconds = Number(request.query.get('pollingInterval') ?? 1);
    return waitForEnd(id, timeoutSeconds * 1000, Math.max(0.1, intervalSeconds) * 1000);
  };

  const restart: Handler = (request, id = '') => {
    const instance = hub.store.instance(id);
    if (!instance) {
      const message = `No instance with ID '${id}' was found. (Parameter 'instanceId')`;
      return exceptionAnswer(400, 'InstanceId does not match a valid orchestration instance.', {
        type: 'System.ArgumentException',
        message,
      });
    }
    const isSameId = request.query.get('restartWithNewInstanceId')?.toLowerCase() === 'false';
    const newId = isSameId ? id : randomBytes(16).toString('hex');
    const blocking = begin(needs, newId, instance.name, instance.input, false);
    if (!blocking) return started(newId);
    return exceptionAnswer(409, 'A non-terminal instance with this instance ID already exists.', {
      type: 'DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException',
      message: `An Orchestration instance with the status ${blocking} already exists.`,
    });
  };

  return { start, restart };
}
