// Takes the failures out of a failed instance's history so that it runs on from there. Truth: conformance case rewind-failed-activity;
// failed children are rewound with their parent, as the extension does. As on the real host this does not reach past durable timers,
// so not past a retry either: such a replay ends as non-deterministic.
// https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-instance-management#rewind-instances
import type { DurableStore, Instance, Post, Rewind } from './durable-store.ts';
import { EventType, historyEvent, type HistoryEvent } from './history-event.ts';

/** The event as a GenericEvent that means nothing to a replay but keeps its place and id. */
const blank = (event: HistoryEvent): HistoryEvent => ({
  ...historyEvent.genericEvent(event.Timestamp, null, event.EventId),
  IsPlayed: true,
});

/**
 * The history without its failed tasks and its end, so that the tasks are scheduled anew. `goesOn` tells of a failed child whether it
 * will answer again by itself: the event that created it stays then.
 */
export function withoutFailures(history: readonly HistoryEvent[], goesOn: (childId: string, taskId: number) => boolean): HistoryEvent[] {
  const failedTasks = new Set<number>();
  for (const event of history) {
    const isFailure = event.EventType === EventType.TaskFailed || event.EventType === EventType.SubOrchestrationInstanceFailed;
    if (isFailure) failedTasks.add(event.TaskScheduledId ?? -1);
  }
  return history.map((event) => {
    switch (event.EventType) {
      case EventType.TaskFailed:
      case EventType.SubOrchestrationInstanceFailed:
      case EventType.ExecutionCompleted:
        return blank(event);
      case EventType.TaskScheduled:
        return failedTasks.has(event.EventId) ? blank(event) : event;
      case EventType.SubOrchestrationInstanceCreated:
        return failedTasks.has(event.EventId) && !goesOn(event.InstanceId ?? '', event.EventId) ? blank(event) : event;
      default:
        return event;
    }
  });
}

/** Whether `child` was started by this very task of `parent`, and not by an earlier try or by somebody else under the same id. */
function isChildOf(child: Instance, parent: Instance, taskId: number): boolean {
  const reference = child.parent?.OrchestrationInstance;
  return reference?.InstanceId === parent.id && reference.ExecutionId === parent.executionId && child.parent?.TaskScheduleId === taskId;
}

/** Rewinds a failed instance and its failed children, all together; gives the ids to wake. */
export function rewindInstance(store: DurableStore, id: string, reason: string | null, nowMs: number): string[] {
  const changes = new Map<string, Rewind>();

  function plan(instance: Instance): void {
    if (changes.has(instance.id)) return;
    // Taken note of before its children are looked at: ids could go in a circle.
    changes.set(instance.id, { instance, history: [], posts: [] });
    const at = new Date(nowMs).toISOString();
    const { id: instanceId, executionId } = instance;
    const toSelf = (event: HistoryEvent): Post => ({ instanceId, dueMs: nowMs, message: { kind: 'event', executionId, event } });
    const posts = [toSelf(historyEvent.genericEvent(at, reason))];
    const history = withoutFailures(store.history(instanceId), (childId, taskId) => {
      const child = store.instance(childId);
      if (!child || !isChildOf(child, instance, taskId)) return false;
      if (child.status === 'Failed') plan(child);
      // One that was rewound on its own reports when it ends, or has ended well meanwhile.
      if (child.status === 'Completed') posts.push(toSelf(historyEvent.childCompleted(at, taskId, child.output)));
      return child.status !== 'Terminated';
    });
    changes.set(instanceId, { instance: { ...instance, status: 'Running', output: null, updatedMs: nowMs }, history, posts });
  }

  const root = store.instance(id);
  if (root?.status !== 'Failed') return [];
  plan(root);
  store.rewind([...changes.values()]);
  return [...changes.keys()];
}
