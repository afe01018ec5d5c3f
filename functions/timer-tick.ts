// Every minute: begins the runs that are due.
import { startDueRuns } from '../src/operations/start-due-runs.ts';
import { registerTimer } from './register.ts';

registerTimer('tick', '0 * * * * *', async (ports) => {
  const begun = await startDueRuns(ports);
  if (begun > 0) ports.log.info('tick.runs-begun', { begun });
});
