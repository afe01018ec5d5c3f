// Status messages as they are answered, in JSON and as a table, and the filters of their list.
import * as z from 'zod';
import { statusComponents, statusSeverities } from '../../domain/status-message.ts';
import type { StatusFilter, StatusMessage } from '../../domain/status-message.ts';
import { listOf, Time } from './answers.ts';
import type { CsvColumn } from './csv.ts';
import { Continuation, queryNumber, timeParameter, topParameter } from './parameters.ts';

const Severity = z.enum(statusSeverities);
const Component = z.enum(statusComponents);

/** A status message. */
export const StatusMessageView = z
  .strictObject({
    at: Time,
    number: z.int(),
    severity: Severity,
    component: Component,
    text: z.string(),
    log: z.enum(['SiteComp', 'EasDisc']).optional().meta({ description: 'The classic log in which people look for it.' }),
    related: z
      .strictObject({ kind: z.enum(['installation', 'run', 'audit']), id: z.string() })
      .optional()
      .meta({ description: 'The record that it tells of.' }),
  })
  .meta({ id: 'StatusMessage' });
type StatusMessageView = z.output<typeof StatusMessageView>;

export const StatusListView = listOf(StatusMessageView).extend({
  scanned: z.int().meta({ description: 'How many were read for this page.' }),
});

export const StatusListQuery = z.strictObject({
  severity: Severity.optional(),
  component: Component.optional(),
  number: queryNumber(1, 999_999, 'The number of the message, for instance 1015.').optional(),
  from: timeParameter('Not older than this time.').optional(),
  to: timeParameter('Older than this time.').optional(),
  format: z.enum(['json', 'csv']).optional().meta({ description: 'csv: a table; where it goes on stands in the Link header.' }),
  top: topParameter(1000, 100),
  continuation: Continuation,
});

/** The filter that a query asks for. */
export function statusFilterOf({ severity, component, number, from, to }: z.output<typeof StatusListQuery>): StatusFilter {
  return {
    ...(severity && { severity }),
    ...(component && { component }),
    ...(number !== undefined && { number }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

/** The message as it is answered. */
export function statusMessageView(message: StatusMessage): StatusMessageView {
  const { organization: _, id: _id, ...shown } = message;
  return shown;
}

/** The columns of the table. */
export const statusColumns: readonly CsvColumn<StatusMessage>[] = [
  { heading: 'Time', cell: ({ at }) => at },
  { heading: 'Severity', cell: ({ severity }) => severity },
  { heading: 'Message ID', cell: ({ number }) => number },
  { heading: 'Component', cell: ({ component }) => component },
  { heading: 'Description', cell: ({ text }) => text },
  { heading: 'Log', cell: ({ log }) => log },
  { heading: 'Related record', cell: ({ related }) => related && `${related.kind} ${related.id}` },
];
