// Tells when an orchestrator's code no longer fits its history, in the real host's words.
// Truth: DurableTask.Core TaskOrchestrationContext; the texts for a changed name and a missing child are recorded in test/conformance.
import { EventType, type HistoryEvent } from './history-event.ts';
import type { Work } from './work.ts';

const CHANGED = 'Was a change made to the orchestrator code after this instance had already started running?';
const MISSING = `but the current replay execution hasn't (yet?) scheduled this task. ${CHANGED}`;

/** Why a scheduling event does not fit the work the code asks for at that id; undefined when it fits. */
export function describeMismatch(event: HistoryEvent, work: Work | undefined): string | undefined {
  const id = event.EventId;
  const sameName = (name: string): boolean => name.toLowerCase() === (event.Name ?? '').toLowerCase();
  switch (event.EventType) {
    case EventType.TaskScheduled:
      if (work?.kind !== 'activity') return `an activity task with sequence ID ${id} and name '${event.Name}' (version ''), ${MISSING}`;
      if (sameName(work.name)) return undefined;
      return `an activity task with sequence number ${id} named '${event.Name}', but the current orchestration replay instead scheduled an activity task named '${work.name}' with this sequence number.  ${CHANGED}`;
    case EventType.SubOrchestrationInstanceCreated:
      if (work?.kind === 'child' && sameName(work.name)) return undefined;
      return `a sub-orchestration task with sequence ID ${id} and name '${event.Name}' (version '', instance ID '${event.InstanceId}'), ${MISSING}`;
    case EventType.TimerCreated:
      return work?.kind === 'timer' ? undefined : `a timer task with sequence number ${id} ${MISSING}`;
    default:
      if (work?.kind === 'send') return undefined;
      return `a send event task with sequence ID ${id}, type 'EventSent' name '${event.Name}', instance ID '${event.InstanceId}', ${MISSING}`;
  }
}
