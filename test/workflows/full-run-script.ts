// A full run on scripted activities, for the tests of the discovery workflow; a test replaces the step it is about.
import { discoveryWorkflow } from '../../src/workflows/discovery-workflow.ts';
import { counted, done, runWorkflow } from './run-workflow.ts';
import type { Played, Script, Scripted } from './run-workflow.ts';

export const claim = (more: object = {}): Scripted =>
  done({ kind: 'full', isAccepted: false, readingParallel: 6, statisticsParallel: 3, statisticsMinutes: 12, ...more });

export const over =
  (reason: string): Scripted =>
  () => ({ answer: { outcome: 'over', reason } });
export const refused =
  (code: string, message = 'no'): Scripted =>
  () => ({ answer: { outcome: 'refused', code, message, counts: counted() } });

/** What a slice tells later runs, by its name. */
export const newestOf = (name: string): string => new Date(Date.UTC(2026, 0, 1 + name.length)).toISOString();

export const sliceRead: Scripted = ({ input }) => ({
  answer: {
    outcome: 'done',
    seen: 10,
    isComplete: true,
    isComparable: true,
    firstSyncSample: [newestOf('a'), newestOf((input['slice'] as { name: string }).name)],
    newestFirstSync: newestOf((input['slice'] as { name: string }).name),
    counts: counted({ read: 10 }),
    slice: input,
  },
});

export const found = (more: object = {}): Scripted =>
  done({ seen: 30, missing: 0, missingInScope: 0, knownInScope: 30, needsSecondPass: false, ...more });

/** A full run over known devices in which nothing is missing; a test replaces the step it is about. */
export const fullRun = (more: Script = {}): Script => ({
  'run-claim': claim(),
  'known-remember': done({ known: 30 }),
  'organization-read': done(),
  'managed-read': done({ managed: 0 }),
  'mailboxes-read': done({ mailboxes: 20, withDevices: 12 }, { requests: 5 }),
  'directory-read': done({ users: 1, isComplete: true, isWhole: false }),
  'slices-plan': done({ slices: [{ name: 'all', query: {} }], mode: 'chain', expected: 30 }),
  'slice-read': sliceRead,
  'owners-resolve': done({ resolved: 0, unknown: 0 }),
  'owner-facts-apply': done({ told: 0, isComplete: true }),
  'slices-compare': found(),
  'predecessors-link': done({ linked: 0 }),
  'slices-learn': done(),
  'run-end': done(),
  ...more,
});

export const play = (more: Script = {}): Promise<Played> => runWorkflow(discoveryWorkflow, fullRun(more));
export const order = ({ calls }: Played): string[] => calls.map(({ name }) => name);

/** What a comparison answers when a few devices of many are missing. */
export const missing = { missing: 7, missingInScope: 7, knownInScope: 30 };
