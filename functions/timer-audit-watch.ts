// Every day: checks the newest part of the audit. All of it is checked by `npm run audit:verify`, from outside and with a right to nothing else.
import { auditKeepDays } from '../src/app.ts';
import { watchAudit } from '../src/operations/watch-audit.ts';
import { registerTimer } from './register.ts';

/** What a check reads of each chain: half a minute's work. */
const MOST_RECORDS = 200_000;
/** Within what an invocation may take. */
const LIMIT_MS = 8 * 60_000;

registerTimer('audit-watch', '15 23 3 * * *', async (ports) => {
  const signal = AbortSignal.timeout(LIMIT_MS);
  await watchAudit(ports, { keepDays: auditKeepDays(), mostRecords: MOST_RECORDS, signal });
});
