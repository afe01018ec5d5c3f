// Where a read of the directory stands between two stretches: as text, because it passes through an orchestration.

export interface DirectoryPosition {
  /** The directory's own; left out when everything is told from the beginning. */
  readonly cursor?: string;
  /** Counts the stretches of this read, from 1. */
  readonly stretch: number;
  /** The stretch since which the whole directory is told; left out while changes are. */
  readonly wholeSince?: number;
}

/** The position as text. */
export function formatPosition({ stretch, wholeSince = 0, cursor = '' }: DirectoryPosition): string {
  return `${stretch} ${wholeSince} ${cursor}`;
}

/** The position that the text tells; undefined without a text. */
export function parsePosition(text: string | undefined): DirectoryPosition | undefined {
  const [, stretch, wholeSince, cursor = ''] = /^(\d+) (\d+) (.*)$/s.exec(text ?? '') ?? [];
  if (stretch === undefined) return undefined;
  const since = Number(wholeSince);
  return { stretch: Number(stretch), ...(since > 0 && { wholeSince: since }), ...(cursor !== '' && { cursor }) };
}
