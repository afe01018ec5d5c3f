// What one orchestrator turn asks the hub to do.

/** Work that a turn asks for; `id` is the task id its events will carry. */
export type Work =
  | { kind: 'activity'; id: number; name: string; input: unknown }
  | { kind: 'child'; id: number; name: string; instanceId: string | undefined; input: unknown }
  | { kind: 'timer'; id: number; fireAt: string }
  | { kind: 'send'; id: number; instanceId: string; operation: string; input: unknown; isCall: boolean; fireAt: string | undefined };
