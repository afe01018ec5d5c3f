// Events and control messages to orchestrations over HTTP.
import { jsonAnswer, type PlainAnswer } from '../http/plain-http.ts';
import { historyEvent, isTerminal, type HistoryEvent, type RuntimeStatus } from './history-event.ts';
import { brokenJson, exceptionAnswer, messageAnswer } from './management-errors.ts';
import { NOT_FOUND, type Handler, type ManagementNeeds } from './management-needs.ts';
import { rewindInstance } from './rewind.ts';

const ACCEPTED: PlainAnswer = { status: 202 };
const GONE: PlainAnswer = { status: 410 };

const rewindWith =
  ({ hub, clock }: ManagementNeeds): Handler =>
  (request, id = '') => {
    const instance = hub.store.instance(id);
    if (!instance) return jsonAnswer(404, `No orchestration with instance ID "$${id}" found.`);
    if (instance.status !== 'Failed') {
      return jsonAnswer(
        412,
        `This orchestration has status ${instance.status}, but only orchestrations in the "Failed" state can be rewound.`,
      );
    }
    for (const rewound of rewindInstance(hub.store, id, request.query.get('reason'), clock.now())) hub.wake(rewound);
    return ACCEPTED;
  };

/** Events and control messages to an instance. */
export function createController(needs: ManagementNeeds): Record<'raise' | 'rewind' | 'terminate' | 'suspend' | 'resume', Handler> {
  const { hub, clock } = needs;
  const send = (id: string, event: HistoryEvent): PlainAnswer => {
    hub.post([{ instanceId: id, dueMs: clock.now(), message: { kind: 'event', executionId: null, event } }]);
    return ACCEPTED;
  };
  const at = (): string => new Date(clock.now()).toISOString();

  const raise: Handler = (request, id = '', name = '') => {
    if (!request.headers['content-type']?.toLowerCase().startsWith('application/json')) {
      return messageAnswer(400, 'Only application/json request content is supported');
    }
    const text = request.body.toString('utf8');
    const broken = brokenJson(text);
    if (broken) return broken;
    const instance = hub.store.instance(id);
    if (!instance) return NOT_FOUND;
    return isTerminal(instance.status) ? GONE : send(id, historyEvent.eventRaised(at(), name, text));
  };

  const control =
    (make: (at: string, reason: string | null) => HistoryEvent, refuses?: (status: RuntimeStatus) => string | undefined): Handler =>
    (request, id = '') => {
      const instance = hub.store.instance(id);
      if (!instance) return NOT_FOUND;
      if (isTerminal(instance.status)) return GONE;
      const verb = refuses?.(instance.status);
      if (verb !== undefined) {
        const message = `Cannot ${verb} the orchestration instance ${id} because instance is in the ${instance.status} state.`;
        return exceptionAnswer(500, 'Something went wrong while processing your request', {
          type: 'System.InvalidOperationException',
          message,
        });
      }
      return send(id, make(at(), request.query.get('reason')));
    };

  return {
    raise,
    rewind: rewindWith(needs),
    terminate: control((time, reason) => historyEvent.executionTerminated(time, reason)),
    suspend: control(
      (time, reason) => historyEvent.executionSuspended(time, reason),
      (status) => (status === 'Suspended' ? 'suspend' : undefined),
    ),
    resume: control(
      (time, reason) => historyEvent.executionResumed(time, reason),
      (status) => (status === 'Suspended' ? undefined : 'resume'),
    ),
  };
}
