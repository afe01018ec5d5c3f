// Every event that is audited: its name in the past tense and the text that docs/audit-events.md is made of.
// Not who did it and when (audit.ts), nor how events are kept and chained (audit-chain.ts).

/** What an event is about. */
export type AuditSubjectKind =
  | 'connector'
  | 'run'
  | 'device'
  | 'role'
  | 'assignment'
  | 'collection'
  | 'route'
  | 'workflow'
  | 'person'
  | 'records';

interface EventDescription {
  /** What happened, in a sentence for auditors. */
  readonly what: string;
  readonly subject: AuditSubjectKind;
  /** How the subject is named. */
  readonly subjectId: string;
  /** What else is recorded: a name and its meaning each. */
  readonly details: Readonly<Record<string, string>>;
  /** The head of the chain is signed as soon as the event is recorded, not only within the hour. */
  readonly isSignedAtOnce?: true;
}

const ORGANIZATION = 'the id of the organization';

/** Every event. Names are contract: add, never rename. */
export const auditEvents = {
  'connector.created': {
    what: 'A connector was added for the organization.',
    subject: 'connector',
    subjectId: ORGANIZATION,
    details: { generation: 'how many connectors the organization has had', cloud: 'the Microsoft cloud', credential: 'its kind' },
  },
  'connector.changed': {
    what: 'The settings of the connector were changed.',
    subject: 'connector',
    subjectId: ORGANIZATION,
    details: { changed: 'the names of the settings that differ', generation: 'the generation of the connector' },
  },
  'connector.removed': {
    what: 'The connector was removed. What Exchange holds and the history here stay.',
    subject: 'connector',
    subjectId: ORGANIZATION,
    details: { generation: 'the generation of the connector' },
  },
  'discovery.requested': {
    what: 'Somebody asked for a discovery or a reading of statistics. Scheduled ones are not audited.',
    subject: 'run',
    subjectId: 'the id of the run',
    details: { kind: 'full, delta or statistics' },
  },
  'run.stop-requested': {
    what: 'Somebody asked for a run to be stopped.',
    subject: 'run',
    subjectId: 'the id of the run',
    details: { kind: 'full, delta or statistics' },
  },
  'run.accepted': {
    what: 'Somebody accepted what a held run had found missing: those devices are marked gone.',
    subject: 'run',
    subjectId: 'the id of the run',
    details: { missing: 'how many devices the run had found missing' },
  },
  'annotation.changed': {
    what: 'The note or the ownership of a device was changed. The text of the note is not recorded.',
    subject: 'device',
    subjectId: 'the id of the device',
    details: { changed: 'which parts differ', ownership: 'the ownership from then on' },
  },
  'role.saved': {
    what: 'A custom role was made or changed.',
    subject: 'role',
    subjectId: 'the id of the role',
    details: { permissions: 'the permissions from then on', before: 'the permissions before; absent for a new role' },
  },
  'role.removed': {
    what: 'A custom role was removed.',
    subject: 'role',
    subjectId: 'the id of the role',
    details: { permissions: 'the permissions it had' },
  },
  'assignment.saved': {
    what: 'A role was given to a user, a group or an application, or the collections of an assignment were changed.',
    subject: 'assignment',
    subjectId: 'the id of the assignment',
    details: {
      principal: 'tenant and object id of who gets the role',
      principalKind: 'user, group or application',
      role: 'the id of the role',
      collections: 'the ids of the collections it is limited to; absent for all',
    },
  },
  'assignment.removed': {
    what: 'An assignment was removed.',
    subject: 'assignment',
    subjectId: 'the id of the assignment',
    details: { principal: 'tenant and object id of who had the role', role: 'the id of the role' },
  },
  'collection.saved': {
    what: 'A collection was made, or its rule or its explicit members were changed.',
    subject: 'collection',
    subjectId: 'the id of the collection',
    details: { changed: 'which parts differ; absent for a new collection', limitedBy: 'the id of the collection that limits it' },
  },
  'collection.removed': {
    what: 'A collection was removed.',
    subject: 'collection',
    subjectId: 'the id of the collection',
    details: {},
  },
  'installation.retried': {
    what: 'Somebody asked for the checks of the installation to be tried again at once.',
    subject: 'connector',
    subjectId: ORGANIZATION,
    details: { generation: 'the generation of the connector' },
  },
  'access.denied': {
    what: 'A request was refused: nobody was identified, or the caller lacks the permission. The same refusal is recorded once a minute.',
    subject: 'route',
    subjectId: 'method and route',
    details: { code: 'the code of the answer', permission: 'the permission that is missing', reason: 'why the caller is not identified' },
  },
  'access.flooded': {
    what: 'More requests were refused than are recorded one by one; the rest was counted.',
    subject: 'route',
    subjectId: 'always `all`',
    details: { count: 'how many were only counted', since: 'when the first of them came', until: 'when counting ended' },
  },
  'workflow.refused': {
    what: 'A workflow or an activity was started by hand or with a forged message, and was turned away by the record.',
    subject: 'workflow',
    subjectId: 'the id of the instance',
    details: { workflow: 'its name', reason: 'what the record said' },
  },
  'audit.name-erased': {
    what: 'The name of a person was erased from the audit. The events of the person stay, by object id.',
    subject: 'person',
    subjectId: 'tenant and object id',
    details: { reason: 'why, in the words of who asked for it' },
  },
  'retention.purged': {
    what: 'Records were removed because they had been kept as long as the retention setting says.',
    subject: 'records',
    subjectId: 'what was removed: audit, devices, runs, messages',
    details: {
      before: 'what was older than this time was removed',
      count: 'how many',
      through: 'for the audit: the sequence of the last record removed',
    },
  },
} as const satisfies Record<string, EventDescription>;

export type AuditEventType = keyof typeof auditEvents;
export const auditEventTypes = Object.keys(auditEvents).filter(isAuditEventType);

/** Whether `text` names an event of this version. */
export function isAuditEventType(text: string): text is AuditEventType {
  return Object.hasOwn(auditEvents, text);
}

/** What the documentation says about an event, and how it is treated. */
export function describeEvent(type: AuditEventType): EventDescription {
  return auditEvents[type];
}
