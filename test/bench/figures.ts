// One figure of the bench, and the page they are written to.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

export interface Figure {
  what: string;
  value: string;
  how: string;
}

/** High-water mark of a process's resident memory in MiB (Linux). */
export function peakMemoryMib(pid: number): number {
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(match?.[1] ?? 0) / 1024);
}

/** The value in the middle; of an even number the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

export function printTable(title: string, figures: readonly Figure[]): void {
  const width = Math.max(...figures.map((figure) => figure.what.length));
  console.log(`\n${title}`);
  for (const { what, value, how } of figures) console.log(`  ${what.padEnd(width)}  ${value.padStart(12)}  ${how}`);
}

/** Replaces the section `title` of a Markdown page by a table of the figures; other sections stay. */
export function writeSection(path: string, title: string, command: string, figures: readonly Figure[]): void {
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
  const rows = figures.map(({ what, value, how }) => `| ${what} | ${value} | ${how} |`);
  const section = [`## ${title}`, '', `\`${command}\` on ${machine}.`, '', '| what | figure | how |', '|---|---:|---|', ...rows, ''].join(
    '\n',
  );
  const page = readFileSync(path, 'utf8');
  const start = page.indexOf(`## ${title}\n`);
  if (start < 0) {
    writeFileSync(path, `${page.trimEnd()}\n\n${section}`);
    return;
  }
  const next = page.indexOf('\n## ', start + 1);
  writeFileSync(path, `${page.slice(0, start)}${section}${next < 0 ? '' : page.slice(next)}`);
}
