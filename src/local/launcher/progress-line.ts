// A line that shows how far something has come: redrawn in place on a terminal, printed now and then elsewhere.

export interface Progress {
  readonly label: string;
  /** From 0 to 1; undefined while nobody knows. */
  readonly share?: number;
  /** What was counted, ready to read. */
  readonly facts: string;
}

export interface ProgressLine {
  show(progress: Progress): void;
  /** Leaves the last state behind and goes to the next line. */
  end(): void;
}

export interface ProgressLineOptions {
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly width?: number;
  /** Milliseconds since some moment. */
  readonly now: () => number;
}

const BAR = 24;
const EVERY_MS = 5_000;
const CLEAR = '\u001B[2K\r';

/** `Discovery   [########----------------]  34 %  12,000 read` in at most `width` characters. */
export function progressText({ label, share, facts }: Progress, width = 100): string {
  const filled = share === undefined ? 0 : Math.round(Math.min(1, Math.max(0, share)) * BAR);
  const percent = share === undefined ? '     ' : `${String(Math.floor(Math.min(1, Math.max(0, share)) * 100)).padStart(3)} %`;
  return `  ${label.padEnd(12)} [${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${percent}  ${facts}`.slice(0, width);
}

/** A progress line on that output. */
export function createProgressLine({ isTerminal, write, width = 100, now }: ProgressLineOptions): ProgressLine {
  let shown = '';
  let printedAtMs: number | undefined;
  return {
    show(progress) {
      const text = progressText(progress, isTerminal ? width - 1 : 200);
      if (text === shown) return;
      shown = text;
      if (isTerminal) write(`${CLEAR}${text}`);
      else if (printedAtMs === undefined || now() - printedAtMs >= EVERY_MS) {
        printedAtMs = now();
        write(`${text}\n`);
      }
    },
    end() {
      if (shown === '') return;
      write(isTerminal ? '\n' : `${shown}\n`);
      shown = '';
      printedAtMs = undefined;
    },
  };
}
