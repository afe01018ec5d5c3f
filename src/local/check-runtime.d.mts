// Types of check-runtime.mjs, which is plain JavaScript for the sake of old Nodes.

export interface RuntimeQuestion {
  root: string;
  platform?: string;
  arch?: string;
  version?: string;
  execPath?: string;
}

export function findRuntime(at: RuntimeQuestion): { path: string } | { message: string };
export const projectRoot: string;
export function isMain(moduleUrl: string): boolean;
