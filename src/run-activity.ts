// What every activity of a run has in common: its input is checked, its log names the run, its failures cross the boundary as text, and a long
// wait that it asks for is promised to the watchdog.
import type { InvocationContext } from '@azure/functions';
import type { AnswerOf, RunActivities, RunActivity } from './domain/discovery-task.ts';
import type { Ports } from './domain/ports.ts';
import type { RunTask } from './domain/run-task.ts';
import { logFailure } from './log-failure.ts';
import { noteRefusal } from './operations/note-refusal.ts';
import { refuseRunTask } from './operations/refuse-run-task.ts';
import { refuseTask } from './operations/refuse-task.ts';
import { promiseReport } from './operations/report-progress.ts';

/** The operation behind an activity. */
export type RunOperation<Name extends RunActivity> = (ports: Ports, task: RunActivities[Name]['task']) => Promise<AnswerOf<Name>>;

type ActivityHandler = (input: unknown, context: InvocationContext) => Promise<object>;

/** The handler of the activity of that name. Anything that is no task of a run is answered like a run that is missing. */
export function runActivity<Name extends RunActivity>(
  name: Name,
  operation: RunOperation<Name>,
  portsFor: (context: InvocationContext) => Ports,
): ActivityHandler {
  return async (input, context) => {
    const ports = portsFor(context);
    if (!isRunTask(input)) {
      await refuseTask(ports, { organization: '', instance: 'none', workflow: name, reason: 'no task of a run' });
      return { outcome: 'over', reason: 'missing' } satisfies AnswerOf<'run-claim'>;
    }
    const { organization, run } = input;
    const log = ports.log.with({ organization, run, log: 'EasDisc' });
    return logFailure(log, 'activity.failed', { activity: name }, async () => {
      const answer = await operation({ ...ports, log }, input);
      if (answer.outcome === 'over') await refuseRunTask(ports, input, name);
      if (answer.outcome === 'again') await promiseReport(ports, input, waitOf(name, input), answer.afterSeconds);
      if (answer.outcome === 'refused') {
        log.warn('activity.refused', { activity: name, code: answer.code, message: answer.message });
        await noteRefusal(ports, organization, answer.code);
      }
      return answer;
    });
  };
}

/** Whether the input has the keys of a task, as one that somebody sent by hand may not. */
function isRunTask(input: unknown): input is RunTask {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false;
  const fields = Object.entries(input);
  const isText = (name: keyof RunTask): boolean => fields.some(([field, value]) => field === name && typeof value === 'string');
  return isText('organization') && isText('run') && isText('instance');
}

/** The part of the run that waits: several slices may wait for different times. */
function waitOf(name: RunActivity, input: object): string {
  const slice =
    'slice' in input && typeof input.slice === 'object' && input.slice !== null && 'name' in input.slice ? String(input.slice.name) : '';
  const from = 'from' in input ? String(input.from) : '';
  return ['wait', name, slice, from].filter((word) => word !== '').join('-');
}
