// Every twenty seconds: gives audit events their places in the chains, so that they are shown within half a minute, and signs heads that are due.
import { sequenceAudit } from '../src/operations/sequence-audit.ts';
import { registerTimer } from './register.ts';

// Beside the tick and the watchdog, so that they do not meet.
registerTimer('audit-sequence', '10,30,50 * * * * *', async (ports) => {
  const { recorded, signed } = await sequenceAudit(ports);
  if (recorded > 0 || signed > 0) ports.log.info('audit.sequenced', { recorded, signed });
});
