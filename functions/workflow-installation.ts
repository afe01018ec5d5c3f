// `installation-workflow` and its activities.
import { attemptInstallation } from '../src/operations/attempt-installation.ts';
import { claimInstallation } from '../src/operations/claim-installation.ts';
import { installationWorkflow } from '../src/workflows/installation-workflow.ts';
import type { InstallationTask } from '../src/domain/installation-task.ts';
import { registerTask, registerWorkflow } from './register.ts';

/** Less than an activity may take; what is under way then is given up. */
const ATTEMPT_LIMIT_MS = 4 * 60_000;

registerWorkflow('installation-workflow', installationWorkflow);

registerTask('installation-claim', (ports, input) => claimInstallation(ports, taskOf(input)));
registerTask('installation-attempt', (ports, input) => attemptInstallation(ports, taskOf(input), AbortSignal.timeout(ATTEMPT_LIMIT_MS)));

/** The task in an input that anybody who reaches the task hub may have made up; what is no text becomes one that no record has. */
function taskOf(input: unknown): InstallationTask {
  const fields: Partial<Record<keyof InstallationTask, unknown>> = typeof input === 'object' && input !== null ? input : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { organization: text(fields.organization), generation: text(fields.generation), instance: text(fields.instance) };
}
