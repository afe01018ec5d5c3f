// What a client of Exchange's endpoint must cope with, line by line, each with what makes the simulated tenant show it.
// A test walks through this table and sees every line happen.
import type { ExchangeSwitches } from './exchange/switches.ts';
import type { FaultName } from './faults.ts';

export interface ChecklistLine {
  readonly line: string;
  readonly faults: readonly FaultName[];
  readonly switches?: readonly (keyof ExchangeSwitches)[];
  /** Mailbox aliases that show it to anybody who asks for them. */
  readonly sentinels?: readonly string[];
  /** True when it happens with nothing armed at all. */
  readonly isAlways?: true;
}

export const CHECKLIST: readonly ChecklistLine[] = [
  {
    line: '302 to a regional host',
    faults: ['redirect-302', 'redirect-307', 'redirect-308', 'redirect-302-port-446'],
    switches: ['regionalHost'],
  },
  {
    line: '401/403 ladder of the grants',
    faults: ['error-401-empty', 'error-401-claims', 'error-403-json', 'error-403-diagnostics', 'error-400-role-definition'],
    switches: ['cmdletRefusal', 'roleRefusal'],
    sentinels: ['denied'],
    isAlways: true,
  },
  {
    line: 'NUL-byte gzip-labelled 403',
    faults: ['error-403-nul-gzip', 'error-403-nul-plain', 'error-403-nul-valid-gzip', 'batch-403-nul'],
  },
  {
    line: '429 with and without Retry-After, JSON and plain text',
    faults: [
      'throttle-429-retry-after',
      'throttle-429-no-header',
      'throttle-429-empty-body',
      'throttle-429-date-header',
      'throttle-429-plain-text',
      'throttle-400-plain-text',
      'throttle-429-always',
      'list-page2-429',
      'batch-429',
    ],
    sentinels: ['throttled'],
  },
  {
    line: '503 then OK',
    faults: ['busy-503-then-ok', 'busy-504', 'busy-408', 'error-502-html', 'list-page2-503', 'batch-503'],
    sentinels: ['busy'],
  },
  {
    line: 'skiptoken bound to anchor and expiry',
    faults: ['list-page2-expired', 'list-affinity-anchor', 'list-affinity-cookie'],
    switches: ['paging', 'cursorMinutes'],
    isAlways: true,
  },
  { line: 'truncation warning when ResultSize is absent and rows > 1000', faults: ['list-truncation-warning', 'list-cut'], isAlways: true },
  {
    line: 'not-found as 400/404/500',
    faults: ['error-400-full', 'error-404-notfound', 'error-500-notfound'],
    switches: ['notFoundStatus'],
    sentinels: ['notfound-404', 'notfound-500'],
    isAlways: true,
  },
  {
    line: 'JSON in details.message',
    faults: [
      'error-400-details-json',
      'error-400-details-no-innererror',
      'error-400-details-leading-bar',
      'error-400-innererror-only',
      'error-400-innererror-camel',
      'error-400-two-details',
      'error-400-text-with-bar',
    ],
    switches: ['errorShape'],
  },
  { line: 'annotations around every typed property', faults: [], isAlways: true },
  { line: 'value: [] for writes', faults: [], isAlways: true },
  { line: '204', faults: ['casmailbox-204'] },
  { line: 'slow answer', faults: ['slow', 'hang'], sentinels: ['slow'] },
  { line: 'batch with mixed statuses', faults: ['batch-item-429', 'batch-item-503'], isAlways: true },
  { line: 'unknown extra properties', faults: ['list-extra-members'] },
  { line: 'enum prefix matching', faults: [], isAlways: true },
  { line: 'null Identity returning everything', faults: [], switches: ['unknownIdentityReturnsAll'], isAlways: true },
];
