// Audit events as they are answered, in JSON and as a table, the filters of their list, and the erasure of a name.
import * as z from 'zod';
import { actorId } from '../../domain/audit.ts';
import type { AuditActor, AuditEvent } from '../../domain/audit.ts';
import { auditEventTypes } from '../../domain/audit-events.ts';
import type { AuditFilter, AuditView } from '../../domain/audit-port.ts';
import { isGuid } from '../../domain/device-identity.ts';
import { Guid, listOf, Time } from './answers.ts';
import type { CsvColumn } from './csv.ts';
import { Continuation, queryText, timeParameter, topParameter } from './parameters.ts';

const text = z.string().optional();

const ActorView = z
  .strictObject({
    kind: z.enum(['user', 'application', 'system', 'unknown']),
    tenant: text,
    objectId: text,
    name: text.meta({ description: 'Of the person or application, unless it was erased or never known.' }),
    component: text.meta({ description: 'The part of the connector itself.' }),
  })
  .meta({ id: 'AuditActor' });

const Detail = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

const AuditEventView = z
  .strictObject({
    sequence: z.int().meta({ description: 'Its place in the chain.' }),
    id: text,
    recordedAt: Time.optional(),
    time: Time.optional().meta({ description: 'When it happened.' }),
    event: text,
    actor: ActorView.optional(),
    subject: z.strictObject({ kind: z.string(), id: z.string() }).optional(),
    details: z.record(z.string(), Detail).optional(),
    problem: z
      .literal('unreadable')
      .optional()
      .meta({ description: 'The record cannot be read, and has nothing else: somebody changed it. npm run audit:verify says more.' }),
  })
  .meta({ id: 'AuditEvent' });
type AuditEventView = z.output<typeof AuditEventView>;

export const AuditListView = listOf(AuditEventView).extend({ scanned: z.int().meta({ description: 'How many were read for this page.' }) });

/** A name of an event, or the first word of several. */
const EventFilter = queryText('Name of an event, for instance run.accepted, or the beginning of several: run.').refine(
  (name) => auditEventTypes.some((type) => type === name || (name.endsWith('.') && type.startsWith(name))),
  'There is no such event; docs/audit-events.md lists them.',
);

export const AuditListQuery = z.strictObject({
  actor: queryText('Object id of a person or an application, or the name of a part of the connector.')
    .transform((id) => (isGuid(id) ? id.toLowerCase() : id))
    .optional(),
  event: EventFilter.optional(),
  subject: queryText('Id of what the event is about.', 500).optional(),
  from: timeParameter('Not older than this time.').optional(),
  to: timeParameter('Older than this time.').optional(),
  format: z.enum(['json', 'csv']).optional().meta({ description: 'csv: a table; where it goes on stands in the Link header.' }),
  top: topParameter(1000, 100),
  continuation: Continuation,
});

/** The filter that a query asks for. */
export function auditFilterOf({ actor, event, subject, from, to }: z.output<typeof AuditListQuery>): AuditFilter {
  return {
    ...(actor !== undefined && { actor }),
    ...(event !== undefined && { event }),
    ...(subject !== undefined && { subject }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

/** The event as it is answered. */
export function auditEventView(view: AuditView): AuditEventView {
  if ('problem' in view) return view;
  const { sequence, recordedAt, event, actorName: name } = view;
  const { id, time, type, actor, subject } = event;
  return { sequence, id, recordedAt, time, event: type, actor: { ...actor, name }, subject, details: detailsOf(event) };
}

function detailsOf({ details }: AuditEvent): NonNullable<AuditEventView['details']> {
  return Object.fromEntries(Object.entries(details).map(([name, detail]) => [name, typeof detail === 'object' ? [...detail] : detail]));
}

/** The columns of the table. */
export const auditColumns: readonly CsvColumn<AuditView>[] = [
  { heading: 'Sequence', cell: ({ sequence }) => sequence },
  { heading: 'Time', cell: (view) => ('problem' in view ? view.problem : view.event.time) },
  { heading: 'Recorded', cell: (view) => ('problem' in view ? undefined : view.recordedAt) },
  { heading: 'Event', cell: (view) => ('problem' in view ? undefined : view.event.type) },
  { heading: 'Actor', cell: (view) => ('problem' in view ? undefined : view.actorName) },
  { heading: 'Actor kind', cell: (view) => actorIn(view)?.kind },
  { heading: 'Actor tenant', cell: (view) => tenantOf(actorIn(view)) },
  { heading: 'Actor ID', cell: (view) => idOf(actorIn(view)) },
  { heading: 'Subject kind', cell: (view) => ('problem' in view ? undefined : view.event.subject.kind) },
  { heading: 'Subject ID', cell: (view) => ('problem' in view ? undefined : view.event.subject.id) },
  { heading: 'Details', cell: (view) => ('problem' in view ? undefined : JSON.stringify(view.event.details)) },
];

function actorIn(view: AuditView): AuditActor | undefined {
  return 'problem' in view ? undefined : view.event.actor;
}

function tenantOf(actor: AuditActor | undefined): string | undefined {
  return actor && 'tenant' in actor ? actor.tenant : undefined;
}

function idOf(actor: AuditActor | undefined): string | undefined {
  return !actor || actor.kind === 'unknown' ? undefined : actorId(actor);
}

/** Whose name is to be erased, and why. */
export const ErasureBody = z
  .strictObject({
    tenant: Guid.toLowerCase(),
    objectId: Guid.toLowerCase(),
    reason: z.string().trim().min(1, 'Empty.').max(500).meta({ description: 'Recorded for ever: it must not name the person.' }),
  })
  .meta({ id: 'NameErasure' });

/** Whose name was erased. */
export const ErasedView = z.strictObject({ tenant: z.string(), objectId: z.string() }).meta({ id: 'ErasedName' });
