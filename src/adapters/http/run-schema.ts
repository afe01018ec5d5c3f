// Runs and the state of discovery as they are answered, and what may be asked of them.
import * as z from 'zod';
import { runKinds } from '../../domain/run.ts';
import type { Run, RunCounts } from '../../domain/run.ts';
import { listOf, Time } from './answers.ts';
import { Continuation, topParameter } from './parameters.ts';

const Kind = z.enum(runKinds);
const count = z.int();

const CountsView = z
  .strictObject({ read: count, added: count, changed: count, gone: count, statistics: count, requests: count, throttled: count })
  .meta({ id: 'RunCounts' });

/** A run. */
export const RunView = z
  .strictObject({
    id: z.string(),
    organization: z.guid(),
    kind: Kind,
    state: z.enum(['running', 'completed', 'held', 'failed']),
    startedAt: Time,
    startedBy: z.string().meta({ description: 'schedule, or an object id.' }),
    endedAt: Time.optional(),
    counts: CountsView.meta({ description: 'Of the parts that have ended.' }),
    completeness: z.number().meta({ description: 'Share of what had to be read that was read, from 0 to 1.' }),
    error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
    stopRequestedBy: z.string().optional(),
    acceptedBy: z.string().optional(),
    missing: count.optional().meta({ description: 'How many devices a held run found missing.' }),
    restarts: count.meta({ description: 'How often it was started anew after an interruption.' }),
  })
  .meta({ id: 'Run' });
type RunView = z.output<typeof RunView>;

/** A run with how far it is. */
export const RunProgressView = RunView.extend({
  progress: CountsView.meta({ description: 'What all parts have counted so far, ended or not.' }),
}).meta({ id: 'RunWithProgress' });

export const RunListView = listOf(RunView);
export const RunListQuery = z.strictObject({ kind: Kind.optional(), top: topParameter(200, 50), continuation: Continuation });

export const StartBody = z.strictObject({ kind: Kind }).meta({ id: 'DiscoveryStart' });
export const StartView = z.strictObject({ id: z.string(), kind: Kind }).meta({ id: 'StartedRun' });

/** What may be asked of a run: one thing at a time. */
export const RunBody = z
  .strictObject({ stop: z.literal(true).optional(), accept: z.literal(true).optional() })
  .refine(({ stop, accept }) => (stop ?? false) !== (accept ?? false), 'Ask for stop or for accept.')
  .meta({ id: 'RunChange' });

const kinds = <T extends z.ZodType>(value: T) =>
  z.strictObject({ full: value.optional(), delta: value.optional(), statistics: value.optional() });

/** How discovery stands. */
export const DiscoveryView = z
  .strictObject({
    lastFull: z.strictObject({ runId: z.string(), startedAt: Time, endedAt: Time, devices: count }).optional(),
    watermark: Time.optional().meta({ description: 'The newest first sync seen: a delta reads from two hours before.' }),
    held: z.strictObject({ runId: z.string(), endedAt: Time }).optional(),
    running: kinds(z.string()).meta({ description: 'Ids of the runs that go on.' }),
    next: kinds(Time).meta({ description: 'When the next are due; a kind is left out until a full run has completed.' }),
  })
  .meta({ id: 'Discovery' });

/** The run as it is answered. */
export function runView(run: Run): RunView {
  const { generation: _, wakesAt: _wakesAt, ...shown } = run;
  return shown;
}

/** The run as it is answered, with its progress. */
export function runProgressView(run: Run, progress: RunCounts): z.output<typeof RunProgressView> {
  return { ...runView(run), progress };
}
