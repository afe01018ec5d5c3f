// The report of a check as text for a terminal. Texts from storage lose their control characters, so that nobody who can write there can
// steer the terminal of who checks.
import { styleText } from 'node:util';
import { findingText, isIntact, severityOf } from '../../domain/audit-finding.ts';
import type { AuditFinding, AuditReport } from '../../domain/audit-finding.ts';

const MOST_SHOWN = 50;

/** The report, ready to print. */
export function auditText(report: AuditReport, { useColor }: { readonly useColor: boolean }): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    useColor ? styleText(style, text, { validateStream: false }) : text;
  const title = report.chain === 'deployment' ? 'The deployment' : `Organization ${plain(report.chain)}`;
  const verdict = isIntact(report) ? paint('green', 'intact') : paint('red', 'NOT INTACT');
  const shown = [...report.findings].sort(bySeverity).slice(0, MOST_SHOWN);
  const left = report.findings.length - shown.length;
  return [
    '',
    `  ${paint('bold', title)}: ${verdict}`,
    `    ${countsOf(report)}`,
    ...shown.map(
      (finding) => `    ${paint(severityOf(finding) === 'fault' ? 'red' : 'yellow', severityOf(finding))}  ${plain(findingText(finding))}`,
    ),
    ...(left > 0 ? [`    and ${left} more`] : []),
    '',
  ].join('\n');
}

function bySeverity(a: AuditFinding, b: AuditFinding): number {
  return Number(severityOf(a) !== 'fault') - Number(severityOf(b) !== 'fault');
}

function countsOf({ records, oldest, newest, heads, newestHead, isWhole }: AuditReport): string {
  const range = oldest === undefined || newest === undefined ? '' : ` (${oldest} to ${newest})`;
  const head = newestHead ? `, the newest for record ${newestHead.sequence}, signed at ${plain(newestHead.signedAt)}` : '';
  return `${records} records${range}${isWhole ? '' : ', the newest only'}; ${heads} valid signed heads${head}`;
}

function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
