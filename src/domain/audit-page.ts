// The page docs/audit-events.md, made of the events as the code has them; a test keeps the two the same.
import { auditEvents, auditEventTypes, describeEvent } from './audit-events.ts';

/** The whole page, as Markdown. */
export function auditEventsPage(): string {
  return [
    '# Audit events',
    '',
    'Made from `src/domain/audit-events.ts`; do not edit it here.',
    '',
    'Every event has an id, a time, the chain it belongs to (an organization, or `deployment` for what belongs to none), an actor and a subject. The actor is a',
    'person or an application by tenant and object id, a part of the connector itself (`system`), or `unknown`. Names of people are kept apart and can be erased.',
    '',
    ...auditEventTypes.flatMap(sectionOf),
  ].join('\n');
}

function sectionOf(type: keyof typeof auditEvents): string[] {
  const { what, subject, subjectId, details, isSignedAtOnce } = describeEvent(type);
  const rows = Object.entries(details).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);
  return [
    `## ${type}`,
    '',
    what,
    '',
    `Subject: ${subject}, ${subjectId}.${isSignedAtOnce ? ' The head of the chain is signed at once.' : ''}`,
    '',
    ...(rows.length > 0 ? ['Details:', '', ...rows, ''] : []),
  ];
}
