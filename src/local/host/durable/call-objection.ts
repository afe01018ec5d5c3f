// Calls that an orchestration may ask for and the extension refuses: it then schedules nothing and says nothing, so the host must.
// Truth: DurableOrchestrationContext.cs, CallDurableTaskFunctionAsync (it throws, and the out-of-process shim swallows that).

export interface KnownNames {
  isActivity(name: string): boolean;
  isOrchestrator(name: string): boolean;
  /** Ids no child may have: those of the instance itself and of its parent, in lower case. */
  readonly ownIds: readonly string[];
}

/** Whether an instance can have this id: SQLite ends a text at a NUL, and half a surrogate pair is no text. */
export const isStorable = (id: string): boolean => !id.includes('\0') && id.isWellFormed();

/** Why a call is refused; undefined when it is not. `childId` is empty for an activity and for a child without a given id. */
export function callObjection(name: string, isActivity: boolean, childId: string, known: KnownNames): string | undefined {
  if (isActivity ? !known.isActivity(name) : !known.isOrchestrator(name)) {
    return `There is no ${isActivity ? 'activity' : 'orchestrator'} function '${name}'.`;
  }
  if (!isStorable(childId)) return `The sub-orchestration id ${JSON.stringify(childId)} holds a character that cannot be stored.`;
  if (childId.startsWith('@')) return `The sub-orchestration id '${childId}' begins with @.`;
  if (!known.ownIds.includes(childId.toLowerCase())) return undefined;
  return `The sub-orchestration id '${childId}' is that of the orchestration itself or of its parent.`;
}
