// A process that sequences and signs until it is killed: `node audit-sequencer.ts <connection string> <key file>`. Says when it begins, and after each turn.
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { signAuditHead } from '../../src/operations/sign-audit-head.ts';
import { auditOn } from './audit-on-storage.ts';
import { organization } from './discovery-scene.ts';

const [connectionString = '', keyFile = ''] = process.argv.slice(2);
const { ports } = auditOn(connectionString, keyFile);

process.stdout.write('begins\n');
for (;;) {
  await sequenceAudit(ports);
  await signAuditHead(ports, organization, { isForced: true });
  process.stdout.write('turn\n');
}
