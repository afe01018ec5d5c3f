// Types of start.mjs, which is plain JavaScript for the sake of old Nodes.

export function missingPackages(root: string): string | undefined;
