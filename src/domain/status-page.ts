// The page docs/status-messages.md, made of the messages as the code has them; a test keeps the two the same.
import { statusMessages } from './status-message.ts';
import type { StatusDefinition } from './status-message.ts';

/** The whole page, as Markdown. */
export function statusMessagesPage(): string {
  const definitions: readonly StatusDefinition[] = Object.values(statusMessages);
  return [
    '# Status messages',
    '',
    'Made from `src/domain/status-message.ts`; do not edit it here.',
    '',
    'Messages are listed by `GET /api/organizations/{organization}/status-messages`, newest first, in JSON or as a table (`format=csv`), and kept for 180 days.',
    'Each also stands in the log, with its component and the classic log in which people look for it. 1015 and the lines are those of the classic',
    'connector; numbers from 61001 are our own.',
    '',
    ...definitions.toSorted((a, b) => a.number - b.number).flatMap(sectionOf),
  ].join('\n');
}

function sectionOf({ number, severity, component, log, line, text, cure }: StatusDefinition): string[] {
  const where = [severity, component, ...(log ? [`log ${log}`] : [])].join(', ');
  return [
    `## ${number}`,
    '',
    `${where}.`,
    '',
    `> ${text}`,
    '',
    ...(line === undefined ? [] : [`Classic line: \`${line}\``, '']),
    ...(cure === undefined ? [] : [`What to do: ${cure}`, '']),
  ];
}
