// What the process that runs the bundle spent its time on: functions of a CPU profile, by their own time and with what they called,
// named by where they stand in the sources.
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figures.ts';

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds from each sample to the one before. */
  readonly timeDeltas: readonly number[];
  /** Microseconds of the machine's monotonic clock. */
  readonly startTime: number;
}

/** Part of the time of a profile, in milliseconds of the machine's monotonic clock: `process.hrtime` has the same. */
export interface ProfiledPart {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is shown of a part. */
interface Shown {
  readonly title: string;
  readonly figures: Figure[];
}

const IDLE = new Set(['(idle)', '(program)', '(root)']);

/** Now, on the clock of profiles. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

function sourceMapOf(url: string): SourceMap | undefined {
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  return existsSync(`${file}.map`) ? new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))) : undefined;
}

/** Names a function by its place in the sources. */
function createNamer(): (frame: CallFrame) => string {
  const maps = new Map<string, SourceMap | undefined>();
  return ({ functionName, url, lineNumber, columnNumber }) => {
    const name = functionName === '' ? '(anonymous)' : functionName;
    if (url === '') return name;
    if (!maps.has(url)) maps.set(url, sourceMapOf(url));
    // What esbuild itself added to the bundle has no source.
    const entry: { originalSource?: string; originalLine?: number } = maps.get(url)?.findEntry(lineNumber, columnNumber) ?? {};
    if (entry.originalSource === undefined) return `${name} ${url.split('/').at(-1) ?? ''}:${lineNumber + 1}`;
    const source = entry.originalSource.replace(/^(?:file:\/\/|\.\.\/)*/, '').replace(/^.*\/(?=node_modules\/|src\/|functions\/)/, '');
    return `${name} ${source}:${(entry.originalLine ?? 0) + 1}`;
  };
}

function figuresOf(timesUs: ReadonlyMap<string, number>, busyUs: number, count: number): Figure[] {
  const longest = [...timesUs].sort(([, a], [, b]) => b - a).slice(0, count);
  return longest.map(([what, us]) => ({ what, value: `${((us / busyUs) * 100).toFixed(1)} %`, how: `${(us / 1e6).toFixed(2)} s` }));
}

/** The functions of one part that took the most time: by themselves, and with all that they called. */
export function hottestFunctions(file: string, part: ProfiledPart, count: number): Shown[] {
  const { nodes, samples, timeDeltas, startTime } = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const nameOf = createNamer();
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const ownUs = new Map<string, number>();
  const allUs = new Map<string, number>();
  const add = (times: Map<string, number>, name: string, us: number): void => void times.set(name, (times.get(name) ?? 0) + us);
  let atUs = startTime;
  let busyUs = 0;
  let totalUs = 0;
  for (const [index, id] of samples.entries()) {
    const deltaUs = timeDeltas[index] ?? 0;
    atUs += deltaUs;
    if (atUs < part.fromMs * 1000 || atUs > part.toMs * 1000) continue;
    totalUs += deltaUs;
    const name = names.get(id) ?? '';
    if (IDLE.has(name)) continue;
    busyUs += deltaUs;
    add(ownUs, name, deltaUs);
    const stack = new Set<string>();
    for (let node: number | undefined = id; node !== undefined; node = parents.get(node)) stack.add(names.get(node) ?? '');
    for (const each of stack) if (!IDLE.has(each)) add(allUs, each, deltaUs);
  }
  const busy = `busy ${(busyUs / 1e6).toFixed(1)} s of ${(totalUs / 1e6).toFixed(1)} s`;
  return [
    { title: `${part.name}: ${busy}; by own time`, figures: figuresOf(ownUs, busyUs, count) },
    { title: `${part.name}: ${busy}; with all that was called`, figures: figuresOf(allUs, busyUs, count * 2) },
  ];
}
