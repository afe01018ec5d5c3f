// Calls that an orchestration may ask for and the extension refuses: it then schedules nothing and says nothing, so the host must.
// Truth: DurableOrchestrationContext.cs, CallDurableTaskFunctionAsync (it throws, and the out-of-process shim swallows that).

export interface KnownNames {
  isActivity(name: string): boolean;
  isOrchestrator(name: string): boolean;
  /** Ids no child may have: those of the instance itself and of its parent, in lower case. */
  readonly ownIds: readonly string[];
}

/** Why a call is refused; undefined when it is not. `childId` is empty for an activity and for a child without a given id. */
export function callObjection(name: string, isActivity: boolean, childId: string, known: KnownNames): string | undefined {
  if (isActivity ? !known.isActivity(name) : !known.isOrchestrator(name)) {
    return `There is no ${isActivity ? 'activity' : 'orchestrator'} function '${name}'.`;
  }
  if (childId.startsWith('@')) return `The sub-orchestration id '${childId}' begins with @.`;
  if (!known.ownIds.includes(childId.toLowerCase())) return undefined;
  return `The sub-orchestration id '${childId}' is that of the orchestration itself or of its parent.`;
}
