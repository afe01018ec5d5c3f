// A diagnosis as text for a terminal: the table of checks, then each cause with its cure. Texts from outside lose their control characters, so that
// nobody who names an organization can steer the terminal.
import { styleText } from 'node:util';
import type { ConnectionAbility, Finding, FindingState } from '../../domain/diagnosis.ts';

export interface DiagnosisTextOptions {
  readonly useColor: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

const AREAS = {
  signIn: 'Sign-in',
  reading: 'Reading from Exchange Online',
  changing: 'Changing in Exchange Online (as Exchange lists it; nothing was tried)',
  graph: 'Microsoft Graph',
} as const;

const AREA_OF = {
  'sign-in': AREAS.signIn,
  'graph.sign-in': AREAS.signIn,
  'exchange.reach': AREAS.reading,
  'organization.read': AREAS.reading,
  'devices.read': AREAS.reading,
  'statistics.read': AREAS.reading,
  'mailboxes.read': AREAS.reading,
  'recipients.read': AREAS.reading,
  'access.read': AREAS.reading,
  'policies.read': AREAS.reading,
  'device-lists.write': AREAS.changing,
  'devices.wipe': AREAS.changing,
  'devices.remove': AREAS.changing,
  'access.write': AREAS.changing,
  'policies.write': AREAS.changing,
  'directory.read': AREAS.graph,
  'groups.read': AREAS.graph,
  'managed-devices.read': AREAS.graph,
  'mail.send': AREAS.graph,
} as const satisfies Record<ConnectionAbility, string>;

const STYLE = { works: 'green', missing: 'red', failed: 'red', unknown: 'yellow' } as const satisfies Record<FindingState, string>;

const SHORTEST_LINE = 60;

/** The findings under `title`, ready to print. */
export function diagnosisText(title: string, findings: readonly Finding[], { useColor, width }: DiagnosisTextOptions): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    useColor ? styleText(style, text, { validateStream: false }) : text;
  const lines = ['', `  ${paint('bold', plain(title))}`];
  const rows = folded(findings);
  const checkWidth = Math.max(...rows.map(({ check }) => check.length));
  let area = '';
  for (const { check, ability, state, detail = '' } of rows) {
    if (AREA_OF[ability] !== area) {
      area = AREA_OF[ability];
      lines.push('', `  ${paint('bold', area)}`);
    }
    lines.push(`    ${check.padEnd(checkWidth)}  ${paint(STYLE[state], state.padEnd(7))}  ${paint('dim', plain(detail))}`.trimEnd());
  }
  return [...lines, ...adviceOf(findings, paint, Math.max(SHORTEST_LINE, width)), '', `  ${sumOf(findings)}`, ''].join('\n');
}

/** Checks of one area that were all not tried for the same reason stand on one line. */
function folded(findings: readonly Finding[]): Finding[] {
  const isSame = (a: Finding, b: Finding): boolean =>
    b.state === 'unknown' &&
    b.cause === undefined &&
    a.state === b.state &&
    a.detail === b.detail &&
    AREA_OF[a.ability] === AREA_OF[b.ability];
  const rows: { finding: Finding; count: number }[] = [];
  for (const finding of findings) {
    const last = rows.at(-1);
    if (last && isSame(last.finding, finding)) last.count += 1;
    else rows.push({ finding, count: 1 });
  }
  return rows.map(({ finding, count }) => (count === 1 ? finding : { ...finding, check: `${count} checks` }));
}

interface Advice {
  readonly checks: string[];
  readonly cause: string;
  readonly cure: string;
}

/** Findings with the same cause and cure are told once. */
function adviceOf(findings: readonly Finding[], paint: (style: 'bold', text: string) => string, width: number): string[] {
  const advice = new Map<string, Advice>();
  for (const { check, cause, cure } of findings) {
    if (cause === undefined || cure === undefined) continue;
    const known = advice.get(cause + cure);
    if (known) known.checks.push(check);
    else advice.set(cause + cure, { checks: [check], cause, cure });
  }
  if (advice.size === 0) return [];
  const entries = [...advice.values()].flatMap(({ checks, cause, cure }, index) => [
    '',
    ...wrapped(`  ${index + 1}. `, checks.join('; '), width),
    ...wrapped('     Cause: ', cause, width),
    ...wrapped('     Cure:  ', cure, width),
  ]);
  return ['', `  ${paint('bold', 'What to do')}`, ...entries];
}

function sumOf(findings: readonly Finding[]): string {
  const count = (state: FindingState): number => findings.filter((finding) => finding.state === state).length;
  const others = (['missing', 'failed', 'unknown'] as const).filter((state) => count(state) > 0).map((state) => `${count(state)} ${state}`);
  return [`${count('works')} of ${findings.length} checks work`, ...others].join(', ').concat('.');
}

/** `text` in lines of at most `width`, the first behind `head`, the others under it. Words that are longer stay whole. */
function wrapped(head: string, text: string, width: number): string[] {
  const room = width - head.length;
  const lines: string[] = [];
  let line = '';
  for (const word of plain(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((part, index) => `${index === 0 ? head : ' '.repeat(head.length)}${part}`);
}

/** On one line, without anything that a terminal would obey. */
function plain(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}
