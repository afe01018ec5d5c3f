// The daily check of the audit: every chain, one after the other. What is wrong is said in the log and, for the chain of an organization, in a
// status message; that of the deployment has no organization whose messages could tell of it.
import { findingText, isIntact, severityOf } from '../domain/audit-finding.ts';
import type { AuditReport } from '../domain/audit-finding.ts';
import type { AuditChain } from '../domain/audit.ts';
import { RULES, toAppError } from '../domain/errors.ts';
import type { Ports } from '../domain/ports.ts';
import type { StatusFact } from '../domain/status-message.ts';
import { noteStatusMessage } from './record-status-message.ts';
import { chainsToVerify, verifyAudit } from './verify-audit.ts';
import type { VerifyNeeds, VerifyOptions } from './verify-audit.ts';

type Needs = VerifyNeeds & Pick<Ports, 'statusMessages' | 'log'>;

/** Checks every chain; one that cannot be checked keeps nobody from checking the others. */
export async function watchAudit(needs: Needs, options: VerifyOptions): Promise<readonly AuditReport[]> {
  const reports: AuditReport[] = [];
  for (const chain of await chainsToVerify(needs)) {
    options.signal?.throwIfAborted();
    const report = await check(needs, chain, options);
    if (report) reports.push(report);
  }
  return reports;
}

async function check(needs: Needs, chain: AuditChain, options: VerifyOptions): Promise<AuditReport | undefined> {
  try {
    const report = await verifyAudit(needs, chain, options);
    await tell(needs, chain, report);
    return report;
  } catch (thrown) {
    const { code, message, kind } = toAppError(thrown);
    needs.log[RULES[kind].logLevel]('audit.not-verified', { chain, code, error: thrown });
    await note(needs, chain, { name: 'auditNotVerified', inserts: { code, message } });
    return undefined;
  }
}

const MOST_TOLD = 20;

async function tell(needs: Needs, chain: AuditChain, report: AuditReport): Promise<void> {
  const { log } = needs;
  const { records, heads, isWhole, findings } = report;
  for (const finding of findings.slice(0, MOST_TOLD)) {
    const level = severityOf(finding) === 'fault' ? 'error' : 'warn';
    log[level]('audit.finding', { chain, ...finding, text: findingText(finding) });
  }
  const facts = { chain, records, heads, isWhole, findings: findings.length };
  if (isIntact(report)) {
    log.info('audit.verified', facts);
    return;
  }
  log.error('audit.broken', facts);
  const [first, ...more] = findings.filter((finding) => severityOf(finding) === 'fault').map(findingText);
  await note(needs, chain, { name: 'auditDamaged', inserts: { problems: more.length + 1, first: first ?? '' } });
}

async function note(needs: Needs, chain: AuditChain, fact: StatusFact): Promise<void> {
  if (chain === 'deployment') return;
  await noteStatusMessage(needs, fact, {
    organization: chain,
    at: needs.clock.now(),
    id: fact.name,
    related: { kind: 'audit', id: chain },
  });
}
