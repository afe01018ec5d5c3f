// Every five minutes: looks after what should be going on (design, law 5).
import { watchInstallations } from '../src/operations/watch-installations.ts';
import { watchRuns } from '../src/operations/watch-runs.ts';
import { registerTimer } from './register.ts';

// Half a minute beside the tick, so that they do not meet.
registerTimer('watchdog', '30 */5 * * * *', async (ports) => {
  const restarted = await watchRuns(ports);
  if (restarted > 0) ports.log.info('watchdog.runs-restarted', { restarted });
  const moved = await watchInstallations(ports);
  if (moved > 0) ports.log.info('watchdog.installations-moved', { moved });
});
