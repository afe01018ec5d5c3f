// Every hour: removes what is kept for a time and no longer.
import { auditKeepDays } from '../src/app.ts';
import { keepHouse } from '../src/operations/keep-house.ts';
import { purgeAudits } from '../src/operations/purge-audit.ts';
import { purgeStatusMessages } from '../src/operations/purge-status-messages.ts';
import { registerTimer } from './register.ts';

registerTimer('housekeeping', '45 41 * * * *', async (ports) => {
  const removed = await keepHouse(ports);
  const auditRecords = await purgeAudits(ports, auditKeepDays());
  const statusMessages = await purgeStatusMessages(ports);
  ports.log.info('housekeeping.done', { ...removed, auditRecords, statusMessages });
});
